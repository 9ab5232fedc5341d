//! Exif blocks: what they say of a picture's orientation and place, and what is left of them.

use super::jpeg::{IMAGE, segment};
use super::webp::{riff, riff_chunk, vp8x};
use super::*;

/// What a block says of where it was taken.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Gps {
    Nothing,
    /// What cameras without a receiver write: a version, a map datum.
    NoPlace,
    Place,
}

/// What a camera writes: its maker, the orientation, where it was.
pub(super) fn exif_block(orientation: u16, gps: Gps, little_endian: bool) -> Vec<u8> {
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
pub(super) fn only_orientation(orientation: u8) -> Vec<u8> {
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
                    [b"\xff\xd8", &segment(0xe1, &[&b"Exif\0\0"[..], &block].concat())[..], IMAGE].concat();
                let (left, found, _) = walk(Format::Jpeg, &file);
                let kept = segment(0xe1, &[&b"Exif\0\0"[..], &only_orientation(orientation as u8)].concat());
                let kept = if matches!(orientation, 2..=8) { kept } else { vec![] };
                assert_eq!(left.unwrap(), [b"\xff\xd8", &kept[..], IMAGE].concat());
                assert_eq!(found.removed, [if gps == Gps::Place { "Exif (with GPS)" } else { "Exif" }]);
            }
        }
    }
}

#[test]
fn what_browsers_do_not_take_for_an_orientation_turns_nothing() {
    let mut block = exif_block(6, Gps::Nothing, true);
    let count = 8 + 2 + 12 + 4;
    let file =
        |block: &[u8]| [b"\xff\xd8", &segment(0xe1, &[b"Exif\0\0", block].concat())[..], IMAGE].concat();
    let bare = [b"\xff\xd8", IMAGE].concat();
    assert!(walk(Format::Jpeg, &file(&block)).0.unwrap().len() > bare.len());
    for several in [0, 2] {
        block[count] = several;
        assert_eq!(walk(Format::Jpeg, &file(&block)).0.unwrap(), bare);
    }
    block[count] = 1;
    for order in [b"IM", b"Ii", b"XX"] {
        block[..2].copy_from_slice(order);
        assert_eq!(walk(Format::Jpeg, &file(&block)).0.unwrap(), bare);
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
            [b"\xff\xd8", &exif[..], IMAGE].concat()
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

#[test]
fn an_orientation_of_another_type_turns_nothing_as_in_browsers() {
    for (kind, value) in [(1, [6, 0, 0, 0]), (4, [0, 0, 0, 6]), (4, [6, 0, 0, 0])] {
        for little_endian in [false, true] {
            let mut block = exif_block(6, Gps::Nothing, little_endian);
            let start = 8 + 2 + 12;
            block[start + if little_endian { 2 } else { 3 }] = kind;
            block[start + 8..start + 12].copy_from_slice(&value);
            let exif = segment(0xe1, &[b"Exif\0\0", &block[..]].concat());
            let (left, ..) = walk(Format::Jpeg, &[b"\xff\xd8", &exif[..], IMAGE].concat());
            assert_eq!(left.unwrap(), [b"\xff\xd8", IMAGE].concat());
        }
    }
}

/// Chromium reads a block whose name ends so; it lost its orientation, and was called something else.
#[test]
fn an_exif_blocks_name_may_end_with_any_byte() {
    for end in [0xff, b' '] {
        let block = [&b"Exif\0"[..], &[end], &exif_block(6, Gps::Place, true)].concat();
        let file = |exif: &[u8]| [b"\xff\xd8", &segment(0xe1, exif)[..], IMAGE].concat();
        let (left, found, _) = walk(Format::Jpeg, &file(&block));
        assert_eq!(left.unwrap(), file(&[&b"Exif\0\0"[..], &only_orientation(6)].concat()));
        assert_eq!(found.removed, ["Exif (with GPS)"]);
    }
}
