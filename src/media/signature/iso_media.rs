//! ISO base media files (ISO/IEC 14496-12): their brands tell HEIC, AVIF, QuickTime, M4A and MP4 apart.

use crate::contract::media_type::Format;
use crate::media::pattern::{Pattern, first_fit, fits};

/// Brands, and what they say about a file by themselves; a `.` stands for any byte. Those that say no more than the box
/// structure (`mif1`, `miaf`…) are not here.
type Brands = (&'static [&'static [u8; 4]], Format);

const HEIC: Brands =
    (&[b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"], Format::Heic);
const AVIF: Brands = (&[b"avif", b"avis"], Format::Avif);
const QUICKTIME: Brands = (&[b"qt  "], Format::QuickTime);
const M4A: Brands = (&[b"M4A ", b"M4B ", b"M4P "], Format::M4a);
const THREE_GP: Brands = (&[b"3gp.", b"3g2.", b"3ge.", b"3gr.", b"3gs.", b"3gg."], Format::ThreeGp);
const MP4: Brands = (
    &[b"iso.", b"mp4.", b"M4V.", b"f4v.", b"F4V.", b"avc1", b"dash", b"mmp4", b"MSNV", b"XAVC"],
    Format::Mp4,
);

static ALL: [Brands; 6] = [HEIC, AVIF, QUICKTIME, M4A, THREE_GP, MP4];
/// Those of still images alone.
static STILLS: [Brands; 2] = [HEIC, AVIF];
/// An audio tool's own name, and what stands beside it where there is a picture after all.
static AUDIO: [Brands; 1] = [(&[b"M4A "], Format::M4a)];
static VIDEO: [Brands; 1] = [(&[b"M4V ", b"avc1"], Format::Mp4)];

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
fn first_known(brands: &[u8], known: &[Brands]) -> Option<Format> {
    let format_of = |brand: &[u8; 4]| {
        let means = |(names, _): &&Brands| names.iter().any(|name| fits(brand, *name));
        known.iter().find(means).map(|(_, format)| *format)
    };
    brands.as_chunks().0.iter().find_map(format_of)
}

/// A file that begins with an ftyp box.
pub(super) fn by_brands(head: &[u8]) -> Option<Format> {
    let major = head.get(8..12)?;
    let size = box_size(head);
    let end = if size < 16 { head.len() } else { size.min(head.len()) };
    let compatible = head.get(16..end).unwrap_or_default();
    // Audio tools write the general brands too, and name their own among the compatible ones; so do video tools, next
    // to M4V.
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
    first_known(major, &ALL).or_else(|| first_known(compatible, &ALL))
}
