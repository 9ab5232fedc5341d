//! ISO base media files (ISO/IEC 14496-12): their brands tell HEIC, AVIF, QuickTime, M4A and MP4 apart.

use super::pattern::{Pattern, first_fit, fits};
use crate::contract::media_type::Format;

/// What a brand says about a file by itself; those that say no more than the box structure (`mif1`, `miaf`…) are not here.
static BRANDS: [Pattern; 30] = [
    (b"heic", Format::Heic),
    (b"heix", Format::Heic),
    (b"heim", Format::Heic),
    (b"heis", Format::Heic),
    (b"hevc", Format::Heic),
    (b"hevx", Format::Heic),
    (b"hevm", Format::Heic),
    (b"hevs", Format::Heic),
    (b"avif", Format::Avif),
    (b"avis", Format::Avif),
    (b"qt  ", Format::QuickTime),
    (b"M4A ", Format::M4a),
    (b"M4B ", Format::M4a),
    (b"M4P ", Format::M4a),
    (b"3gp.", Format::ThreeGp),
    (b"3g2.", Format::ThreeGp),
    (b"3ge.", Format::ThreeGp),
    (b"3gr.", Format::ThreeGp),
    (b"3gs.", Format::ThreeGp),
    (b"3gg.", Format::ThreeGp),
    (b"iso.", Format::Mp4),
    (b"mp4.", Format::Mp4),
    (b"M4V.", Format::Mp4),
    (b"f4v.", Format::Mp4),
    (b"F4V.", Format::Mp4),
    (b"avc1", Format::Mp4),
    (b"dash", Format::Mp4),
    (b"mmp4", Format::Mp4),
    (b"MSNV", Format::Mp4),
    (b"XAVC", Format::Mp4),
];

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

/// A file that begins with an ftyp box.
pub(super) fn by_brands(head: &[u8]) -> Option<Format> {
    let major = head.get(8..12)?;
    let size = box_size(head);
    let end = if size < 16 { head.len() } else { size.min(head.len()) };
    let (mut m4a, mut video, mut first, mut first_still) = (false, false, None, None);
    let mut rest = head.get(16..end).unwrap_or_default();
    while let Some((brand, behind)) = rest.split_first_chunk::<4>() {
        rest = behind;
        m4a = m4a || brand == b"M4A ";
        video = video || matches!(brand, b"M4V " | b"avc1");
        let format = first_fit(brand, &BRANDS);
        first = first.or(format);
        if matches!(format, Some(Format::Heic | Format::Avif)) {
            first_still = first_still.or(format);
        }
    }
    let format = first_fit(major, &BRANDS);
    // Audio tools write the general brands too, and name their own among the compatible ones; so do video tools, next to M4V.
    if m4a && !video && (fits(major, b"mp42") || fits(major, b"isom")) {
        return Some(Format::M4a);
    }
    // Still images of any codec; the compatible brands name it. HEIC is the older user of these brands.
    if matches!(major, b"mif1" | b"mif2" | b"msf1" | b"miaf") {
        return first_still.or(Some(Format::Heic));
    }
    format.or(first)
}
