//! Files made of parts, so that it is known which of them have to stay.

use super::*;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

/// The walk over a whole file, given exactly what it asks for; answers the new file, what was found, and how often it asked.
fn walk(format: Format, file: &[u8]) -> (Result<Vec<u8>, Damage>, Walk, usize) {
    walk_by(format, file, 0)
}

/// The same, given so many bytes more.
fn walk_by(format: Format, file: &[u8], more: usize) -> (Result<Vec<u8>, Damage>, Walk, usize) {
    let mut walk = Walk::new(format, file.len()).unwrap();
    let mut next = Walk::FIRST;
    let mut steps = 0;
    loop {
        steps += 1;
        let (at, bytes) = match next {
            Next::Read { at, bytes } => {
                assert!(bytes <= 262_144, "WebAssembly sees at most 256 KB at a time");
                (at, bytes + more)
            }
            Next::Marker { from } => (marker(file, from), 2 + more),
            Next::End => break,
        };
        let end = (at + bytes).min(file.len());
        next = match walk.step(at, &file[at.min(end)..end]) {
            Ok(next) => next,
            Err(damage) => return (Err(damage), walk, steps),
        };
    }
    (Ok(without(file, &walk.cuts)), walk, steps)
}

/// By the letter of the standard, one byte after the other.
fn marker(file: &[u8], from: usize) -> usize {
    let is_marker = |at: &usize| file[*at] == 0xff && !matches!(file[at + 1], 0 | 0xd0..=0xd7 | 0xff);
    (from..file.len().saturating_sub(1)).find(is_marker).unwrap_or(file.len())
}

fn without(file: &[u8], cuts: &[Cut]) -> Vec<u8> {
    let mut left = Vec::new();
    let mut from = 0;
    for cut in cuts {
        assert!(from <= cut.start && cut.start <= cut.end && cut.end <= file.len(), "{cuts:?}");
        left.extend_from_slice(&file[from..cut.start]);
        left.extend_from_slice(&cut.patch);
        from = cut.end;
    }
    left.extend_from_slice(&file[from..]);
    left
}

const PAST: &str = "something runs past the file's end";

/// A part of a file, and whether it has to stay.
type Part = (Vec<u8>, bool);

fn joined(parts: &[Part], only_kept: bool) -> Vec<u8> {
    parts.iter().filter(|(_, stays)| *stays || !only_kept).flat_map(|(bytes, _)| bytes.clone()).collect()
}

// ── Exif ──

/// What a block says of where it was taken.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Gps {
    Nothing,
    /// What cameras without a receiver write: a version, a map datum.
    NoPlace,
    Place,
}

/// What a camera writes: its maker, the orientation, where it was.
fn exif_block(orientation: u16, gps: Gps, little_endian: bool) -> Vec<u8> {
    let short = |value: u16| if little_endian { value.to_le_bytes() } else { value.to_be_bytes() };
    let long = |value: u32| if little_endian { value.to_le_bytes() } else { value.to_be_bytes() };
    let tag = |tag: u16, kind: u16, count: u32, value: [u8; 4]| {
        [&short(tag)[..], &short(kind), &long(count), &value].concat()
    };
    let directory = |tags: &[Vec<u8>]| [&short(tags.len() as u16)[..], &tags.concat(), &long(0)].concat();
    let [a, b] = short(orientation);
    let mut tags = vec![tag(0x010f, 2, 8, long(1_000)), tag(0x0112, 3, 1, [a, b, 0, 0])];
    let behind = 8 + 2 + 3 * 12 + 4;
    if gps != Gps::Nothing {
        tags.push(tag(0x8825, 4, 1, long(behind)));
    }
    let mut block = [if little_endian { b"II" } else { b"MM" }, &short(42)[..], &long(8)].concat();
    block.extend(directory(&tags));
    if gps != Gps::Nothing {
        let mut tags = vec![tag(0, 1, 4, [2, 2, 0, 0])];
        if gps == Gps::Place {
            tags.extend([tag(1, 2, 2, *b"N\0\0\0"), tag(2, 5, 3, long(behind + 100))]);
        }
        tags.push(tag(18, 2, 3, *b"WGS\0"));
        block.extend(directory(&tags));
    }
    block.extend(b"a camera's own notes and N 52 22 12");
    block
}

/// A block that says nothing but an orientation, as the walk writes it.
fn only_orientation(orientation: u8) -> Vec<u8> {
    let mut block = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\0\0\0\0\0\0\0".to_vec();
    block[19] = orientation;
    block
}

