//! JPEG: segments and scans.

use super::exif::{Gps, exif_block, only_orientation};
use super::*;

pub(super) fn segment(marker: u8, body: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0xff, marker];
    bytes.extend(((body.len() + 2) as u16).to_be_bytes());
    bytes.extend(body);
    bytes
}

/// A scan with a byte of data, and the end.
pub(super) const IMAGE: &[u8] = b"\xff\xda\0\x03\x01x\xff\xd9";

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

/// Bytes that hold no marker, as they may lie between two segments.
fn stray() -> impl Strategy<Value = Part> {
    vec(prop_oneof![9 => any::<u8>(), 1 => Just(0xff)], 0..40).prop_map(|mut bytes| {
        for at in 1..bytes.len() {
            if bytes[at - 1] == 0xff {
                bytes[at] = if at % 2 == 0 { 0 } else { 0xd7 };
            }
        }
        if bytes.last() == Some(&0xff) {
            bytes.push(0);
        }
        (bytes, false)
    })
}

/// Segments with stray bytes behind some of them.
fn segments(count: std::ops::Range<usize>) -> impl Strategy<Value = Vec<Part>> {
    vec((jpeg_part(), prop::option::of(stray())), count)
        .prop_map(|parts| parts.into_iter().flat_map(|(part, stray)| [Some(part), stray]).flatten().collect())
}

