//! WebP: chunks, flags and the length in front.

use super::exif::{Gps, exif_block, only_orientation};
use super::*;

pub(super) fn riff_chunk(name: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let padding: &[u8] = if data.len() % 2 == 1 { b"\0" } else { b"" };
    [name, &(data.len() as u32).to_le_bytes()[..], data, padding].concat()
}

pub(super) fn riff(body: &[u8]) -> Vec<u8> {
    [b"RIFF", &(body.len() as u32 + 4).to_le_bytes()[..], b"WEBP", body].concat()
}

pub(super) fn vp8x(flags: u8) -> Vec<u8> {
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
    // Without its flag nothing announces an orientation.
    assert_eq!(walk(Format::WebP, &riff(&[image.clone(), exif.clone()].concat())).0.unwrap(), riff(&image));
    let unannounced = riff(&[vp8x(0x20), image.clone(), exif].concat());
    assert_eq!(walk(Format::WebP, &unannounced).0.unwrap(), riff(&[vp8x(0x20), image].concat()));
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
    fn a_webp_keeps_its_picture_and_says_its_new_length(parts in vec(webp_part(), 0..12), trailer in vec(any::<u8>(), 0..40)) {
        let file = [riff(&joined(&parts, false)), trailer].concat();
        prop_assert_eq!(walk(Format::WebP, &file).0.unwrap(), riff(&joined(&parts, true)));
    }
}