#[test]
fn exif_tells_orientation_and_location_in_both_byte_orders() {
    for little_endian in [false, true] {
        for orientation in (0..=9).chain([0x0106, 0x0600]) {
            for gps in [Gps::Nothing, Gps::NoPlace, Gps::Place] {
                let block = exif_block(orientation, gps, little_endian);
                let file =
                    [b"\xff\xd8", &segment(0xe1, &[&b"Exif\0\0"[..], &block].concat())[..], b"\xff\xd9"]
                        .concat();
                let (left, found, _) = walk(Format::Jpeg, &file);
                let kept = segment(0xe1, &[&b"Exif\0\0"[..], &only_orientation(orientation as u8)].concat());
                let kept = if matches!(orientation, 2..=8) { kept } else { vec![] };
                assert_eq!(left.unwrap(), [b"\xff\xd8", &kept[..], b"\xff\xd9"].concat());
                assert_eq!(found.removed, [if gps == Gps::Place { "Exif (with GPS)" } else { "Exif" }]);
            }
        }
    }
}

// ── JPEG ──

fn segment(marker: u8, body: &[u8]) -> Vec<u8> {
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
    fn jpeg()(
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
fn an_orientation_of_another_type_turns_nothing_as_in_browsers() {
    for (kind, value) in [(1, [6, 0, 0, 0]), (4, [0, 0, 0, 6]), (4, [6, 0, 0, 0])] {
        for little_endian in [false, true] {
            let mut block = exif_block(6, Gps::Nothing, little_endian);
            let start = 8 + 2 + 12;
            block[start + if little_endian { 2 } else { 3 }] = kind;
            block[start + 8..start + 12].copy_from_slice(&value);
            let exif = segment(0xe1, &[b"Exif\0\0", &block[..]].concat());
            let (left, ..) = walk(Format::Jpeg, &[b"\xff\xd8", &exif[..], b"\xff\xd9"].concat());
            assert_eq!(left.unwrap(), b"\xff\xd8\xff\xd9");
        }
    }
}

/// As Chromium and Firefox do: a later one, another program's, would turn what they show upright.
#[test]
fn the_first_exif_block_alone_turns_a_picture() {
    let blocks =
        [(6, &[6, 3][..]), (1, &[1, 6]), (1, &[0, 6]), (1, &[9, 6])].map(|(turned, orientations)| {
            (
                turned,
                orientations.iter().map(|each| exif_block(*each, Gps::Nothing, true)).collect::<Vec<_>>(),
            )
        });
    let no_block = (1, vec![b"no TIFF".to_vec(), exif_block(6, Gps::Nothing, true)]);
    for (turned, blocks) in blocks.into_iter().chain([no_block]) {
        let only = if turned > 1 { only_orientation(turned) } else { vec![] };
        let jpeg = |blocks: &[Vec<u8>]| {
            let exif = |block: &Vec<u8>| segment(0xe1, &[b"Exif\0\0", &block[..]].concat());
            let exif: Vec<u8> = blocks.iter().filter(|block| !block.is_empty()).flat_map(exif).collect();
            [b"\xff\xd8", &exif[..], b"\xff\xd9"].concat()
        };
        assert_eq!(
            walk(Format::Jpeg, &jpeg(&blocks)).0.unwrap(),
            jpeg(std::slice::from_ref(&only)),
            "{blocks:?}"
        );
        let webp = |flags, blocks: &[Vec<u8>]| {
            let exif = |block: &Vec<u8>| riff_chunk(b"EXIF", block);
            let exif: Vec<u8> = blocks.iter().filter(|block| !block.is_empty()).flat_map(exif).collect();
            riff(&[vp8x(flags), riff_chunk(b"VP8L", b"12345"), exif].concat())
        };
        let flags = if turned > 1 { 8 } else { 0 };
        assert_eq!(walk(Format::WebP, &webp(8, &blocks)).0.unwrap(), webp(flags, &[only]), "{blocks:?}");
    }
}

/// Chromium reads a block whose name ends so; it lost its orientation, and was called something else.
#[test]
fn an_exif_blocks_name_may_end_with_any_byte() {
    for end in [0xff, b' '] {
        let block = [&b"Exif\0"[..], &[end], &exif_block(6, Gps::Place, true)].concat();
        let file = |exif: &[u8]| [b"\xff\xd8", &segment(0xe1, exif)[..], b"\xff\xd9"].concat();
        let (left, found, _) = walk(Format::Jpeg, &file(&block));
        assert_eq!(left.unwrap(), file(&[&b"Exif\0\0"[..], &only_orientation(6)].concat()));
        assert_eq!(found.removed, ["Exif (with GPS)"]);
    }
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

// ── PNG ──

fn chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    [&(data.len() as u32).to_be_bytes()[..], kind, data, b"crc!"].concat()
}

fn png_part() -> impl Strategy<Value = Part> {
    let kinds = select(vec![
        (b"PLTE", true),
        (b"IDAT", true),
        (b"IDAT", true),
        (b"CgBI", true),
        (b"iCCP", true),
        (b"gAMA", true),
        (b"tRNS", true),
        (b"acTL", true),
        (b"fdAT", true),
        (b"pHYs", true),
        (b"tEXt", false),
        (b"zTXt", false),
        (b"iTXt", false),
        (b"tIME", false),
        (b"caBX", false),
        (b"iDOT", false),
        (b"prIV", false),
    ]);
    (kinds, vec(any::<u8>(), 0..200)).prop_map(|((kind, stays), data)| (chunk(kind, &data), stays))
}

prop_compose! {
    fn png()(parts in vec(png_part(), 0..12), trailer in vec(any::<u8>(), 0..40)) -> Vec<Part> {
        let header = [&b"\0\0\x0f\xa0\0\0\x0b\xb8"[..], b"\x08\x02\0\0\0"].concat();
        let mut all = vec![(b"\x89PNG\r\n\x1a\n".to_vec(), true), (chunk(b"IHDR", &header), true)];
        all.extend(parts);
        all.extend([(chunk(b"IEND", b""), true), (trailer, false)]);
        all
    }
}

/// The checksum of a chunk (PNG, annex D).
fn crc32(bytes: &[u8]) -> [u8; 4] {
    let mut crc = u32::MAX;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = (crc >> 1) ^ (0xedb8_8320 * (crc & 1));
        }
    }
    (!crc).to_be_bytes()
}