/// A scan: its header, then data in which every 0xFF is followed by a zero or is a restart marker.
fn scan() -> impl Strategy<Value = Vec<u8>> {
    (vec(any::<u8>(), 0..20), vec(prop_oneof![9 => any::<u8>(), 1 => Just(0xff)], 1..300)).prop_map(
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
    /// Segments, stray bytes and scans in any order, an end, and whatever trails.
    pub(super) fn jpeg()(
        front in segments(0..8),
        scans in vec((scan(), segments(0..3)), 1..4),
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
        } else {
            // What comes into the place of metadata at its end is another test's.
            let kept = parts.iter().rposition(|(_, stays)| *stays).map_or(0, |last| last + 1);
            parts.truncate(kept);
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
fn what_breaks_off_before_its_image_data_is_told_with_its_place() {
    for (file, at) in [
        (&b"\xff\xd8\xff\xe1\xff\xffshort"[..], 2),
        (b"\xff\xd8\xff\xe1\0", 2),
        (b"\xff\xd8\xff", 2),
        (b"\xff\xd8\xff\xdb\0\x04xx\xff\xda\0\x0c", 8),
    ] {
        assert_eq!(walk(Format::Jpeg, file).0, Err(Damage { at, what: PAST }), "{file:?}");
    }
}

/// A frame of so many components, and a scan of all of them with a byte of data.
fn picture(frame: u8, components: u8) -> Vec<u8> {
    let frame = segment(frame, &[8, 0, 1, 0, 1, components]);
    [b"\xff\xd8", &frame[..], &segment(0xda, &[components]), b"x"].concat()
}

/// As libjpeg skips them: up to the next 0xFF with anything but a zero behind it, where a restart stands alone.
#[test]
fn what_lies_between_segments_goes_up_to_the_next_marker() {
    let comment = segment(0xfe, b"hidden");
    for stray in [&b"x"[..], b"\0\0\0", b"text", b"\xff\0text", b"\xff\xd3text", b"\xff\0\xff\xd0\xff\xd7"] {
        let file = |stray: &[u8]| {
            let table = segment(0xdb, b"table");
            let behind = [&segment(0xda, b"\x03")[..], b"more", &table, stray, b"\xff\xd9"].concat();
            [b"\xff\xd8", &table[..], stray, &segment(0xc2, &[8, 0, 1, 0, 1, 3]), stray, &behind].concat()
        };
        for stray in [stray.to_vec(), [stray, &comment].concat(), [&comment, stray].concat()] {
            let (left, found, _) = walk(Format::Jpeg, &file(&stray));
            assert_eq!(left.unwrap(), file(b""), "{stray:?}");
            assert!(found.removed.contains(&"stray bytes"));
        }
    }
}

#[test]
fn a_segment_among_stray_bytes_is_one() {
    let exif = segment(0xe1, &[&b"Exif\0\0"[..], &exif_block(6, Gps::Place, true)].concat());
    let only = segment(0xe1, &[&b"Exif\0\0"[..], &only_orientation(6)].concat());
    let file = |exif: &[u8]| [b"\xff\xd8\xff\xdb\0\x03x", exif, IMAGE].concat();
    let (left, found, _) = walk(Format::Jpeg, &file(&[b"stray", &exif[..], b"stray"].concat()));
    assert_eq!(left.unwrap(), file(&only));
    assert_eq!(found.removed, ["stray bytes", "Exif (with GPS)"]);
}

/// Its name would lie behind its end.
#[test]
fn an_empty_segment_takes_no_name_from_what_follows_it() {
    let file = |more: usize| {
        let file = [b"\xff\xd8\xff\xe1\0\x02Exif\0\0", &only_orientation(6)[..], IMAGE].concat();
        walk_by(Format::Jpeg, &file, more)
    };
    for more in [0, 100] {
        assert_eq!(file(more).0.unwrap(), [b"\xff\xd8", IMAGE].concat());
        assert_eq!(file(more).1.removed, ["other metadata", "stray bytes"]);
    }
}

/// Without a marker behind its last scan, browsers show less of a picture than before.
#[test]
fn a_picture_whose_end_is_cut_gets_one() {
    let comment = segment(0xfe, b"hidden");
    for frame in [0xc0, 0xc2] {
        let image = picture(frame, 3);
        let ended = [&image[..], b"\xff\xd9"].concat();
        let exif = segment(0xe1, &[&b"Exif\0\0"[..], &exif_block(6, Gps::Place, true)].concat());
        let only = segment(0xe1, &[&b"Exif\0\0"[..], &only_orientation(6)].concat());
        for tail in
            [&comment[..], &comment[..5], b"\xff\xfe\0", b"\xff\xc4\0\x20ab", b"\xff\xe1\0\x20Exif\0\0MM"]
        {
            assert_eq!(walk(Format::Jpeg, &[&image, tail].concat()).0.unwrap(), ended, "{tail:?}");
        }
        for tail in [&b"text"[..], b"\xff", b"\xff\0text", b"\xff\xd3"] {
            assert_eq!(walk(Format::Jpeg, &[&image, &comment, tail].concat()).0.unwrap(), ended, "{tail:?}");
        }
        let turned = [&image[..], &only, b"\xff\xd9"].concat();
        assert_eq!(walk(Format::Jpeg, &[&image[..], &exif].concat()).0.unwrap(), turned);
        // One that breaks off within its image data shows as much as before.
        assert_eq!(walk(Format::Jpeg, &image).0.unwrap(), image);
    }
}

/// Chromium stops at them, Firefox goes on behind some: they agree where nothing of the picture is to come.
#[test]
fn a_reserved_marker_is_cut_behind_a_complete_picture_and_refused_before() {
    let what = "there is a marker that browsers go on from in different ways";
    for marker in (0x02..0xc0).chain([0xc8, 0xd8, 0xde, 0xdf]).chain(0xf0..=0xfd) {
        let reserved = segment(marker, b"hidden");
        let at = |image: &[u8]| [image, &reserved, b"\xff\xd9"].concat();
        for (frame, components) in [(0xc0, 1), (0xc1, 3), (0xc9, 3)] {
            let image = picture(frame, components);
            let ended = [&image[..], b"\xff\xd9"].concat();
            assert_eq!(walk(Format::Jpeg, &at(&image)).0.unwrap(), ended, "{marker:x}");
        }
        // The first scan of several, whether all components are in each of them or not.
        let progressive = picture(0xc2, 3);
        let mut first = picture(0xc0, 3);
        let components = first.len() - 2;
        first[components] = 1;
        for image in [progressive, first, b"\xff\xd8\xff\xdb\0\x03x".to_vec()] {
            assert_eq!(
                walk(Format::Jpeg, &at(&image)).0,
                Err(Damage { at: image.len(), what }),
                "{marker:x}"
            );
        }
    }
}

/// Where it waits for a restart, libjpeg passes over markers below those of frames.
#[test]
fn a_scan_with_restarts_goes_on_behind_a_marker_that_ends_others() {
    for marker in [0x01, 0x02, 0x42, 0xbf] {
        let data = [b"one\xff\xd0two\xff", &[marker][..], b"\0\x09three\xff\xd1four\xff\xd9"].concat();
        let file = |interval: &[u8]| {
            let front = [&segment(0xdd, interval)[..], &segment(0xc0, &[8, 0, 1, 0, 1, 1])].concat();
            [b"\xff\xd8", &front[..], &segment(0xda, b"\x01"), &data].concat()
        };
        assert_eq!(walk(Format::Jpeg, &file(b"\0\x02")).1.cuts, vec![], "{marker:x}");
        assert!(!walk(Format::Jpeg, &file(b"\0\0")).1.cuts.is_empty(), "{marker:x}");
    }
}

#[test]
fn a_jpeg_without_image_data_is_refused() {
    for (file, at) in [
        (&b"\xff\xd8\xff\xd9"[..], 2),
        (b"\xff\xd8\xff\xfe\0\x06text\xff\xd9", 10),
        (b"\xff\xd8\xff\xdb\0\x03xstray", 12),
        (b"\xff\xd8\xff\xda\0\x03\x01\xff\xd9", 7),
        (b"\xff\xd8\xff\xda\0\x03\x01", 7),
    ] {
        assert_eq!(walk(Format::Jpeg, file).0, Err(Damage { at, what: NO_IMAGE }), "{file:?}");
    }
}

#[test]
fn a_number_of_lines_stays_and_what_only_pretends_to_be_one_goes() {
    let lines = segment(0xdc, b"\0\x40");
    let file = |lines: &[u8]| [&picture(0xc0, 1), lines, b"\xff\xd9"].concat();
    assert_eq!(walk(Format::Jpeg, &file(&lines)).1.cuts, vec![]);
    assert_eq!(walk(Format::Jpeg, &file(&segment(0xdc, b"hidden"))).0.unwrap(), file(b""));
}

proptest! {
    #[test]
    fn what_was_cut_once_is_left_alone_the_next_time(parts in jpeg()) {
        let (left, ..) = walk(Format::Jpeg, &joined(&parts, false));
        prop_assert_eq!(walk(Format::Jpeg, &left.unwrap()).1.cuts, vec![]);
    }
}
