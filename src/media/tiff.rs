//! The directories of a TIFF structure (TIFF 6.0, section 2), which Exif is too.

/// The type of a 16-bit number.
const SHORT: u32 = 3;
/// Bytes of a tag: what it is, its type, how many values, the value or where it lies.
const TAG_BYTES: usize = 12;

/// Numbers in the byte order that the structure names.
struct Tiff<'a> {
    bytes: &'a [u8],
    little_endian: bool,
}

impl Tiff<'_> {
    /// Of two bytes, or of four.
    fn number(&self, at: usize, bytes: usize) -> Option<u32> {
        let found = self.bytes.get(at..at.checked_add(bytes)?)?;
        let number = found.iter().fold(0u32, |number, byte| (number << 8) | u32::from(*byte));
        let spare_bits = if bytes == 2 { 16 } else { 0 };
        Some(if self.little_endian { number.swap_bytes() >> spare_bits } else { number })
    }
}

/// The value of a tag in the directory at `directory`, where 0 stands for the structure's first one: a number, or where
/// the values lie. The lower half of `tag` is its type. `None` where there is no such tag before the structure breaks
/// off.
pub(super) fn value(bytes: &[u8], directory: u32, tag: u32) -> Option<u32> {
    let tiff = Tiff { bytes, little_endian: bytes.first()? == &b'I' };
    // "II" or "MM", and 42. BigTIFF has another number here, and other sizes.
    if !matches!(tiff.number(0, 4)?, 0x002a_4949 | 0x4d4d_002a) {
        return None;
    }
    let directory = if directory == 0 { tiff.number(4, 4)? } else { directory } as usize;
    let mut at = directory.checked_add(2)?;
    for _ in 0..tiff.number(directory, 2)? {
        if tiff.number(at, 4)?.rotate_left(if tiff.little_endian { 16 } else { 0 }) == tag {
            let is_short = tag & 0xffff == SHORT;
            // One of several is heeded by no browser.
            if is_short && tiff.number(at.checked_add(4)?, 4)? != 1 {
                return None;
            }
            return tiff.number(at.checked_add(8)?, if is_short { 2 } else { 4 });
        }
        at = at.checked_add(TAG_BYTES)?;
    }
    None
}
