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

fn file(chunks: &[Vec<u8>]) -> Vec<u8> {
    [b"\x89PNG\r\n\x1a\n", &chunks.concat()[..], &chunk(b"IEND", b"")].concat()
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
