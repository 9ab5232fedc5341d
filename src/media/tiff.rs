//! The first directory of a TIFF structure (TIFF 6.0, section 2), which Exif is too.

/// Types of a tag's value: a 16-bit and a 32-bit number.
const SHORT: u32 = 3;
const LONG: u32 = 4;
/// Bytes of a tag: what it is, its type, how many values, the value or where it lies.
const TAG_BYTES: usize = 12;

/// Numbers in the byte order that the structure names.
struct Tiff<'a> {
    bytes: &'a [u8],
    little_endian: bool,
}

impl Tiff<'_> {
    #[inline(never)]
    fn number(&self, at: usize, bytes: usize) -> Option<u32> {
        let found = self.bytes.get(at..at.checked_add(bytes)?)?;
        let mut number = 0u32;
        for place in 0..found.len() {
            let from =
                if self.little_endian { found.len().checked_sub(place.saturating_add(1))? } else { place };
            number = (number << 8) | u32::from(*found.get(from)?);
        }
        Some(number)
    }
}

/// Tells `seen` of each tag and its value, 0 where that is no single number. `None` where the structure breaks off, after what could be read.
pub(super) fn tags(bytes: &[u8], mut seen: impl FnMut(u32, u32)) -> Option<()> {
    let tiff = Tiff { bytes, little_endian: bytes.first()? == &b'I' };
    // BigTIFF has another number here, and other sizes.
    if tiff.number(2, 2)? != 42 {
        return None;
    }
    let directory = tiff.number(4, 4)? as usize;
    let mut at = directory.checked_add(2)?;
    for _ in 0..tiff.number(directory, 2)? {
        let value_at = at.checked_add(8)?;
        let value = match tiff.number(at.checked_add(2)?, 2)? {
            SHORT => tiff.number(value_at, 2)?,
            LONG => tiff.number(value_at, 4)?,
            _ => 0,
        };
        seen(tiff.number(at, 2)?, value);
        at = at.checked_add(TAG_BYTES)?;
    }
    Some(())
}
