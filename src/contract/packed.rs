//! The packed table of the catalogue. Its layout is described where it is made, in `build/catalogue.rs`.
//!
//! Items are found by walking their section: a few hundred bytes, and no index to carry in every page's download.

/// The table.
pub(super) static TABLE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/catalogue.bin"));

/// Bytes in front of the first section: where the other four start.
const HEADER_BYTES: usize = 8;

/// The sections of the table.
#[derive(Clone, Copy)]
pub(super) enum Section {
    Strings,
    Lists,
    Params,
    Uploads,
    Models,
}

/// A place in the table. Past its end, everything reads as zero and empty.
#[derive(Clone, Copy)]
pub(super) struct Cursor {
    at: usize,
}

impl Cursor {
    /// In front of the first item of a section, and how many there are.
    pub(super) fn enter(section: Section) -> (Self, usize) {
        let start = |header_at| {
            let mut header = Self { at: header_at };
            usize::from(u16::from_le_bytes([header.byte(), header.byte()]))
        };
        let at = match section {
            Section::Strings => HEADER_BYTES,
            Section::Lists => start(0),
            Section::Params => start(2),
            Section::Uploads => start(4),
            Section::Models => start(6),
        };
        let mut cursor = Self { at };
        let count = cursor.varint() as usize;
        (cursor, count)
    }

    /// In front of the item at a place, `skip` leading over one item.
    pub(super) fn find(section: Section, place: usize, skip: fn(&mut Cursor)) -> Self {
        let (mut cursor, count) = Self::enter(section);
        for _ in 0..place.min(count) {
            skip(&mut cursor);
        }
        cursor
    }

    pub(super) fn byte(&mut self) -> u8 {
        let byte = TABLE.get(self.at).copied().unwrap_or(0);
        self.at = self.at.saturating_add(1);
        byte
    }

    pub(super) fn varint(&mut self) -> u64 {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte();
            value |= u64::from(byte & 0x7f).checked_shl(shift).unwrap_or(0);
            if byte < 0x80 {
                break;
            }
        }
        value
    }

    /// A decimal: its digits divided by a power of ten, which rounds to the very double that its text stands for.
    pub(super) fn number(&mut self) -> f64 {
        let packed = self.varint();
        let divisor = match packed & 3 {
            0 => 1.0,
            1 => 10.0,
            2 => 100.0,
            _ => 1000.0,
        };
        let digits = (packed >> 3) as f64 / divisor;
        if packed & 4 == 0 { digits } else { -digits }
    }

    /// A string that stands here itself.
    pub(super) fn string(&mut self) -> &'static str {
        let len = usize::from(self.byte());
        let end = self.at.saturating_add(len);
        let bytes = TABLE.get(self.at..end).unwrap_or_default();
        self.at = end;
        std::str::from_utf8(bytes).unwrap_or_default()
    }

    /// A string of the pool, by its place.
    pub(super) fn pooled_string(&mut self) -> &'static str {
        let place = self.varint() as usize;
        let mut cursor = Self::find(Section::Strings, place, |cursor| {
            cursor.string();
        });
        cursor.string()
    }

    /// A list of the pool, by its place.
    pub(super) fn pooled_list(&mut self) -> StringList {
        let place = self.varint() as usize;
        let mut cursor = Self::find(Section::Lists, place, |cursor| {
            for _ in 0..cursor.byte() {
                cursor.varint();
            }
        });
        let left = cursor.byte();
        StringList { cursor, left }
    }
}

/// Strings of the table, one after the other.
#[derive(Clone, Copy)]
pub struct StringList {
    cursor: Cursor,
    left: u8,
}

impl StringList {
    /// No string at all.
    pub(super) const EMPTY: Self = Self { cursor: Cursor { at: 0 }, left: 0 };
}

impl Iterator for StringList {
    type Item = &'static str;

    fn next(&mut self) -> Option<&'static str> {
        self.left = self.left.checked_sub(1)?;
        Some(self.cursor.pooled_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_keeps_its_budget() {
        assert!(TABLE.len() <= 5_000, "{} bytes", TABLE.len());
    }

    #[test]
    fn reading_past_the_end_gives_zeros() {
        let mut cursor = Cursor { at: TABLE.len() };
        assert_eq!(cursor.byte(), 0);
        assert_eq!(cursor.varint(), 0);
        assert_eq!(cursor.string(), "");
        let mut cursor = Cursor { at: usize::MAX };
        assert_eq!(cursor.number(), 0.0);
        assert_eq!(cursor.string(), "");
    }

    #[test]
    fn a_cursor_set_anywhere_reads_without_panic() {
        for at in 0..TABLE.len() {
            let mut cursor = Cursor { at };
            cursor.varint();
            cursor.string();
            cursor.number();
            cursor.pooled_string();
            assert!(cursor.pooled_list().count() <= 255);
        }
    }
}
