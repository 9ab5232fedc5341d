//! How a picture is encoded anew until it fits into so many bytes: quality goes before resolution, and where the
//! platform's encoder fails, JPEG before a smaller picture.
//!
//! All of this is our convention; encoding itself is the platform's.

use crate::contract::media_type::Format;

/// Qualities to try at full resolution. Below the last one blocks and smears are seen before a lower resolution is.
const QUALITIES: [f64; 3] = [0.92, 0.82, 0.7];
/// Sides and pixels that every browser's canvas takes: Chromium's 16,384 a side, Safari's 67 million in all, with room
/// to spare.
const MAX_CANVAS_SIDE: f64 = 16_384.0;
const MAX_PIXELS: f64 = 64_000_000.0;
/// WebP has 14 bits for each side (RFC 9649, 2.5). Firefox's encoder fails above it.
const MAX_WEBP_SIDE: f64 = 16_383.0;
/// How far below what should be enough the next attempt aims: bytes don't follow the pixels exactly.
const AIM: f64 = 0.95;
/// And the least that it gives up, as a factor of each side.
const MAX_FACTOR: f64 = 0.9;
/// What an attempt gives up of each side where the one before failed as JPEG: a quarter of its pixels may be what the
/// platform has memory for.
const FACTOR_AFTER_FAILURE: f64 = 0.5;
/// So often an encoder may fail as JPEG. At the fourth time it had a 64th of the pixels: it is not their number that it
/// fails at.
const MAX_FAILURES: u32 = 4;

/// How the platform shall encode a picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Attempt {
    /// JPEG or WebP.
    pub format: Format,
    /// Pixels of a row.
    pub width: f64,
    /// Rows.
    pub height: f64,
    /// From 0 to 1, as encoders take it.
    pub quality: f64,
}

/// What came of an attempt.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Outcome {
    /// A file of the format that was asked for, with so many bytes.
    Encoded {
        /// Its size.
        bytes: f64,
    },
    /// No such file: the encoder failed, or answered with another format.
    Failed,
}

/// What follows from an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is small enough.
    Fits,
    /// There is another attempt to make.
    Again,
    /// Nothing is left of the picture, and it is too large still.
    TooLarge,
    /// The platform can't encode it.
    CanNotEncode,
}

/// All attempts at one picture.
#[derive(Clone, Copy, Debug)]
pub struct Fitting {
    width: f64,
    height: f64,
    max_bytes: f64,
    format: Format,
    quality: f64,
    /// Of each side.
    factor: f64,
    failures: u32,
}

impl Fitting {
    /// For a picture of so many pixels that comes in a format, if that is known: as JPEG where it is one, else as WebP,
    /// which has transparency, too.
    pub fn new(original: Option<Format>, width: f64, height: f64, max_bytes: f64) -> Self {
        let (format, max_side) = match original {
            Some(Format::Jpeg) => (Format::Jpeg, MAX_CANVAS_SIDE),
            _ => (Format::WebP, MAX_CANVAS_SIDE.min(MAX_WEBP_SIDE)),
        };
        let factor = (max_side / width.max(height)).min((MAX_PIXELS / (width * height)).sqrt()).min(1.0);
        Self { width, height, max_bytes, format, quality: QUALITIES[0], factor, failures: 0 }
    }

    /// What it shall fit into.
    pub fn max_bytes(&self) -> f64 {
        self.max_bytes
    }

    /// The attempt that is to be made now.
    pub fn attempt(&self) -> Attempt {
        // A picture that is very wide, or very high, stays at least a pixel thick.
        let side = |pixels: f64| (pixels * self.factor).trunc().max(1.0);
        Attempt {
            format: self.format,
            width: side(self.width),
            height: side(self.height),
            quality: self.quality,
        }
    }

