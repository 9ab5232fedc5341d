//! JPEG (ISO/IEC 10918-1): segments, each with its length, and scans, whose data ends at the next marker.

use super::{Damage, Found, HEADER_BYTES, Next, View, after, exif, exif_label, label};
use crate::media::dimensions::Dimensions;

/// Second bytes of markers.
const SOF: core::ops::RangeInclusive<u8> = 0xc0..=0xcf;
const NO_SOF: [u8; 3] = [0xc4, 0xc8, 0xcc];
const SOI: u8 = 0xd8;
const EOI: u8 = 0xd9;
const SOS: u8 = 0xda;
const APP0: u8 = 0xe0;
const APP1: u8 = 0xe1;
const APP2: u8 = 0xe2;
const APP11: u8 = 0xeb;
const APP13: u8 = 0xed;
const APP14: u8 = 0xee;
const APP15: u8 = 0xef;
const COM: u8 = 0xfe;

/// Header of a JFIF segment up to its thumbnail, which begins with its width and height.
const JFIF_BYTES: usize = 18;
const EXIF: &[u8] = b"Exif\0\0";

/// Application segments that decoders need: which marker, and how it begins. All others go.
static KEPT: [(u8, &[u8]); 3] = [(APP0, b"JFIF\0"), (APP2, b"ICC_PROFILE\0"), (APP14, b"Adobe")];
/// What those that go are called.
static NAMES: [(u8, &[u8], &str); 7] = [
    (COM, b"", label::COMMENT),
    (APP0, b"JFXX\0", label::PREVIEW),
    (APP1, b"http://ns.adobe.com/x", label::XMP),
    (APP2, b"MPF\0", label::PREVIEW),
    (APP11, b"JP", label::CREDENTIALS),
    (APP13, b"Photoshop 3.0\0", label::IPTC),
    (0, b"", label::OTHER),
];

#[derive(Clone, Debug, Default)]
pub(super) struct State {
    /// The orientation was written down: a second Exif block doesn't say it again.
    is_turned: bool,
}

impl State {
    pub(super) fn step(&mut self, view: &mut View<'_>, found: &mut Found) -> Result<Next, Damage> {
        loop {
            let at = view.at;
            let damage = |what| Err(Damage { at, what });
            let marker = match *view.bytes {
                // Any number of these may stand before a marker.
                [0xff, 0xff, ..] => {
                    if !view.go_to(at.saturating_add(1)) {
                        return Ok(view.read(HEADER_BYTES));
                    }
                    continue;
                }
                [0xff, marker, ..] => marker,
                // A scan that breaks off: what is there of the image can be shown.
                [] if at >= view.file_bytes => return Ok(Next::End),
                [] | [0xff] if !view.is_last() => return Ok(view.read(HEADER_BYTES)),
                _ => return damage("there is no JPEG marker"),
            };
            let start = at.saturating_add(2);
            if marker == EOI {
                found.cut_trailer(start, view.file_bytes)?;
                return Ok(Next::End);
            }
            let end = if marker == SOI {
                start
            } else {
                let Some([_, _, high, low]) = view.bytes.first_chunk() else {
                    if view.is_last() {
                        return damage("the file ends within a JPEG segment");
                    }
                    return Ok(view.read(HEADER_BYTES));
                };
                let length = u16::from_be_bytes([*high, *low]);
                if length < 2 {
                    return damage("a JPEG segment has no length");
                }
                start.saturating_add(length.into())
            };
            if end > view.file_bytes {
                return damage("a JPEG segment runs past the end of the file");
            }
            let bytes = end.saturating_sub(at) as u32;
            let is_metadata = matches!(marker, APP0..=APP15 | COM);
            if !view.holds(bytes.min(HEADER_BYTES)) {
                return Ok(view.read(HEADER_BYTES));
            }
            if is_metadata {
                let is_exif = marker == APP1 && body(view).starts_with(EXIF);
                if is_exif && !view.holds(bytes) {
                    return Ok(view.read(bytes));
                }
                self.judge(marker, view, end, is_exif, found)?;
            } else if SOF.contains(&marker) && !NO_SOF.contains(&marker) {
                // Precision, then height and width.
                if let Some([_, a, b, c, d]) = body(view).first_chunk() {
                    let (height, width) = (u16::from_be_bytes([*a, *b]), u16::from_be_bytes([*c, *d]));
                    found.dimensions = Dimensions::new(width.into(), height.into());
                }
            }
            if marker == SOS {
                return Ok(Next::Marker { from: end });
            }
            if !view.go_to(end) {
                return Ok(view.read(HEADER_BYTES));
            }
        }
    }

    /// A segment that a decoder may do without.
    fn judge(
        &mut self,
        marker: u8,
        view: &View<'_>,
        end: u64,
        is_exif: bool,
        found: &mut Found,
    ) -> Result<(), Damage> {
        let body = body(view);
        if is_exif {
            return self.judge_exif(view, end, found);
        }
        let fits = |name: &(u8, &[u8])| name.0 == marker && body.starts_with(name.1);
        if KEPT.iter().any(fits) {
            return if marker == APP0 { judge_jfif(view, end, found) } else { Ok(()) };
        }
        for (of, name, what) in &NAMES {
            if *of == 0 || fits(&(*of, name)) {
                return found.cut(view.at, end, what, Vec::new());
            }
        }
        Ok(())
    }

    fn judge_exif(&mut self, view: &View<'_>, end: u64, found: &mut Found) -> Result<(), Damage> {
        let bytes = end.saturating_sub(view.at) as usize;
        let segment = view.bytes.get(..bytes).unwrap_or(view.bytes);
        let (orientation, what) = exif_label(after(body(view), EXIF).unwrap_or_default());
        let mut patch = Vec::new();
        if let Some(orientation) = orientation.filter(|_| !self.is_turned) {
            self.is_turned = true;
            // Marker, length, name, block.
            patch.extend_from_slice(&[0xff, APP1, 0, 34]);
            patch.extend_from_slice(EXIF);
            patch.extend_from_slice(&exif::only_orientation(orientation));
            if patch == segment {
                return Ok(());
            }
        }
        found.cut(view.at, end, what, patch)
    }
}

/// JFIF may hold a thumbnail, perhaps of what was cropped away since.
fn judge_jfif(view: &View<'_>, end: u64, found: &mut Found) -> Result<(), Damage> {
    let behind = view.at.saturating_add(JFIF_BYTES as u64);
    let Some(header) = view.bytes.get(..JFIF_BYTES).filter(|_| behind < end) else { return Ok(()) };
    let mut header = header.to_vec();
    // A length of its own, without what is cut, and a thumbnail of no size.
    for (at, byte) in [(2, 0), (3, JFIF_BYTES.saturating_sub(2) as u8), (16, 0), (17, 0)] {
        if let Some(place) = header.get_mut(at) {
            *place = byte;
        }
    }
    found.cut(view.at, end, label::PREVIEW, header)
}

/// What stands behind a segment's marker and length, as far as it is in view.
fn body<'a>(view: &View<'a>) -> &'a [u8] {
    view.bytes.get(4..).unwrap_or_default()
}
