//! How many pixels a picture has, told by its first bytes.
//!
//! Formats that say so in front are read in full; those that may say it anywhere (a JPEG behind large metadata, a film
//! whose index stands at its end) where the bytes reach so far. Sizes are those that are stored: an orientation may
//! turn them.

pub use super::header::Dimensions;

use super::header::{be32, le16, le32, png, webp};
use super::metadata::Walk;
use super::pattern::behind;
use super::tiff::{Tiff, Type};
use crate::contract::media_type::Format;

/// Tags of a TIFF's first directory (TIFF 6.0, section 8).
const IMAGE_WIDTH: u16 = 256;
const IMAGE_LENGTH: u16 = 257;

/// The size of a picture or film of this format, from its first bytes; `None` where they don't tell, and of an SVG,
/// which has no pixels.
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
        // All of them are in view where what follows them is.
        Format::Heic | Format::Avif => behind(head, b"ipma").and_then(|_| largest(head, b"ispe", 4, 0)),
        // The last 8 bytes of a track's header, 16.16 fixed point.
        Format::Mp4 | Format::QuickTime | Format::ThreeGp => largest(head, b"tkhd", 76, 16),
        Format::WebM | Format::Matroska => matroska(head),
        _ => None,
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

/// Each side is a number of 16 or of 32 bits.
fn tagged(head: &[u8]) -> Option<Dimensions> {
    let tiff = Tiff::read(head)?;
    let directory = tiff.first_directory()?;
    let side =
        |tag| tiff.value(directory, tag, Type::Short).or_else(|| tiff.value(directory, tag, Type::Long));
    Dimensions::new(side(IMAGE_WIDTH)?, side(IMAGE_LENGTH)?)
}

/// The largest of the sizes that stand so many bytes behind a box's name, and 12 more in its version 1, which has times
/// of 64 bits: a HEIC is made of tiles and has a thumbnail; a track of sound has no size. `shift`: bits behind the
/// point.
fn largest(head: &[u8], name: &[u8], at: usize, shift: u32) -> Option<Dimensions> {
    let mut rest = head;
    let mut found = (0, None);
    while let Some(body) = behind(rest, name) {
        rest = body;
        let at = at.saturating_add(if body.first() == Some(&1) { 12 } else { 0 });
        // 0 where the bytes end before it.
        let side = |at| be32(body, at).unwrap_or(0) >> shift;
        let (width, height) = (side(at), side(at.saturating_add(4)));
        let pixels = u64::from(width).saturating_mul(height.into());
        if pixels > found.0 {
            found = (pixels, Dimensions::new(width, height));
        }
    }
    found.1
}

/// PixelWidth and PixelHeight of the first track that has them (RFC 9559, 5.1.4): what holds them is gone into, all
/// else is passed over.
fn matroska(head: &[u8]) -> Option<Dimensions> {
    let mut at = 0;
    let mut width = 0;
    loop {
        let name = ebml_number(head, &mut at)?;
        let marked = ebml_number(head, &mut at)?;
        // Without the bit that says how long the number is.
        let size = marked & u64::MAX.checked_shr(marked.leading_zeros().saturating_add(1)).unwrap_or(0);
        match name {
            // Segment, Tracks, TrackEntry, Video.
            0x1853_8067 | 0x1654_ae6b | 0xae | 0xe0 => {}
            0xb0 => width = number(head, &mut at, size as usize)? as u32,
            0xba => return Dimensions::new(width, number(head, &mut at, size as usize)? as u32),
            _ => at = at.checked_add(size as usize)?,
        }
    }
}

/// A number with the bit in front that says in how many bytes it stands, one to eight (RFC 8794, 4).
fn ebml_number(bytes: &[u8], at: &mut usize) -> Option<u64> {
    let zeros = bytes.get(*at)?.leading_zeros() as usize;
    number(bytes, at, zeros.saturating_add(1))
}

