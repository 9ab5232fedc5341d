//! PNG: chunks and their checksums.

use super::exif::{Gps, exif_block, only_orientation};
use super::*;

pub(super) fn chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let named = [kind, data].concat();
    [&(data.len() as u32).to_be_bytes()[..], &named, &crc32(&named)].concat()
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
    pub(super) fn png()(parts in vec(png_part(), 0..12), trailer in vec(any::<u8>(), 0..40)) -> Vec<Part> {
        let header = [&b"\0\0\x0f\xa0\0\0\x0b\xb8"[..], b"\x08\x02\0\0\0"].concat();
        let mut all = vec![(b"\x89PNG\r\n\x1a\n".to_vec(), true), (chunk(b"IHDR", &header), true)];
        all.extend(parts);
        all.push((chunk(b"IDAT", b"image data"), true));
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

const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";

/// These chunks, image data, and the end.
fn file(chunks: &[Vec<u8>]) -> Vec<u8> {
    [SIGNATURE, &chunks.concat()[..], &chunk(b"IDAT", b"x"), &chunk(b"IEND", b"")].concat()
}

#[test]
fn a_pngs_orientation_stays_with_a_right_checksum() {
    assert_eq!(crc32(b"IEND"), 0xae42_6082_u32.to_be_bytes());
    for orientation in 2..=8 {
        let only = file(&[chunk(b"eXIf", &only_orientation(orientation))]);
        let exif = chunk(b"eXIf", &exif_block(orientation.into(), Gps::Nothing, false));
        let (left, found, _) = walk(Format::Png, &file(&[exif]));
        assert_eq!(left.unwrap(), only);
        assert_eq!(found.removed, ["Exif"]);
        assert_eq!(walk(Format::Png, &only).1.removed, [""; 0]);
    }
}

/// As in Chromium and Firefox, which go by the next one.
#[test]
fn an_exif_chunk_with_a_wrong_checksum_turns_nothing() {
    let [right, mut wrong] = [3, 6].map(|turned| chunk(b"eXIf", &exif_block(turned, Gps::Place, true)));
    *wrong.last_mut().unwrap() ^= 1;
    let (left, found, _) = walk(Format::Png, &file(std::slice::from_ref(&wrong)));
    assert_eq!(left.unwrap(), file(&[]));
    assert_eq!(found.removed, ["Exif"]);
    let only = chunk(b"eXIf", &only_orientation(3));
    assert_eq!(walk(Format::Png, &file(&[wrong, right])).0.unwrap(), file(&[only]));
}

#[test]
fn a_png_of_a_million_empty_chunks_is_gone_through_and_one_in_shreds_is_refused() {
    let file = |shred: &[u8], count: usize| file(&[shred.repeat(count)]);
    let (left, found, _) = walk(Format::Png, &file(&chunk(b"tEXt", b""), 1_000_000));
    assert_eq!((left.unwrap(), found.cuts.len()), (file(b"", 0), 1));
    let shreds = [chunk(b"tEXt", b""), chunk(b"IDAT", b"")].concat();
    assert_eq!(walk(Format::Png, &file(&shreds, 4_096)).1.cuts.len(), 4_096);
    assert!(walk(Format::Png, &file(&shreds, 4_097)).0.unwrap_err().what.contains("4,097th"));
}

/// A chunk whose length is not that of its data.
fn lying(kind: &[u8; 4], data: &[u8], length: u32) -> Vec<u8> {
    [&length.to_be_bytes()[..], &chunk(kind, data)[4..]].concat()
}

/// Browsers read on behind it for metadata alone.
#[test]
fn whatever_follows_the_image_data_is_cut_and_an_end_comes_into_its_place() {
    let image = [SIGNATURE, &chunk(b"IDAT", b"data")].concat();
    let end = chunk(b"IEND", b"");
    let ended = [&image[..], &end].concat();
    for tail in [
        &b"hidden, and longer than a header"[..],
        &[0; 8],
        &[0; 100],
        &[0xff; 100],
        &chunk(b"tEXt", b"hidden"),
        &chunk(b"ABCD", b"hidden"),
        &chunk(b"a1!d", b"hidden"),
        &chunk(b"\0\0\0\0", b"hidden"),
        &lying(b"tEXt", b"hidden", 1_000),
        &lying(b"tEXt", b"hidden", u32::MAX),
        &lying(b"gAMA", b"hidden", 1_000),
        &chunk(b"IEND", b"hidden"),
        &lying(b"IEND", b"hidden", 1_000),
        &lying(b"IEND", b"", u32::MAX),
        &end[..8],
        &end[..11],
    ] {
        for tail in [tail.to_vec(), [tail, &end].concat(), [&chunk(b"tEXt", b"hidden"), tail].concat()] {
            assert_eq!(walk(Format::Png, &[&image[..], &tail].concat()).0.unwrap(), ended, "{tail:?}");
        }
    }
}

/// An end would close image data that breaks off: browsers show what there is of it, and nothing of it with an end
/// behind.
#[test]
fn a_png_that_breaks_off_in_its_image_data_gets_no_end() {
    let data = chunk(b"IDAT", b"data");
    for (data, tail) in
        [(&data[..], &b""[..]), (&data, b"few"), (&data, b"7 bytes"), (&data[..14], b""), (&data[..9], b"")]
    {
        let image = [SIGNATURE, data].concat();
        assert_eq!(walk(Format::Png, &[&image, tail].concat()).0.unwrap(), image, "{tail:?}");
    }
}

#[test]
fn metadata_behind_image_data_that_says_too_much_is_cut() {
    for (hidden, label) in [
        (chunk(b"tEXt", b"hidden"), "text"),
        (chunk(b"eXIf", &exif_block(6, Gps::Place, true)), "Exif"),
        (chunk(b"iTXt", b"XML:com.adobe.xmp\0 hidden"), "XMP"),
    ] {
        for length in [500, 1_000, 0x7ffe_0000] {
            for fill in [0, 90_000] {
                let data = [b"data".to_vec(), vec![7; fill]].concat();
                let image = [SIGNATURE, &lying(b"IDAT", &data, length + fill as u32)].concat();
                let file = [&image[..], &hidden, &chunk(b"IEND", b"")].concat();
                let (left, found, _) = walk(Format::Png, &file);
                assert_eq!(left.unwrap(), image);
                assert_eq!(found.removed, [label]);
            }
        }
    }
}

#[test]
fn metadata_alone_is_no_image_data() {
    let hidden = chunk(b"tEXt", b"hidden");
    let file = [SIGNATURE, &1_000_u32.to_be_bytes(), b"IDAT", &hidden].concat();
    assert_eq!(walk(Format::Png, &file).0, Err(Damage { at: 16, what: PAST }));
}

#[test]
fn what_is_no_chunk_before_the_image_data_is_refused() {
    let what = "there is no chunk of a PNG that browsers show";
    for stray in [&[0; 12][..], &chunk(b"ABCD", b"x"), &chunk(b"a1!d", b"x"), &chunk(b"\0\0\0\0", b"x")] {
        assert_eq!(walk(Format::Png, &file(&[stray.to_vec()])).0, Err(Damage { at: 8, what }), "{stray:?}");
    }
}

#[test]
fn a_png_without_image_data_is_refused() {
    let header = chunk(b"IHDR", b"\0\0\0\x01\0\0\0\x01\x08\0\0\0\0");
    let end = chunk(b"IEND", b"");
    for (behind, at) in [
        (vec![], 33),
        (end.clone(), 33),
        ([chunk(b"IDAT", b""), end].concat(), 45),
        (chunk(b"IDAT", b"x")[..8].to_vec(), 33),
    ] {
        let what = if behind.len() == 8 { PAST } else { NO_IMAGE };
        let file = [SIGNATURE, &header, &behind].concat();
        assert_eq!(walk(Format::Png, &file).0, Err(Damage { at, what }), "{behind:?}");
    }
}

#[test]
fn lengths_that_lie_before_the_image_data_are_told_with_their_place() {
    let file = |length: u32| [SIGNATURE, &length.to_be_bytes()[..], b"tEXt", &[0; 90]].concat();
    for (length, at, what) in [
        (83, 103, PAST),
        (86, 106, NO_IMAGE),
        (87, 8, PAST),
        (0x7fff_ffff, 8, PAST),
        (0x8000_0000, 8, PAST),
        (u32::MAX, 8, PAST),
    ] {
        assert_eq!(walk(Format::Png, &file(length)).0, Err(Damage { at, what }), "{length}");
    }
}
