//! JPEG (ISO/IEC 10918-1): segments, each with its length, and scans, whose data ends at the next marker.
//!
//! What stands between two segments is skipped by libjpeg, which Chromium and Firefox decode with (`next_marker` in its
//! jdmarker.c): the next `0xFF` with anything but `0x00` behind it is a marker again. This walk goes by the same rule,
//! so that it takes for a segment what a browser takes for one, and cuts what a browser skips.

use super::memory::Skipped;
use super::walk::{Damage, Next, Walk};
use super::words::{damage, label};
use crate::media::header::Dimensions;
use crate::media::pattern::fits;

const SOI: u8 = 0xd8;
const EOI: u8 = 0xd9;
const SOS: u8 = 0xda;
/// Number of lines; libjpeg skips it.
const DNL: u8 = 0xdc;
/// Restart interval.
const DRI: u8 = 0xdd;
/// For arithmetic coding's own use; like `SOI` it stands alone.
const TEM: u8 = 0x01;
/// The first marker of a frame. Those below are reserved.
const SOF0: u8 = 0xc0;
/// `0xFF`, and which marker it is.
pub(super) const MARKER_BYTES: usize = 2;
/// Marker and length.
const HEADER_BYTES: usize = 4;
/// Bytes of a segment that holds one 16-bit number: `DRI`, `DNL`.
const NUMBER_BYTES: usize = 6;
/// Where the number of components stands in a scan's header, and in a frame's.
const SCAN_COMPONENTS_AT: usize = 4;
const FRAME_COMPONENTS_AT: usize = 9;
/// A JFIF segment up to its thumbnail; the thumbnail's width and height are the last two of these.
const JFIF_BYTES: usize = 18;
/// Browsers read it whatever its last byte is.
const EXIF: &[u8] = b"\xe1..Exif\0.";

