//! How many pixels a picture has, told by its first bytes.
//!
//! Formats that say so in front are read in full; those that may say it anywhere (a JPEG behind large metadata, a film whose index stands at its
//! end) where the bytes reach so far. Sizes are those that are stored: an orientation may turn them.

use super::metadata::Walk;
use super::pattern::{after, behind, fits};
use super::tiff;
use crate::contract::media_type::Format;

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

/// The size of a picture or film of this format, from its first bytes; `None` where they don't tell.
pub fn of(format: Format, head: &[u8]) -> Option<Dimensions> {
    match format {
        Format::Jpeg => {
            // It is in one of the segments; those that are in view are gone through.
            let mut walk = Walk::new(format, usize::MAX)?;
            let _ = walk.step(0, head);
            walk.dimensions
        }
        Format::Png => png(head.get(16..)?),
        Format::WebP => webp(head.get(12..)?),
        Format::Gif => Dimensions::new(le16(head, 6)?, le16(head, 8)?),
        Format::Bmp => bmp(head),
        Format::Tiff => tagged(head),
        Format::Heic | Format::Avif => largest(head, b"ispe", 8),
        // Width and height are the last 8 bytes of a track's header, 16.16 fixed point; sound has 0.
        Format::Mp4 | Format::QuickTime | Format::ThreeGp => track(head),
        Format::WebM | Format::Matroska => matroska(head),
        Format::Svg => svg(head),
        _ => None,
    }
}

fn le16(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u16::from_le_bytes(*bytes.get(at..)?.first_chunk()?).into())
}

fn le32(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

fn be32(bytes: &[u8], at: usize) -> Option<u32> {
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

/// The oldest header has two 16-bit numbers; in later ones a negative height stands for rows from the top.
fn bmp(head: &[u8]) -> Option<Dimensions> {
    if le32(head, 14)? == 12 {
        return Dimensions::new(le16(head, 18)?, le16(head, 20)?);
    }
    let signed = |at| le32(head, at).map(|number| (number as i32).unsigned_abs());
    Dimensions::new(signed(18)?, signed(22)?)
}

/// Tags 256 and 257 of the first directory, each a number of 16 or of 32 bits.
fn tagged(head: &[u8]) -> Option<Dimensions> {
    let value = |tag| tiff::value(head, 0, tag);
    let width = value(0x0100_0003).or_else(|| value(0x0100_0004))?;
    Dimensions::new(width, value(0x0101_0003).or_else(|| value(0x0101_0004))?)
}

/// The largest of the sizes that stand so many bytes behind a box's name: a HEIC is made of tiles, and has a thumbnail.
fn largest(head: &[u8], name: &[u8], behind_name: usize) -> Option<Dimensions> {
    let mut rest = head;
    let mut found: Option<Dimensions> = None;
    while let Some(body) = behind(rest, name) {
        rest = body;
        // Version and flags, width, height.
        let Some(size) = be32(body, behind_name.saturating_sub(4)).zip(be32(body, behind_name)) else {
            break;
        };
        let size = Dimensions::new(size.0, size.1);
        let pixels = |size: &Option<Dimensions>| {
            size.map_or(0, |it| u64::from(it.width).saturating_mul(it.height.into()))
        };
        if pixels(&size) > pixels(&found) {
            found = size;
        }
    }
    found
}

fn track(head: &[u8]) -> Option<Dimensions> {
    let mut rest = head;
    while let Some(body) = behind(rest, b"tkhd") {
        rest = body;
        // Version 1 has times of 64 bits.
        let at = if body.first()? == &1 { 88 } else { 76 };
        if let Some(size) = Dimensions::new(be32(body, at)? >> 16, be32(body, at.saturating_add(4))? >> 16) {
            return Some(size);
        }
    }
    None
}

/// PixelWidth (0xB0) and PixelHeight (0xBA) within a track's Video element (0xE0).
fn matroska(head: &[u8]) -> Option<Dimensions> {
    let tracks = behind(head, b"\x16\x54\xae\x6b")?;
    let number = |name: u8| {
        let mut rest = tracks;
        loop {
            let [length, value @ ..] = behind(rest, &[name])? else { return None };
            let bytes = usize::from(length & 0x7f);
            // One byte of length, and a number of at most 32 bits: anything else is not this element.
            if length & 0x80 != 0 && matches!(bytes, 1..=4) {
                return Some(
                    value.get(..bytes)?.iter().fold(0u32, |number, byte| (number << 8) | u32::from(*byte)),
                );
            }
            rest = value;
        }
    };
    Dimensions::new(number(0xb0)?, number(0xba)?)
}

/// The root's `width` and `height` in pixels, else those of its `viewBox`.
fn svg(head: &[u8]) -> Option<Dimensions> {
    let root = behind(head, b"<svg")?;
    let end = root.iter().position(|byte| *byte == b'>').unwrap_or(root.len());
    let root = root.get(..end)?;
    let attribute = |name: &[u8]| {
        let value = behind(root, name)?;
        let (quote, value) = value.split_first()?;
        let end = value.iter().position(|byte| byte == quote)?;
        core::str::from_utf8(value.get(..end)?).ok()
    };
    let pixels = |text: &str| {
        let number: f64 = text.trim_end_matches("px").trim().parse().ok()?;
        // A float that is no number becomes 0, which is no size.
        Some(number.ceil() as u32)
    };
    let sides = attribute(b" width=").and_then(pixels).zip(attribute(b" height=").and_then(pixels));
    let (width, height) = sides.or_else(|| {
        let mut numbers = attribute(b" viewBox=")?.split([' ', ',']).filter(|text| !text.is_empty()).skip(2);
        Some((pixels(numbers.next()?)?, pixels(numbers.next()?)?))
    })?;
    Dimensions::new(width, height)
}
