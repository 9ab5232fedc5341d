//! How long a run took, as far as it is known.

use std::time::Duration;

use super::polling::MIN_GAP_MS;
use crate::millis::{duration, millis};

/// What to note of a run: how long after its submission it ended.
///
/// `unfinished_at` and `ended_at`: how long after the submission the last poll found it unfinished, and the one after
/// it ended. `stated`: what the API says, `updated_at − created_at` of the ended generation. It is exact where the two
/// are, but nothing promises that `updated_at` is the end, so it is held between the last poll that found it unfinished
/// and the one that found it ended. Without it the middle between the two is the best guess. Where the first poll
/// already found it ended, the run counts as ended 2 s before: so the next is polled sooner, until some poll comes too
/// early and shows where the end is.
pub fn observed(unfinished_at: Option<Duration>, ended_at: Duration, stated: Option<Duration>) -> Duration {
    duration(observed_ms(unfinished_at.map(millis), millis(ended_at), stated.map(millis)))
}

/// As [`observed`], in milliseconds; what is stated may be no number.
pub(crate) fn observed_ms(unfinished_at_ms: Option<f64>, ended_at_ms: f64, stated_ms: Option<f64>) -> f64 {
    let from_ms = unfinished_at_ms.unwrap_or(0.0);
    let guess_ms = if unfinished_at_ms.is_some() {
        (from_ms + ended_at_ms) / 2.0
    } else {
        // Short runs are not driven below half of what was measured.
        (ended_at_ms - MIN_GAP_MS).max(ended_at_ms / 2.0)
    };
    stated_ms.filter(|ms| !ms.is_nan()).map_or(guess_ms, |ms| ms.max(from_ms).min(ended_at_ms))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_the_api_states_counts_within_the_polls_around_it() {
        for (unfinished_at_ms, stated_ms, observed) in [
            (Some(5_000.0), Some(6_000.0), 6_000.0),
            (Some(5_000.0), Some(4_000.0), 5_000.0),
            (Some(5_000.0), Some(90_000.0), 9_000.0),
            (Some(5_000.0), Some(f64::NAN), 7_000.0),
            (Some(5_000.0), None, 7_000.0),
            (None, Some(1_000.0), 1_000.0),
            (None, None, 7_000.0),
        ] {
            assert_eq!(observed_ms(unfinished_at_ms, 9_000.0, stated_ms), observed);
        }
        assert_eq!(observed_ms(None, 2_500.0, None), 1_250.0);
    }

    proptest! {
        #[test]
        fn what_is_noted_lies_between_the_polls(from_ms: Option<u16>, more_ms: u16, stated_ms: Option<f64>) {
            let from_ms = from_ms.map(f64::from);
            let ended_at_ms = from_ms.unwrap_or(0.0) + f64::from(more_ms);
            let observed = observed_ms(from_ms, ended_at_ms, stated_ms);
            prop_assert!(from_ms.unwrap_or(0.0) <= observed && observed <= ended_at_ms);
        }
    }
}