/// The number in so many bytes from `at` on, which becomes where it ends.
fn number(bytes: &[u8], at: &mut usize, count: usize) -> Option<u64> {
    let start = *at;
    *at = start.checked_add(count)?;
    Some(bytes.get(start..*at)?.iter().fold(0, |number, byte| (number << 8) | u64::from(*byte)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sides(format: Format, head: &[u8]) -> Option<(u32, u32)> {
        of(format, head).map(|size| (size.width, size.height))
    }

    #[test]
    fn sizes_stand_where_each_format_has_them() {
        let bmp = |rest: &[u8]| [b"BM............", rest].concat();
        let track =
            |times: usize, size: &[u8]| [&b"tkhd"[..], &vec![u8::from(times > 76); times], size].concat();
        // A header, a segment of unknown size with something else in front, tracks, one of sound, one of a film.
        let tracks = |elements: &[u8]| {
            let element =
                |name: &[u8], content: &[u8]| [name, &[0x80 | content.len() as u8], content].concat();
            let track = |content: &[u8]| element(b"\xae", &[&element(b"\xd7", b"\x01"), content].concat());
            let tracks =
                [track(&element(b"\xe1", b"\x9f\x81\x02")), track(&element(b"\xe0", elements))].concat();
            let segment =
                [element(b"\xec", b"\x16\x54\xae\x6b\xb0\x81\x01"), element(b"\x16\x54\xae\x6b", &tracks)]
                    .concat();
            [
                &element(b"\x1a\x45\xdf\xa3", b"\x42\x86\x81\x01"),
                &b"\x18\x53\x80\x67\x01\xff\xff\xff\xff\xff\xff\xff"[..],
                &segment,
            ]
            .concat()
        };
        let size = b"\x01\x40\0\0\0\xb4\0\0";
        for (format, head, expected) in [
            (Format::Gif, b"GIF89a\x40\x01\xb4\0".to_vec(), Some((320, 180))),
            (Format::Gif, b"GIF89a\x40\x01\xb4".to_vec(), None),
            (Format::Bmp, bmp(b"\x0c\0\0\0\x40\x01\xb4\0"), Some((320, 180))),
            // Rows from the top.
            (Format::Bmp, bmp(b"\x28\0\0\0\x40\x01\0\0\x4c\xff\xff\xff"), Some((320, 180))),
            (
                Format::Tiff,
                b"II*\0\x08\0\0\0\x02\0\0\x01\x03\0\x01\0\0\0\x40\x01\0\0\x01\x01\x04\0\x01\0\0\0\xb4\0\0\0"
                    .to_vec(),
                Some((320, 180)),
            ),
            // A tile, the whole, and one that breaks off.
            (
                Format::Heic,
                b"ispe\0\0\0\0\0\0\0\x40\0\0\0\x40ispe\0\0\0\0\0\0\x01\x40\0\0\0\xb4ispe\0ipma".to_vec(),
                Some((320, 180)),
            ),
            (Format::Heic, b"ispe\0\0\0\0\0\0\0\x40\0\0\0\x40".to_vec(), None),
            (Format::Avif, b"ipmaispe\0\0\0\0\0\0\0\x40".to_vec(), None),
            // Sound, then the film.
            (Format::Mp4, [track(76, &[0; 8]), track(76, size)].concat(), Some((320, 180))),
            (Format::QuickTime, track(88, size), Some((320, 180))),
            (Format::Mp4, track(76, &[0; 8]), None),
            (Format::WebM, tracks(b"\xb0\x82\x01\x40\xba\x81\xb4"), Some((320, 180))),
            // A size to be shown at, and one in more bytes than it needs.
            (
                Format::Matroska,
                tracks(b"\x54\xb0\x82\x07\x80\xb0\x84\0\0\x01\x40\xba\x40\x01\xb4"),
                Some((320, 180)),
            ),
            (Format::Matroska, tracks(b"\xb0\x82\x01\x40\xba\x85"), None),
            (Format::Matroska, b"\x1a\x45\xdf\xa3\xff".to_vec(), None),
            (Format::Svg, b"<svg width='320' height='180'>".to_vec(), None),
            (Format::Mp3, b"ID3".to_vec(), None),
        ] {
            assert_eq!(sides(format, &head), expected, "{format:?} {head:?}");
        }
    }

    /// How a head of each format goes on to where its size stands.
    fn fronts() -> Vec<(Format, &'static [u8])> {
        vec![
            (Format::Gif, b"GIF89a"),
            (Format::Bmp, b"BM"),
            (Format::Tiff, b"II*\0"),
            (Format::Tiff, b"MM\0*"),
            (Format::Heic, b"ipmaispe"),
            (Format::Mp4, b"tkhd"),
            // Elements of unknown size down to a track's, and a width in as many bytes as come.
            (Format::Matroska, b"\x18\x53\x80\x67\xff\x16\x54\xae\x6b\xff\xae\xff\xe0\xff"),
            (Format::Matroska, b"\x18\x53\x80\x67\xff\x16\x54\xae\x6b\xff\xae\xff\xe0\xff\xb0"),
            (Format::WebM, b"\x1a\x45\xdf\xa3"),
        ]
    }

    proptest! {
        #[test]
        fn no_bytes_break_the_reader(
            (format, front) in prop::sample::select(fronts()),
            rest in prop::collection::vec(any::<u8>(), 0..200),
        ) {
            let size = of(format, &[front, &rest].concat());
            prop_assert!(size.is_none_or(|size| size.width > 0 && size.height > 0));
        }
    }
}
