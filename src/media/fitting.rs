//! How a picture is encoded anew until it fits into so many bytes: quality goes before resolution.
//!
//! All of this is our convention; encoding itself is the platform's.

/// Qualities to try at full resolution. Below the last one blocks and smears are seen before a lower resolution is.
const QUALITIES: [f64; 3] = [0.92, 0.82, 0.7];
/// Sides and pixels that every browser's canvas takes: Chromium's 16,384 a side, Safari's 67 million in all, with room to spare.
const MAX_SIDE: f64 = 16_384.0;
const MAX_PIXELS: f64 = 64_000_000.0;
/// How far below what should be enough the next try aims: bytes don't follow the pixels exactly.
const AIM: f64 = 0.95;
/// And the least that it gives up, as a factor of each side.
const MAX_FACTOR: f64 = 0.9;

/// What changes after a try that made too many bytes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Next {
    /// The same size, in this quality, from 0 to 1 as encoders take it.
    Quality(f64),
    /// The same quality; each side is made smaller by this factor.
    Factor(f64),
}

/// The quality of the first try.
pub const FIRST_QUALITY: f64 = QUALITIES[0];

/// By what factor each side is made smaller at first, so that a canvas takes it; 1 for most pictures.
pub fn canvas_factor(width: f64, height: f64) -> f64 {
    (MAX_SIDE / width.max(height)).min((MAX_PIXELS / (width * height)).sqrt()).min(1.0)
}

/// What the next try does, when the last one made `last_bytes` in this quality, which are too many.
pub fn next_try(last_quality: f64, last_bytes: f64, max_bytes: f64) -> Next {
    for quality in QUALITIES {
        if quality < last_quality {
            return Next::Quality(quality);
        }
    }
    Next::Factor((AIM * (max_bytes / last_bytes).sqrt()).min(MAX_FACTOR))
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "a test that overflows fails, as it should")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Qualities and sizes of all tries for a picture whose bytes follow its pixels and quality, until it fits.
    fn tries(width: f64, height: f64, max_bytes: f64, bytes_per_pixel: f64) -> Vec<(f64, f64, f64)> {
        let mut quality = FIRST_QUALITY;
        let mut factor = canvas_factor(width, height);
        let mut tries = Vec::new();
        loop {
            let (width, height) = ((width * factor).trunc(), (height * factor).trunc());
            tries.push((quality, width, height));
            let bytes = width * height * bytes_per_pixel * quality;
            if bytes <= max_bytes {
                return tries;
            }
            match next_try(quality, bytes, max_bytes) {
                Next::Quality(next) => quality = next,
                Next::Factor(smaller) => factor *= smaller,
            }
        }
    }

    #[test]
    fn quality_goes_before_resolution() {
        let tried = tries(8_000.0, 6_000.0, 10e6, 1.0);
        let qualities: Vec<f64> = tried.iter().map(|(quality, ..)| *quality).collect();
        assert_eq!(qualities, [0.92, 0.82, 0.7, 0.7]);
        assert_eq!(tried[2], (0.7, 8_000.0, 6_000.0));
        assert!(tried[3].1 < 8_000.0);
    }

    proptest! {
        #[test]
        fn no_canvas_is_asked_for_that_browsers_refuse(width in 1.0..1e9f64, height in 1.0..1e9f64) {
            let factor = canvas_factor(width, height);
            prop_assert!(factor > 0.0 && factor <= 1.0);
            let (width, height) = ((width * factor).trunc(), (height * factor).trunc());
            prop_assert!(width <= 16_384.0 && height <= 16_384.0 && width * height <= 64_000_000.0, "{width} {height}");
        }

        #[test]
        fn a_picture_fits_after_a_few_tries_and_keeps_its_shape(
            width in 500.0..20_000.0f64, height in 500.0..20_000.0f64, max_bytes in 1e5..1e8f64, bytes_per_pixel in 0.05..4.0f64,
        ) {
            let tried = tries(width, height, max_bytes, bytes_per_pixel);
            prop_assert!(tried.len() <= 5, "{tried:?}");
            let (_, last_width, last_height) = tried[tried.len() - 1];
            prop_assert!((0.9..1.1).contains(&(last_width / last_height / (width / height))), "{tried:?}");
        }

        #[test]
        fn tries_come_to_an_end_whatever_an_encoder_makes(last_bytes in any::<f64>(), max_bytes in any::<f64>()) {
            let mut quality = FIRST_QUALITY;
            let mut side = 1e9;
            for _ in 0..250 {
                match next_try(quality, last_bytes, max_bytes) {
                    Next::Quality(next) => quality = next,
                    Next::Factor(factor) => side *= factor,
                }
            }
            prop_assert!(side.is_nan() || side < 1.0);
        }
    }
}