#[test]
fn every_orientation_of_a_png_has_its_checksum() {
    assert_eq!(crc32(b"IEND"), 0xae42_6082_u32.to_be_bytes());
    for orientation in 2..=8 {
        let file = [
            b"\x89PNG\r\n\x1a\n",
            &chunk(b"eXIf", &exif_block(orientation, Gps::Nothing, true))[..],
            &chunk(b"IEND", b""),
        ]
        .concat();
        let left = walk(Format::Png, &file).0.unwrap();
        let block = only_orientation(orientation as u8);
        let checksum = crc32(&[b"eXIf", &block[..]].concat());
        assert_eq!(
            left[8..46],
            [b"\0\0\0\x1aeXIf", &block[..], &checksum].concat(),
            "{}",
            u32::from_be_bytes(checksum)
        );
    }
}

#[test]
fn a_pngs_orientation_stays_with_a_right_checksum() {
    let file = |chunk: &[u8]| [b"\x89PNG\r\n\x1a\n", chunk, &super::tests::chunk(b"IEND", b"")].concat();
    let (left, found, _) = walk(Format::Png, &file(&chunk(b"eXIf", &exif_block(8, Gps::Nothing, false))));
    let only =
        [b"\0\0\0\x1aeXIf", &only_orientation(8)[..], &crc32(&[b"eXIf", &only_orientation(8)[..]].concat())]
            .concat();
    assert_eq!(left.unwrap(), file(&only));
    assert_eq!(found.removed, ["Exif"]);
    assert_eq!(walk(Format::Png, &file(&only)).1.removed, [""; 0]);
}

#[test]
fn a_png_of_a_million_empty_chunks_is_gone_through_and_one_in_shreds_is_refused() {
    let file = |shred: &[u8], count: usize| {
        [b"\x89PNG\r\n\x1a\n", &shred.repeat(count)[..], &chunk(b"IEND", b"")].concat()
    };
    let (left, found, _) = walk(Format::Png, &file(&chunk(b"tEXt", b""), 1_000_000));
    assert_eq!((left.unwrap().len(), found.cuts.len()), (8 + 12, 1));
    let shreds = [chunk(b"tEXt", b""), chunk(b"IDAT", b"")].concat();
    assert_eq!(walk(Format::Png, &file(&shreds, 4_096)).1.cuts.len(), 4_096);
    assert!(walk(Format::Png, &file(&shreds, 4_097)).0.unwrap_err().what.contains("4,097th"));
}

#[test]
fn lengths_that_lie_are_told_with_their_place() {
    let file = |length: u32| [b"\x89PNG\r\n\x1a\n", &length.to_be_bytes()[..], b"tEXt", &[0; 90]].concat();
    for length in [83, 86, 87, 0x7fff_ffff, 0x8000_0000, u32::MAX] {
        assert_eq!(walk(Format::Png, &file(length)).0, Err(Damage { at: 8, what: PAST }), "{length}");
    }
}

// ── WebP ──

fn riff_chunk(name: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let padding: &[u8] = if data.len() % 2 == 1 { b"\0" } else { b"" };
    [name, &(data.len() as u32).to_le_bytes()[..], data, padding].concat()
}

fn riff(body: &[u8]) -> Vec<u8> {
    [b"RIFF", &(body.len() as u32 + 4).to_le_bytes()[..], b"WEBP", body].concat()
}