    /// What follows from its outcome.
    pub fn judge(&mut self, outcome: Outcome) -> Verdict {
        match outcome {
            Outcome::Encoded { bytes } if bytes <= self.max_bytes => return Verdict::Fits,
            Outcome::Encoded { bytes } => match QUALITIES.iter().find(|quality| **quality < self.quality) {
                Some(quality) => self.quality = *quality,
                // Not a number where an encoder answers nonsense; `min` takes the other one then.
                None => self.factor *= (AIM * (self.max_bytes / bytes).sqrt()).min(MAX_FACTOR),
            },
            // Safari writes no WebP; others fail at large ones.
            Outcome::Failed if self.format == Format::WebP => self.format = Format::Jpeg,
            Outcome::Failed => {
                self.failures = self.failures.saturating_add(1);
                if self.failures >= MAX_FAILURES {
                    return Verdict::CanNotEncode;
                }
                self.factor *= FACTOR_AFTER_FAILURE;
            }
        }
        // A factor that is no number makes no picture either.
        if self.width.max(self.height) * self.factor >= 1.0 { Verdict::Again } else { Verdict::TooLarge }
    }
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "a test that overflows fails, as it should")]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;

    /// All attempts until one fits or nothing more is tried, and what came of it.
    fn attempts(mut fitting: Fitting, mut encode: impl FnMut(Attempt) -> Outcome) -> (Vec<Attempt>, Verdict) {
        let mut made = Vec::new();
        loop {
            let attempt = fitting.attempt();
            made.push(attempt);
            let verdict = fitting.judge(encode(attempt));
            if verdict != Verdict::Again {
                return (made, verdict);
            }
            assert!(made.len() < 300, "it comes to no end");
        }
    }

    /// An encoder whose bytes follow pixels and quality.
    fn by_pixels(bytes_per_pixel: f64) -> impl FnMut(Attempt) -> Outcome {
        move |it| Outcome::Encoded { bytes: it.width * it.height * bytes_per_pixel * it.quality }
    }

    #[test]
    fn quality_goes_before_resolution() {
        let (made, verdict) =
            attempts(Fitting::new(Some(Format::Jpeg), 8_000.0, 6_000.0, 10e6), by_pixels(1.0));
        assert_eq!(verdict, Verdict::Fits);
        assert_eq!(made.iter().map(|it| it.quality).collect::<Vec<_>>(), [0.92, 0.82, 0.7, 0.7]);
        assert_eq!((made[2].width, made[2].height), (8_000.0, 6_000.0));
        assert!(made[3].width < 8_000.0);
    }

    #[test]
    fn a_jpeg_stays_one_and_all_else_becomes_webp() {
        for (original, format) in [
            (Some(Format::Jpeg), Format::Jpeg),
            (Some(Format::Png), Format::WebP),
            (Some(Format::WebP), Format::WebP),
            (None, Format::WebP),
        ] {
            let (made, _) = attempts(Fitting::new(original, 8_000.0, 6_000.0, 10e6), by_pixels(1.0));
            assert!(made.iter().all(|it| it.format == format));
        }
    }

    #[test]
    fn no_side_is_longer_than_its_format_has_room_for() {
        for (original, given, made) in [
            (Format::Png, (16_383.0, 100.0), (16_383.0, 100.0)),
            (Format::Png, (16_384.0, 100.0), (16_383.0, 99.0)),
            (Format::Png, (100.0, 32_766.0), (50.0, 16_383.0)),
            (Format::Jpeg, (16_384.0, 100.0), (16_384.0, 100.0)),
            (Format::Jpeg, (32_768.0, 100.0), (16_384.0, 50.0)),
            (Format::Png, (60_000.0, 1.0), (16_383.0, 1.0)),
            (Format::Jpeg, (1.0, 60_000.0), (1.0, 16_384.0)),
        ] {
            let attempt = Fitting::new(Some(original), given.0, given.1, 1e6).attempt();
            assert_eq!((attempt.width, attempt.height), made, "{original:?} {given:?}");
        }
    }

    #[test]
    fn where_webp_fails_jpeg_is_tried_before_a_smaller_picture() {
        let fitting = Fitting::new(Some(Format::Png), 8_000.0, 600.0, 10e6);
        let mut encode = by_pixels(1.0);
        let fails_at_webp =
            |it: Attempt| if it.format == Format::WebP { Outcome::Failed } else { encode(it) };
        let (made, verdict) = attempts(fitting, fails_at_webp);
        assert_eq!(verdict, Verdict::Fits);
        let sizes: Vec<_> = made.iter().map(|it| (it.format, it.width, it.quality)).collect();
        assert_eq!(sizes, [(Format::WebP, 8_000.0, 0.92), (Format::Jpeg, 8_000.0, 0.92)]);
    }

    #[test]
    fn where_jpeg_fails_a_smaller_picture_is_tried() {
        let mut encode = by_pixels(1.0);
        let fails_when_large = |it: Attempt| if it.width > 3_000.0 { Outcome::Failed } else { encode(it) };
        let (made, verdict) =
            attempts(Fitting::new(Some(Format::Jpeg), 8_000.0, 600.0, 10e6), fails_when_large);
        assert_eq!(verdict, Verdict::Fits);
        assert_eq!(made.iter().map(|it| it.width).collect::<Vec<_>>(), [8_000.0, 4_000.0, 2_000.0]);
    }

    #[test]
    fn an_encoder_that_always_fails_is_given_up_after_a_few_attempts() {
        for (original, count) in [(Format::Jpeg, 4), (Format::Png, 5)] {
            let (made, verdict) =
                attempts(Fitting::new(Some(original), 8_000.0, 600.0, 10e6), |_| Outcome::Failed);
            assert_eq!((made.len(), verdict), (count, Verdict::CanNotEncode));
        }
    }

    #[test]
    fn a_picture_of_which_nothing_is_left_is_too_large() {
        for bytes in [1e9, f64::INFINITY, f64::NAN] {
            let (_, verdict) = attempts(Fitting::new(Some(Format::Png), 800.0, 600.0, 100.0), |_| {
                Outcome::Encoded { bytes }
            });
            assert_eq!(verdict, Verdict::TooLarge, "{bytes}");
        }
    }

    fn originals() -> impl Strategy<Value = Option<Format>> {
        prop_oneof![Just(Some(Format::Jpeg)), Just(Some(Format::Png)), Just(None)]
    }

    proptest! {
        #[test]
        fn no_canvas_is_asked_for_that_browsers_refuse(
            original in originals(), width in 1.0..1e9f64, height in 1.0..1e9f64,
        ) {
            let attempt = Fitting::new(original, width, height, 1e6).attempt();
            let max_side = if original == Some(Format::Jpeg) { 16_384.0 } else { 16_383.0 };
            prop_assert!(attempt.width >= 1.0 && attempt.height >= 1.0);
            prop_assert!(attempt.width <= max_side && attempt.height <= max_side, "{attempt:?}");
            prop_assert!(attempt.width * attempt.height <= 64_000_000.0, "{attempt:?}");
        }

        #[test]
        fn a_picture_fits_after_a_few_attempts_and_keeps_its_shape(
            original in originals(), width in 500.0..20_000.0f64, height in 500.0..20_000.0f64,
            max_bytes in 1e5..1e8f64, bytes_per_pixel in 0.05..4.0f64,
        ) {
            let fitting = Fitting::new(original, width, height, max_bytes);
            let (made, verdict) = attempts(fitting, by_pixels(bytes_per_pixel));
            prop_assert_eq!(verdict, Verdict::Fits);
            prop_assert!(made.len() <= 5, "{made:?}");
            let last = made[made.len() - 1];
            prop_assert!((0.9..1.1).contains(&(last.width / last.height / (width / height))), "{made:?}");
        }

        #[test]
        fn attempts_come_to_an_end_whatever_an_encoder_makes(
            original in originals(), width in 1.0..1e9f64, height in 1.0..1e9f64, max_bytes in any::<f64>(),
            outcomes in vec(
                prop_oneof![any::<f64>().prop_map(|bytes| Outcome::Encoded { bytes }), Just(Outcome::Failed)],
                1..10,
            ),
        ) {
            let mut outcomes = outcomes.into_iter().cycle();
            let fitting = Fitting::new(original, width, height, max_bytes);
            let (made, _) = attempts(fitting, |_| outcomes.next().unwrap_or(Outcome::Failed));
            prop_assert!(made.len() < 300);
        }
    }
}