/// Application segments and comments: how they begin behind their 0xFF (a point stands for any byte), and what they are
/// called. Those without a name are needed to show the picture.
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
            [0xff, marker, ..] if is_marker(marker) => Some(marker),
            _ => None,
        };
        match self.jpeg.skipped.take() {
            // Where libjpeg waits for a restart marker, it passes over every marker below those of frames
            // (`jpeg_resync_to_restart`).
            scan @ Some(Skipped::Scan(_)) if self.jpeg.has_restarts && marker.is_some_and(|it| it < SOF0) => {
                self.jpeg.skipped = scan;
                return Ok(Next::Marker { from: at.saturating_add(MARKER_BYTES) });
            }
            Some(Skipped::Scan(from)) => self.has_image |= at > from,
            Some(Skipped::Stray(from)) => self.cut(from, at, label::STRAY, Vec::new())?,
            None => {}
        }
        let Some(marker) = marker else {
            if at == 0 {
                return Err(Damage { at, what: "there is no JPEG marker" });
            }
            if self.left_from(at) < MARKER_BYTES {
                return self.breaks_off(at, label::STRAY);
            }
            // What stands for a byte of a scan, or for a restart within one, is no marker here: libjpeg skips it, and
            // behind what was cut before it, it would belong to the scan in front of that.
            self.jpeg.skipped = Some(Skipped::Stray(at));
            return Ok(Next::Marker { from: at });
        };
        match marker {
            EOI => {
                self.check_image(at)?;
                return self.end_at(at.saturating_add(MARKER_BYTES));
            }
            // Any number of 0xFF may stand before a marker.
            0xff => return read(at.saturating_add(1), MARKER_BYTES),
            TEM => return read(at.saturating_add(MARKER_BYTES), MARKER_BYTES),
            SOI if at == 0 => return read(MARKER_BYTES, MARKER_BYTES),
            SOI | 0x02..SOF0 | 0xc8 | 0xde | 0xdf | 0xf0..=0xfd => return self.reserved_marker(at),
            _ => {}
        }
        let left = self.left_from(at);
        let Some([_, _, high, low]) = bytes.first_chunk() else {
            return if left < HEADER_BYTES {
                self.breaks_off(at, label::STRAY)
            } else {
                read(at, HEADER_BYTES)
            };
        };
        let length = usize::from(u16::from_be_bytes([*high, *low])).max(2).saturating_add(2);
        let part = bytes.get(..length.min(bytes.len())).unwrap_or_default();
        let is_exif = named(part, EXIF);
        let wanted = length.min(left).min(if is_exif { length } else { MAX_NAME_BYTES });
        if part.len() < wanted {
            return read(at, wanted);
        }
        if length > left {
            return self.breaks_off(at, if is_exif { label::EXIF } else { name_of(marker, part) });
        }
        self.whole_segment(marker, (at, length), part, is_exif)
    }

    /// A segment that lies in the file as a whole, of which `part` is what was asked for.
    fn whole_segment(
        &mut self,
        marker: u8,
        (at, length): (usize, usize),
        part: &[u8],
        is_exif: bool,
    ) -> Result<Next, Damage> {
        let end = at.saturating_add(length);
        match marker {
            SOS => {
                let scanned = part.get(SCAN_COMPONENTS_AT);
                self.jpeg.is_complete |= self.jpeg.components.take().is_some_and(|all| scanned == Some(&all));
                self.jpeg.skipped = Some(Skipped::Scan(end));
                return Ok(Next::Marker { from: end });
            }
            _ if is_exif => {
                let block = part.get(HEADER_BYTES.saturating_add(6)..).unwrap_or_default();
                self.judge_exif(at, end, part, block, b"\xff\xe1\0\x22Exif\0\0")?;
            }
            0xe0..=0xef | 0xfe => {
                let what = name_of(marker, part);
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
            DRI => {
                self.jpeg.has_restarts = part.get(HEADER_BYTES..NUMBER_BYTES).is_some_and(|it| it != b"\0\0")
            }
            DNL if length != NUMBER_BYTES => self.cut(at, end, label::OTHER, Vec::new())?,
            // Tables that share the numbers of frames.
            0xc4 | 0xcc => {}
            0xc0..=0xcf => {
                let side = |at: usize| Some(u16::from_be_bytes(*part.get(at..)?.first_chunk()?).into());
                self.dimensions =
                    side(7).zip(side(5)).and_then(|(width, height)| Dimensions::new(width, height));
                let is_sequential = matches!(marker, 0xc0 | 0xc1 | 0xc9);
                self.jpeg.components = part.get(FRAME_COMPONENTS_AT).copied().filter(|_| is_sequential);
            }
            _ => {}
        }
        Ok(Next::Read { at: end, bytes: MARKER_BYTES })
    }

    /// A marker that no picture of browsers has here: a reserved one, or the beginning of a second picture. Chromium
    /// stops at it, and Firefox goes on behind some; they agree where the picture is complete before it.
    fn reserved_marker(&mut self, at: usize) -> Result<Next, Damage> {
        if self.has_image && self.jpeg.is_complete {
            return self.close(at, label::TRAILER, END);
        }
        Err(Damage { at, what: "there is a marker that browsers go on from in different ways" })
    }

    /// The file ends, or a segment at `at` runs past its end. Browsers show what was there of the image before.
    fn breaks_off(&mut self, at: usize, what: &'static str) -> Result<Next, Damage> {
        if at < self.file_bytes && !self.has_image {
            return Err(Damage { at, what: damage::PAST });
        }
        self.check_image(at)?;
        // What is needed to show a picture has no name, and is of no use without its end.
        self.close(at, if what.is_empty() { label::STRAY } else { what }, END)
    }
}

/// The end of an image. With a marker behind it libjpeg decodes a scan to its last pixel; without one, browsers show
/// less of it.
const END: &[u8] = &[0xff, EOI];

/// Whether this byte makes a marker of a `0xFF` before it (or, itself `0xFF`, stands before one): it is neither that of
/// a scan nor a restart within one.
fn is_marker(behind: u8) -> bool {
    behind != 0 && behind & 0xf8 != 0xd0
}

/// Where the next marker begins within some bytes, or else how many of them need not be looked at again.
pub(super) fn next_marker(bytes: &[u8]) -> Result<usize, usize> {
    let is_here = |pair: &[u8]| matches!(*pair, [0xff, behind] if behind != 0xff && is_marker(behind));
    let found = bytes.windows(MARKER_BYTES).position(is_here);
    found.ok_or(bytes.len().saturating_sub(usize::from(bytes.last() == Some(&0xff))))
}

/// What a segment is called where it is not needed to show the picture; else nothing.
fn name_of(marker: u8, segment: &[u8]) -> &'static str {
    let found = NAMES.iter().find(|(name, _)| named(segment, name));
    let is_optional = matches!(marker, 0xe0..=0xef | 0xfe);
    found.map_or(if is_optional { label::OTHER } else { label::NOTHING }, |(_, what)| what)
}

/// Whether a segment begins so behind its 0xFF.
fn named(segment: &[u8], name: &[u8]) -> bool {
    segment.get(1..).is_some_and(|rest| fits(rest, name))
}
