//! JPEG: segments and scans.

use super::exif::{Gps, exif_block, only_orientation};
use super::*;

pub(super) fn segment(marker: u8, body: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0xff, marker];
    bytes.extend(((body.len() + 2) as u16).to_be_bytes());
    bytes.extend(body);
    bytes
}

fn jpeg_part() -> impl Strategy<Value = Part> {
    let body = vec(any::<u8>(), 0..100);
    let name = select(vec![
        (0xe0, &b"JFIF\0\x01\x02\0\0\x01\0\x01\0\0"[..], true),
        (0xe0, b"JFXX\0", false),
        (0xe1, b"http://ns.adobe.com/xap/1.0/\0", false),
        (0xe1, b"http://ns.adobe.com/xmp/extension/\0", false),
        (0xe2, b"ICC_PROFILE\0", true),
        (0xe2, b"MPF\0", false),
        (0xe4, b"SAMSUNG", false),
        (0xeb, b"JP", false),
        (0xed, b"Photoshop 3.0\0", false),
        (0xee, b"Adobe", true),
        (0xfe, b"", false),
        (0xdb, b"", true),
        (0xc4, b"", true),
        (0xdd, b"", true),
    ]);
    (name, body).prop_map(|((marker, name, stays), body)| {
        // JFIF without a thumbnail.
        let body = if name.starts_with(b"JFIF") { vec![] } else { body };
        (segment(marker, &[name, &body].concat()), stays)
    })
}

/// A scan: its header, then data in which every 0xFF is followed by a zero or is a restart marker.
fn scan() -> impl Strategy<Value = Vec<u8>> {
    (vec(any::<u8>(), 0..20), vec(prop_oneof![9 => any::<u8>(), 1 => Just(0xff)], 0..300)).prop_map(
        |(header, data)| {
            let mut bytes = segment(0xda, &header);
            for (at, byte) in data.iter().enumerate() {
                bytes.push(*byte);
                if *byte == 0xff {
                    bytes.push(if at % 3 == 0 { 0xd0 | (at % 8) as u8 } else { 0 });
                }
            }
            bytes
        },
    )
}

prop_compose! {
    /// Segments and scans in any order, an end, and whatever trails.
    pub(super) fn jpeg()(
        front in vec(jpeg_part(), 0..8),
        scans in vec((scan(), vec(jpeg_part(), 0..3)), 1..4),
        trailer in vec(any::<u8>(), 0..40),
        ends in any::<bool>(),
    ) -> Vec<Part> {
        let mut parts = vec![(vec![0xff, 0xd8], true)];
        parts.extend(front);
        for (scan, between) in scans {
            parts.push((scan, true));
            parts.extend(between);
        }
        if ends {
            parts.extend([(vec![0xff, 0xd9], true), (trailer, false)]);
        }
        parts
    }
}

#[test]
fn a_jpegs_orientation_stays_and_everything_else_of_exif_goes() {
    let exif =
        |orientation| segment(0xe1, &[&b"Exif\0\0"[..], &exif_block(orientation, Gps::Place, true)].concat());
    let only = |orientation| segment(0xe1, &[&b"Exif\0\0"[..], &only_orientation(orientation)].concat());
    let frame = segment(0xc2, &[8, 0x0b, 0xb8, 0x0f, 0xa0, 3, 1, 2, 3]);
    let rest = [&segment(0xda, b"\0")[..], b"data\xff\xd9"].concat();
    let file = |exif: &[u8]| [b"\xff\xd8", exif, &frame, &rest].concat();
    let (left, found, _) = walk(Format::Jpeg, &file(&exif(6)));
    assert_eq!(left.unwrap(), file(&only(6)));
    assert_eq!(found.removed, ["Exif (with GPS)"]);
    assert_eq!(found.dimensions, Dimensions::new(4000, 3000));
    // Upright, nothing is left of it; what was cut before is not cut again.
    assert_eq!(walk(Format::Jpeg, &file(&exif(1))).0.unwrap(), file(&[]));
    assert_eq!(walk(Format::Jpeg, &file(&only(6))).1.removed, [""; 0]);
}

#[test]
fn a_jfif_thumbnail_goes_and_its_resolution_stays() {
    let header = |width, height, pixels: &[u8]| {
        segment(0xe0, &[&b"JFIF\0\x01\x02\x01\0\x48\0\x48"[..], &[width, height], pixels].concat())
    };
    let file = |header: &[u8]| [b"\xff\xd8", header, &segment(0xda, b"\0"), b"x\xff\xd9"].concat();
    let (left, found, _) = walk(Format::Jpeg, &file(&header(1, 2, b"RGBRGB")));
    assert_eq!(left.unwrap(), file(&header(0, 0, b"")));
    assert_eq!(found.removed, ["preview"]);
}

#[test]
fn what_follows_a_marker_without_a_length_is_a_segment_of_its_own() {
    let exif = segment(0xe1, &[&b"Exif\0\0"[..], &exif_block(1, Gps::Place, true)].concat());
    let file = |exif: &[u8]| [b"\xff\xd8\xff\x01", exif, &segment(0xda, b"\0"), b"x\xff\xd9"].concat();
    assert_eq!(walk(Format::Jpeg, &file(&exif)).0.unwrap(), file(b""));
}

#[test]
fn what_is_no_jpeg_behind_its_first_bytes_is_told_with_its_place() {
    for (file, at, what) in [
        (&b"\xff\xd8\xff\xe1\xff\xffshort"[..], 2, PAST),
        (b"\xff\xd8\xff\xe1\0\x01more", 6, "there is no JPEG marker"),
        (b"\xff\xd8\xff\xe1\0", 2, PAST),
        (b"\xff\xd8\xff", 0, PAST),
        (b"\xff\xd8\xff\xdb\0\x03xoops", 7, "there is no JPEG marker"),
        (b"\xff\xd8\xff\xda\0\x02x\xff\xe1\0\x02\xff\0y\xff\xd9", 11, "there is no JPEG marker"),
        (b"\xff\xd8\xff\xda\0\x02x\xff\xe1\0\x02\xff\xd3y\xff\xd9", 11, "there is no JPEG marker"),
    ] {
        assert_eq!(walk(Format::Jpeg, file).0, Err(Damage { at, what }), "{file:?}");
    }
}

proptest! {
    #[test]
    fn what_was_cut_once_is_left_alone_the_next_time(parts in jpeg()) {
        let (left, ..) = walk(Format::Jpeg, &joined(&parts, false));
        prop_assert_eq!(walk(Format::Jpeg, &left.unwrap()).1.cuts, vec![]);
    }
}
