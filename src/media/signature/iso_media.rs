//! ISO base media files (ISO/IEC 14496-12): their brands tell HEIC, AVIF, QuickTime, M4A and MP4 apart.

use super::Format;

/// What a brand says about a file by itself; `None` for brands that say no more than the box structure (`mif1`, `miaf`…).
fn format_of_brand(brand: &[u8]) -> Option<Format> {
    match brand {
        b"heic" | b"heix" | b"heim" | b"heis" | b"hevc" | b"hevx" | b"hevm" | b"hevs" => Some(Format::Heic),
        b"avif" | b"avis" => Some(Format::Avif),
        b"qt  " => Some(Format::QuickTime),
        b"M4A " | b"M4B " | b"M4P " => Some(Format::M4a),
        [b'3', b'g', b'p' | b'2' | b'e' | b'r' | b's' | b'g', _] => Some(Format::ThreeGp),
        [b'i', b's', b'o', _]
        | [b'm', b'p', b'4', _]
        | [b'M', b'4', b'V', _]
        | [b'f' | b'F', b'4', b'v' | b'V', _] => Some(Format::Mp4),
        b"avc1" | b"dash" | b"mmp4" | b"MSNV" | b"XAVC" => Some(Format::Mp4),
        _ => None,
    }
}

pub(super) fn detect(head: &[u8]) -> Option<Format> {
    let [a, b, c, d, box_type @ ..] = head else { return None };
    let size = u32::from_be_bytes([*a, *b, *c, *d]) as usize;
    match box_type.get(..4)? {
        b"ftyp" => by_brands(head, size),
        // QuickTime files older than the ftyp box. A text may hold these letters: then its first bytes make a gigantic size.
        b"moov" | b"mdat" | b"wide" | b"pnot" if size == 1 || (8..0x1000_0000).contains(&size) => {
            Some(Format::QuickTime)
        }
        _ => None,
    }
}

fn by_brands(head: &[u8], size: usize) -> Option<Format> {
    let major = head.get(8..12)?;
    let end = if size < 16 { head.len() } else { size.min(head.len()) };
    let compatible = || head.get(16..end).unwrap_or_default().chunks_exact(4);
    let has = |brand: &[u8; 4]| compatible().any(|other| other == brand);
    match (format_of_brand(major), major) {
        // Audio tools write the general brands too, and name their own among the compatible ones; so do video tools, next to M4V.
        (Some(Format::Mp4), b"mp42" | b"isom") if has(b"M4A ") && !has(b"M4V ") && !has(b"avc1") => {
            Some(Format::M4a)
        }
        (Some(format), _) => Some(format),
        // Still images of any codec; the compatible brands name it. HEIC is the older user of these brands.
        (None, b"mif1" | b"mif2" | b"msf1" | b"miaf") => {
            let still = |format: &Format| matches!(format, Format::Heic | Format::Avif);
            compatible().filter_map(format_of_brand).find(still).or(Some(Format::Heic))
        }
        (None, _) => compatible().find_map(format_of_brand),
    }
}
