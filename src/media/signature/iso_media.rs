//! ISO base media files (ISO/IEC 14496-12): their brands tell HEIC, AVIF, QuickTime, M4A and MP4 apart.

use crate::contract::media_type::Format;
use crate::media::pattern::{Pattern, first_fit, fits};

/// What brands say about a file by themselves, four bytes each; those that say no more than the box structure (`mif1`, `miaf`…) are not
/// here.
static BRANDS: [Pattern; 6] = [
    (b"heicheixheimheishevchevxhevmhevs", Format::Heic),
    (b"avifavis", Format::Avif),
    (b"qt  ", Format::QuickTime),
    (b"M4A M4B M4P ", Format::M4a),
    (b"3gp.3g2.3ge.3gr.3gs.3gg.", Format::ThreeGp),
    (b"iso.mp4.M4V.f4v.F4V.avc1dashmmp4MSNVXAVC", Format::Mp4),
];
/// Those of still images alone.
static STILLS: [Pattern; 2] = [BRANDS[0], BRANDS[1]];
/// An audio tool's own name, and what stands beside it where there is a picture after all.
static AUDIO: [Pattern; 1] = [(b"M4A ", Format::M4a)];
static VIDEO: [Pattern; 1] = [(b"M4V avc1", Format::Mp4)];

/// Boxes that QuickTime files older than the ftyp box begin with.
static OLD_BOXES: [Pattern; 4] = [
    (b"....moov", Format::QuickTime),
    (b"....mdat", Format::QuickTime),
    (b"....wide", Format::QuickTime),
    (b"....pnot", Format::QuickTime),
];

fn box_size(head: &[u8]) -> usize {
    head.first_chunk().map_or(0, |size| u32::from_be_bytes(*size) as usize)
}

/// A text may hold the letters of these boxes: then its first bytes make a gigantic size.
pub(super) fn old_quicktime(head: &[u8]) -> Option<Format> {
    let size = box_size(head);
    if size == 1 || (8..0x1000_0000).contains(&size) { first_fit(head, &OLD_BOXES) } else { None }
}

/// The format of the first of these brands that is known.
fn first_known(brands: &[u8], known: &[Pattern]) -> Option<Format> {
    for brand in brands.as_chunks::<4>().0 {
        for (names, format) in known {
            for name in names.as_chunks::<4>().0 {
                if fits(brand, name) {
                    return Some(*format);
                }
            }
        }
    }
    None
}

/// A file that begins with an ftyp box.
pub(super) fn by_brands(head: &[u8]) -> Option<Format> {
    let major = head.get(8..12)?;
    let size = box_size(head);
    let end = if size < 16 { head.len() } else { size.min(head.len()) };
    let compatible = head.get(16..end).unwrap_or_default();
    // Audio tools write the general brands too, and name their own among the compatible ones; so do video tools, next to M4V.
    if matches!(major, b"mp42" | b"isom")
        && first_known(compatible, &AUDIO).is_some()
        && first_known(compatible, &VIDEO).is_none()
    {
        return Some(Format::M4a);
    }
    // Still images of any codec; the compatible brands name it. HEIC is the older user of these brands.
    if matches!(major, b"mif1" | b"mif2" | b"msf1" | b"miaf") {
        return first_known(compatible, &STILLS).or(Some(Format::Heic));
    }
    first_known(major, &BRANDS).or_else(|| first_known(compatible, &BRANDS))
}
