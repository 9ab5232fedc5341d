//! JPEG (ISO/IEC 10918-1): segments, each with its length, and scans, whose data ends at the next marker.

use super::{Damage, Next, Walk, label};
use crate::media::dimensions::Dimensions;
use crate::media::pattern::fits;

const SOI: u8 = 0xd8;
const EOI: u8 = 0xd9;
const SOS: u8 = 0xda;
/// For arithmetic coding's own use; like `SOI` it stands alone.
const TEM: u8 = 0x01;
/// Marker and length.
const HEADER_BYTES: usize = 4;
/// A JFIF segment up to its thumbnail; the thumbnail's width and height are the last two of these.
const JFIF_BYTES: usize = 18;
/// Browsers read it whatever its last byte is.
const EXIF: &[u8] = b"\xe1..Exif\0.";

/// Application segments and comments: how they begin behind their 0xFF (a point stands for any byte), and what they are called. Those without a
/// name are needed to show the picture.
static NAMES: [(&[u8], &str); 9] = [
    (b"\xe0..JFIF\0", ""),
    (b"\xe2..ICC_PROFILE\0", ""),
    (b"\xee..Adobe", ""),
    (b"\xe0..JFXX\0", label::PREVIEW),
    (b"\xe1..http://ns.adobe.com/x", label::XMP),
    (b"\xe2..MPF\0", label::PREVIEW),
    (b"\xeb..JP", label::CREDENTIALS),
    (b"\xed..Photoshop 3.0\0", label::IPTC),
    (b"\xfe", label::COMMENT),
];
/// The longest of them, and the height and width of a frame.
const MAX_NAME_BYTES: usize = 32;

impl Walk {
    /// The segment at `at`.
    pub(super) fn segment(&mut self, at: usize, bytes: &[u8]) -> Result<Next, Damage> {
        let read = |at, bytes| Ok(Next::Read { at, bytes });
        let marker = match *bytes {
            // What stands for a byte of a scan, or for a restart within one, is none here: without what was cut before it, it would be such again.
            [0xff, marker, ..] if marker != 0 && marker & 0xf8 != 0xd0 => marker,
            _ => return Err(Damage { at, what: "there is no JPEG marker" }),
        };
        if marker == EOI {
            return self.end_at(at.saturating_add(2));
        }
        // Any number of 0xFF may stand before a marker.
        if matches!(marker, 0xff | SOI | TEM) {
            return read(at.saturating_add(if marker == 0xff { 1 } else { 2 }), 2);
        }
        let Some([_, _, high, low]) = bytes.first_chunk() else { return read(at, HEADER_BYTES) };
        let length = usize::from(u16::from_be_bytes([*high, *low])).max(2).saturating_add(2);
        let end = at.saturating_add(length);
        let is_exif = named(bytes, EXIF);
        let wanted = if is_exif { length } else { length.min(MAX_NAME_BYTES) };
        let Some(part) = bytes.get(..length.min(bytes.len())).filter(|part| part.len() >= wanted) else {
            return read(at, wanted);
        };
        match marker {
            SOS => return Ok(Next::Marker { from: end }),
            _ if is_exif => {
                let block = part.get(HEADER_BYTES.saturating_add(6)..).unwrap_or_default();
                self.judge_exif(at, end, part, block, b"\xff\xe1\0\x22Exif\0\0")?;
            }
            0xe0..=0xef | 0xfe => {
                let found = NAMES.iter().find(|(name, _)| named(part, name));
                let what = found.map_or(label::OTHER, |(_, what)| what);
                if !what.is_empty() {
                    self.cut(at, end, what, Vec::new())?;
                } else if marker == 0xe0
                    && length > JFIF_BYTES
                    && let Some(header) = part.get(HEADER_BYTES..16)
                {
                    // The thumbnail may be of what was cropped away since.
                    self.cut(at, end, label::PREVIEW, [b"\xff\xe0\0\x10", header, b"\0\0"].concat())?;
                }
            }
            // Tables that share the numbers of frames.
            0xc4 | 0xc8 | 0xcc => {}
            0xc0..=0xcf => {
                let side = |at: usize| Some(u16::from_be_bytes(*part.get(at..)?.first_chunk()?).into());
                self.dimensions =
                    side(7).zip(side(5)).and_then(|(width, height)| Dimensions::new(width, height));
            }
            _ => {}
        }
        read(end, 2)
    }
}

/// Whether a segment begins so behind its 0xFF.
fn named(segment: &[u8], name: &[u8]) -> bool {
    segment.get(1..).is_some_and(|rest| fits(rest, name))
}
