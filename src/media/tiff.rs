//! The directories of a TIFF structure (TIFF 6.0, section 2), which Exif is too.

/// Bytes of a tag: what it is, its type, how many values, the value or where it lies.
const TAG_BYTES: usize = 12;

/// The type of a tag's values (TIFF 6.0, section 2).
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Type {
    /// A number of 16 bits.
    Short = 3,
    /// A number of 32 bits.
    Long = 4,
    /// A fraction.
    Rational = 5,
}

/// A structure whose first bytes are those of a TIFF.
pub(super) struct Tiff<'a> {
    bytes: &'a [u8],
    /// Numbers stand in the byte order that the structure names.
    little_endian: bool,
}

impl<'a> Tiff<'a> {
    /// `None` where it begins otherwise: BigTIFF has 43 in place of 42, and other sizes.
    pub(super) fn read(bytes: &'a [u8]) -> Option<Self> {
        let little_endian = match bytes.first_chunk()? {
            b"II*\0" => true,
            b"MM\0*" => false,
            _ => return None,
        };
        Some(Self { bytes, little_endian })
    }

    fn short(&self, at: usize) -> Option<u16> {
        let bytes = *self.bytes.get(at..)?.first_chunk()?;
        Some(if self.little_endian { u16::from_le_bytes(bytes) } else { u16::from_be_bytes(bytes) })
    }

    fn long(&self, at: usize) -> Option<u32> {
        let bytes = *self.bytes.get(at..)?.first_chunk()?;
        Some(if self.little_endian { u32::from_le_bytes(bytes) } else { u32::from_be_bytes(bytes) })
    }

    /// Where the first directory lies.
    pub(super) fn first_directory(&self) -> Option<u32> {
        self.long(4)
    }

    /// What a tag of this type says in the directory that lies at `directory`: a number; of fractions, where they lie.
    /// `None` where there is no such tag before the structure breaks off.
    pub(super) fn value(&self, directory: u32, tag: u16, of: Type) -> Option<u32> {
        let directory = directory as usize;
        let mut at = directory.checked_add(2)?;
        for _ in 0..self.short(directory)? {
            if self.short(at)? == tag && self.short(at.checked_add(2)?)? == of as u16 {
                let value_at = at.checked_add(8)?;
                return match of {
                    // One of several is heeded by no browser.
                    Type::Short if self.long(at.checked_add(4)?)? != 1 => None,
                    Type::Short => self.short(value_at).map(u32::from),
                    Type::Long | Type::Rational => self.long(value_at),
                };
            }
            at = at.checked_add(TAG_BYTES)?;
        }
        None
    }
}
