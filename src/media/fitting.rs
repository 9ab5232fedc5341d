//! How a picture is encoded anew until it fits into so many bytes: quality goes before resolution.
//!
//! All of this is our convention; encoding itself is the platform's.

use super::dimensions::Dimensions;

/// Qualities to try at full resolution. Below the last one blocks and smears are seen before a lower resolution is.
const QUALITIES: [f64; 3] = [0.92, 0.82, 0.7];
/// Sides and pixels that every browser's canvas takes: Chromium's 16,384 a side, Safari's 67 million in all, with room to spare.
const MAX_SIDE: f64 = 16_384.0;
const MAX_PIXELS: f64 = 64_000_000.0;
/// How far below what should be enough the next try aims: bytes don't follow the pixels exactly.
const AIM: f64 = 0.95;
/// And the least that it gives up, as a factor of each side.
const MAX_FACTOR: f64 = 0.9;

/// A try.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Try {
    /// The picture's size, in pixels.
    pub size: Dimensions,
    /// From 0 to 1, as encoders take it.
    pub quality: f64,
}

/// The first try for a picture of this size.
pub fn first_try(size: Dimensions) -> Try {
    let (width, height) = (f64::from(size.width), f64::from(size.height));
    let factor = (MAX_SIDE / width.max(height)).min((MAX_PIXELS / (width * height)).sqrt()).min(1.0);
    Try { size: scaled(size, factor), quality: QUALITIES[0] }
}

/// The next try, when the last one made `last_bytes`, which are too many; `None` where nothing would be left of the picture.
pub fn next_try(last: Try, last_bytes: f64, max_bytes: f64) -> Option<Try> {
    if let Some(quality) = QUALITIES.iter().find(|quality| **quality < last.quality) {
        return Some(Try { quality: *quality, ..last });
    }
    let size = scaled(last.size, (AIM * (max_bytes / last_bytes).sqrt()).min(MAX_FACTOR));
    (size.width > 0 && size.height > 0).then_some(Try { size, ..last })
}

fn scaled(size: Dimensions, factor: f64) -> Dimensions {
    let side = |length: u32| (f64::from(length) * factor) as u32;
    Dimensions { width: side(size.width), height: side(size.height) }
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "a test that overflows fails, as it should")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// All tries for a picture whose bytes follow its pixels and quality.
    fn tries(size: Dimensions, max_bytes: f64, bytes_per_pixel: f64) -> Vec<Try> {
        let mut tries = vec![first_try(size)];
        loop {
            let last = tries[tries.len() - 1];
            let bytes =
                f64::from(last.size.width) * f64::from(last.size.height) * bytes_per_pixel * last.quality;
            match next_try(last, bytes, max_bytes) {
                Some(next) if bytes > max_bytes => tries.push(next),
                _ => return tries,
            }
        }
    }

    #[test]
    fn quality_goes_before_resolution() {
        let size = Dimensions { width: 8_000, height: 6_000 };
        let tried = tries(size, 10e6, 1.0);
        let qualities: Vec<f64> = tried.iter().map(|each| each.quality).collect();
        assert_eq!(qualities, [0.92, 0.82, 0.7, 0.7]);
        assert_eq!(tried[2].size, size);
        assert!(tried[3].size.width < 8_000);
    }

    #[test]
    fn no_canvas_is_asked_for_that_browsers_refuse() {
        for (width, height) in [(40_000, 10), (12_000, 12_000), (u32::MAX, u32::MAX)] {
            let Try { size, .. } = first_try(Dimensions { width, height });
            assert!(size.width <= 16_384 && size.height <= 16_384);
            assert!(u64::from(size.width) * u64::from(size.height) <= 64_000_000);
        }
    }

    proptest! {
        #[test]
        fn a_picture_fits_after_a_few_tries_and_keeps_its_shape(
            width in 500u32..20_000, height in 500u32..20_000, max_bytes in 1e5..1e8f64, bytes_per_pixel in 0.05..4.0f64,
        ) {
            let tried = tries(Dimensions { width, height }, max_bytes, bytes_per_pixel);
            prop_assert!(tried.len() <= 5, "{tried:?}");
            let Dimensions { width: last_width, height: last_height } = tried[tried.len() - 1].size;
            let shape = f64::from(last_width) / f64::from(last_height) / (f64::from(width) / f64::from(height));
            prop_assert!((0.9..1.1).contains(&shape), "{tried:?}");
        }

        #[test]
        fn tries_come_to_an_end(width in 1u32.., height in 1u32.., max_bytes in any::<f64>(), last_bytes in any::<f64>()) {
            let mut last = first_try(Dimensions { width, height });
            for _ in 0..250 {
                match next_try(last, last_bytes, max_bytes) {
                    Some(next) => last = next,
                    None => return Ok(()),
                }
            }
            prop_assert!(false, "{last:?}");
        }
    }
}
