//! What the headers of pictures say of their size, where a walk for metadata passes them, too.

use super::pattern::{after, fits};

/// A picture's size in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dimensions {
    /// Pixels of a row.
    pub width: u32,
    /// Rows.
    pub height: u32,
}

impl Dimensions {
    /// `None` where there is no picture: JPEG writes a height of 0 for one that is told later.
    pub(super) fn new(width: u32, height: u32) -> Option<Self> {
        if width == 0 || height == 0 { None } else { Some(Self { width, height }) }
    }
}

pub(super) fn le16(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u16::from_le_bytes(*bytes.get(at..)?.first_chunk()?).into())
}

pub(super) fn le32(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

pub(super) fn be32(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(*bytes.get(at..)?.first_chunk()?))
}

/// The data of an `IHDR` chunk.
pub(super) fn png(data: &[u8]) -> Option<Dimensions> {
    Dimensions::new(be32(data, 0)?, be32(data, 4)?)
}

/// A chunk that makes a WebP image, from its name on (RFC 9649, 2.5 to 2.7).
pub(super) fn webp(chunk: &[u8]) -> Option<Dimensions> {
    const DATA: usize = 8;
    if fits(chunk, b"VP8X") {
        // Three bytes each, less one, behind the flags.
        let [a, b, c, d, e, f] = *chunk.get(DATA.saturating_add(4)..)?.first_chunk()?;
        let width = u32::from_le_bytes([a, b, c, 0]).saturating_add(1);
        return Dimensions::new(width, u32::from_le_bytes([d, e, f, 0]).saturating_add(1));
    }
    if fits(chunk, b"VP8L") {
        // 14 bits each, less one, behind a signature byte.
        let bits = le32(chunk, DATA.saturating_add(1))?;
        return Dimensions::new((bits & 0x3fff).saturating_add(1), ((bits >> 14) & 0x3fff).saturating_add(1));
    }
    // A key frame: three bytes of tag, a start code, then 14 bits each.
    let sizes = after(chunk.get(DATA.saturating_add(3)..)?, b"\x9d\x01\x2a")?;
    if fits(chunk, b"VP8 ") {
        Dimensions::new(le16(sizes, 0)? & 0x3fff, le16(sizes, 2)? & 0x3fff)
    } else {
        None
    }
}