fn vp8x(flags: u8) -> Vec<u8> {
    riff_chunk(b"VP8X", &[flags, 0, 0, 0, 0x9f, 0x0f, 0, 0xb7, 0x0b, 0])
}

fn webp_part() -> impl Strategy<Value = Part> {
    let names = select(vec![
        (b"VP8L", true),
        (b"VP8 ", true),
        (b"ALPH", true),
        (b"ANIM", true),
        (b"ANMF", true),
        (b"ICCP", true),
        (b"XMP ", false),
        (b"EXIF", false),
        (b"privat".first_chunk().unwrap(), false),
    ]);
    (names, vec(any::<u8>(), 0..200)).prop_map(|((name, stays), data)| (riff_chunk(name, &data), stays))
}

#[test]
fn a_webps_flags_and_length_follow_what_was_cut() {
    let exif = riff_chunk(b"EXIF", &exif_block(6, Gps::Place, true));
    let image = riff_chunk(b"VP8L", b"12345");
    let xmp = riff_chunk(b"XMP ", b"<x:xmpmeta/>");
    let file = riff(&[vp8x(0x2c), image.clone(), exif.clone(), xmp.clone()].concat());
    let (left, found, _) = walk(Format::WebP, &[&file[..], b"trailing"].concat());
    let only = riff_chunk(b"EXIF", &only_orientation(6));
    let left = left.unwrap();
    assert_eq!(left, riff(&[vp8x(0x28), image.clone(), only].concat()));
    assert_eq!(found.removed, ["Exif (with GPS)", "XMP", "data behind the image"]);
    assert_eq!(found.dimensions, Dimensions::new(4000, 3000));
    assert_eq!(walk(Format::WebP, &left).1.removed, [""; 0]);
    // Without flags nothing announces an orientation.
    assert_eq!(walk(Format::WebP, &riff(&[image.clone(), exif].concat())).0.unwrap(), riff(&image));
}

#[test]
fn a_webp_that_lies_about_its_length_is_refused() {
    let mut file = riff(&riff_chunk(b"VP8L", b"12345"));
    let length = file.len();
    assert_eq!(walk(Format::WebP, &file[..length - 2]).0.unwrap_err().at, 0);
    file[16] = 200;
    assert_eq!(walk(Format::WebP, &file).0.unwrap_err().at, 12);
}

proptest! {
    #[test]
    fn what_makes_the_picture_stays_byte_for_byte_and_the_rest_goes(
        (format, parts) in prop_oneof![
            jpeg().prop_map(|parts| (Format::Jpeg, parts)),
            png().prop_map(|parts| (Format::Png, parts)),
        ],
    ) {
        let (left, found, _) = walk(format, &joined(&parts, false));
        prop_assert_eq!(left.unwrap(), joined(&parts, true));
        prop_assert_eq!(found.removed.is_empty(), parts.iter().all(|(bytes, stays)| *stays || bytes.is_empty()));
    }

    #[test]
    fn a_webp_keeps_its_picture_and_says_its_new_length(parts in vec(webp_part(), 0..12), trailer in vec(any::<u8>(), 0..40)) {
        let file = [riff(&joined(&parts, false)), trailer].concat();
        prop_assert_eq!(walk(Format::WebP, &file).0.unwrap(), riff(&joined(&parts, true)));
    }

    #[test]
    fn what_was_cut_once_is_left_alone_the_next_time(parts in jpeg()) {
        let (left, ..) = walk(Format::Jpeg, &joined(&parts, false));
        prop_assert_eq!(walk(Format::Jpeg, &left.unwrap()).1.cuts, vec![]);
    }

    #[test]
    fn no_file_makes_a_walk_endless_or_its_cuts_wrong(
        format in select(vec![Format::Jpeg, Format::Png, Format::WebP]),
        parts in prop_oneof![jpeg(), png(), vec((vec(any::<u8>(), 0..50), any::<bool>()), 0..10)],
        damage in vec((any::<prop::sample::Index>(), any::<u8>()), 0..20),
        end in any::<prop::sample::Index>(),
    ) {
        let mut file = joined(&parts, false);
        for (at, byte) in damage {
            if !file.is_empty() {
                let at = at.index(file.len());
                file[at] = byte;
            }
        }
        file.truncate(end.index(file.len() + 1));
        let (left, found, steps) = walk(format, &file);
        prop_assert!(steps <= 2 * file.len() + 4, "{} steps for {} bytes", steps, file.len());
        if let Ok(left) = &left {
            prop_assert!(left.len() <= file.len() + 32);
        }
        // How much it is given beyond what it asks for changes nothing.
        for more in [1, 62, 1_000] {
            let (again, with_more, _) = walk_by(format, &file, more);
            prop_assert_eq!((&again, &with_more.cuts, &with_more.removed), (&left, &found.cuts, &found.removed));
        }
    }
}
