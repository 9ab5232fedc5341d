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
        (b"ICCP", true),
        (b"XMP ", false),
        (b"EXIF", false),
        (b"privat".first_chunk().unwrap(), false),
    ]);
    (names, vec(any::<u8>(), 0..200)).prop_map(|((name, stays), data)| (riff_chunk(name, &data), stays))
}

/// A frame of an animation: its header, an image, and what else may stand in it.
fn frame(more: &[u8]) -> Vec<u8> {
    riff_chunk(b"ANMF", &[&[7; 16], &riff_chunk(b"VP8L", b"12345")[..], more].concat())
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
fn a_webp_whose_chunks_run_past_its_own_length_is_refused() {
    let mut file = riff(&riff_chunk(b"VP8L", b"12345"));
    file[16] = 200;
    let what = "a chunk runs past its RIFF file";
    assert_eq!(walk(Format::WebP, &file).0, Err(Damage { at: 12, what }));
}

#[test]
fn a_webp_that_says_to_be_longer_than_it_is_gets_its_length() {
    for image in [[vp8x(0), riff_chunk(b"VP8L", b"123456")].concat(), riff_chunk(b"VP8L", b"123456")] {
        let whole = riff(&image);
        let xmp = riff_chunk(b"XMP ", b"hidden");
        for (tail, removed) in [
            (&b""[..], &[][..]),
            (b"x", &["stray bytes"]),
            (b"7 bytes", &["stray bytes"]),
            (&xmp, &["XMP"]),
            (&xmp[..10], &["XMP"]),
            (&riff_chunk(b"EXIF", b"hidden")[..10], &["Exif"]),
            (b"hidden, and longer than a header", &["other metadata"]),
        ] {
            for more in [1, 2, 9, 1_000_000, 0xffff_0000] {
                let mut file = [&whole[..], tail].concat();
                let length = (file.len() - 8) as u32;
                file[4..8].copy_from_slice(&(length + more).to_le_bytes());
                let (left, found, _) = walk(Format::WebP, &file);
                assert_eq!(left.unwrap(), whole, "{tail:?} {more}");
                assert_eq!(found.removed, removed);
            }
        }
    }
}

#[test]
fn the_padding_that_a_last_chunk_lacks_is_put_there() {
    let whole = riff(&riff_chunk(b"VP8L", b"12345"));
    let bare = &whole[..whole.len() - 1];
    assert_eq!(walk(Format::WebP, bare).0.unwrap(), whole);
    let mut unpadded = bare.to_vec();
    unpadded[4] -= 1;
    assert_eq!(walk(Format::WebP, &unpadded).0.unwrap(), whole);
    let (left, found, _) = walk(Format::WebP, &[&unpadded[..], b"hidden"].concat());
    assert_eq!(left.unwrap(), whole);
    assert_eq!(found.removed, ["data behind the image"]);
}

/// Chromium shows nothing of it, Firefox what it can do without the rest.
#[test]
fn image_data_that_breaks_off_is_refused() {
    for image in [riff_chunk(b"VP8L", b"123456"), [vp8x(2), frame(b""), frame(b"")].concat()] {
        let whole = riff(&image);
        for missing in 2..10 {
            let broken = &whole[..whole.len() - missing];
            assert_eq!(walk(Format::WebP, broken).0.unwrap_err().what, PAST, "{missing}");
        }
    }
}

/// libwebp reads one chunk behind an image that stands alone.
#[test]
fn what_follows_the_chunk_behind_a_lone_image_goes_whatever_it_is() {
    let image = riff_chunk(b"VP8L", b"123456");
    let hidden = riff_chunk(b"XMP ", b"hidden");
    for tail in [&b"x"[..], b"hidden, and longer than a header"] {
        let file = riff(&[&image, &hidden, tail].concat());
        assert_eq!(walk(Format::WebP, &file).0.unwrap(), riff(&image), "{tail:?}");
        let what = "a chunk runs past its RIFF file";
        for file in [[&image, tail].concat(), [&vp8x(0), &image[..], &hidden, tail].concat()] {
            assert_eq!(walk(Format::WebP, &riff(&file)).0.unwrap_err().what, what, "{tail:?}");
        }
    }
}

/// And where a frame says to end elsewhere, libwebp goes on behind its image nevertheless.
#[test]
fn what_hides_in_a_frame_goes_and_its_length_follows() {
    let file =
        |frames: &[Vec<u8>]| riff(&[vp8x(2), riff_chunk(b"ANIM", b"123456"), frames.concat()].concat());
    let bare = file(&[frame(b""), frame(b"")]);
    let hidden = [riff_chunk(b"XMP ", b"hidden"), riff_chunk(b"priv", b"hidden")].concat();
    let (left, found, _) = walk(Format::WebP, &file(&[frame(&hidden), frame(&hidden)]));
    assert_eq!(left.unwrap(), bare);
    assert_eq!(found.removed, ["XMP", "other metadata"]);
    for more in [2, 4, 10] {
        let mut lying = frame(b"");
        lying[4] += more;
        let behind = riff_chunk(b"XMP ", b"hidden, twice");
        let left = walk(Format::WebP, &file(&[frame(b""), lying, behind])).0;
        assert_eq!(left.unwrap(), bare, "{more}");
    }
}

#[test]
fn an_animation_in_shreds_is_refused() {
    let shreds = |count: usize| riff(&[vp8x(2), frame(&riff_chunk(b"priv", b"")).repeat(count)].concat());
    assert_eq!(walk(Format::WebP, &shreds(2_048)).1.cuts.len(), 4_096 + 2);
    assert!(walk(Format::WebP, &shreds(2_049)).0.unwrap_err().what.contains("4,097th"));
}

#[test]
fn a_webp_without_image_data_is_refused() {
    let what = NO_IMAGE;
    for body in [vec![], vp8x(0), riff_chunk(b"VP8L", b""), riff_chunk(b"XMP ", b"hidden")] {
        let file = riff(&body);
        assert_eq!(walk(Format::WebP, &file).0, Err(Damage { at: file.len(), what }), "{file:?}");
    }
    for length in [0_u8, 4] {
        let mut file = riff(&riff_chunk(b"VP8 ", b"data"));
        file[4] = length;
        assert_eq!(walk(Format::WebP, &file).0, Err(Damage { at: 12, what }));
    }
}

proptest! {
    #[test]
    fn a_webp_keeps_its_picture_and_says_its_new_length(
        parts in vec(webp_part(), 0..12),
        trailer in vec(any::<u8>(), 0..40),
    ) {
        let parts = [vec![(riff_chunk(b"VP8 ", b"image data"), true)], parts].concat();
        let file = [riff(&joined(&parts, false)), trailer].concat();
        prop_assert_eq!(walk(Format::WebP, &file).0.unwrap(), riff(&joined(&parts, true)));
    }
}
