//! When a generation is polled.

use std::time::Duration;

use crate::millis::duration;

/// First poll of an image, from its submission (the API's guidance: 2 to 3 s).
const FIRST_MS: f64 = 2_500.0;
/// Then every 5 to 10 s, growing (the API's guidance).
const NEXT_MS: f64 = 5_000.0;
const LONGEST_MS: f64 = 10_000.0;
/// "Slower for long video and audio jobs": twice as slow, as we read it.
const SLOWER: f64 = 2.0;
const GROWTH: f64 = 1.2;
/// Nobody sees a hidden tab: it polls three times less often (our convention), and at once when it is seen again.
const HIDDEN: f64 = 3.0;
/// Two polls of one loop are never closer, whatever prompts them.
pub const MIN_GAP_MS: f64 = 2_000.0;
/// All loops of a client together: 5 polls a second.
pub(crate) const SPACING_MS: f64 = 200.0;

/// The API's polling guidance, as we read it, by what is made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Guidance {
    /// Pictures, and all that is neither video nor audio.
    #[default]
    Images,
    /// Video and audio, which are polled half as often.
    LongJobs,
}

impl Guidance {
    /// By how much its delays are longer than those for images.
    fn factor(self) -> f64 {
        match self {
            Self::Images => 1.0,
            Self::LongJobs => SLOWER,
        }
    }

    /// How long to wait for the next poll, after so many: from the submission where none was made yet, else from the
    /// last one.
    pub fn next_delay(self, polls_made: u32) -> Duration {
        duration(self.next_delay_ms(polls_made))
    }

    /// As [`Guidance::next_delay`], in milliseconds.
    pub(crate) fn next_delay_ms(self, polls_made: u32) -> f64 {
        if polls_made == 0 {
            return FIRST_MS * self.factor();
        }
        let growths = i32::try_from(polls_made.saturating_sub(1)).unwrap_or(i32::MAX);
        (NEXT_MS * GROWTH.powi(growths)).min(LONGEST_MS) * self.factor()
    }
}

/// What becomes of a delay between two polls while the tab is hidden.
pub(crate) fn hidden_delay_ms(delay_ms: f64) -> f64 {
    delay_ms * HIDDEN
}

/// When a poll may happen that is wanted at a time, in a loop whose last poll was at another.
pub(crate) fn earliest_poll_ms(last_poll_ms: Option<f64>, wanted_ms: f64) -> f64 {
    last_poll_ms.map_or(wanted_ms, |last| wanted_ms.max(last + MIN_GAP_MS))
}

/// Spaces the polls of many loops, so that hundreds of waits don't become hundreds of requests at once.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Spacing {
    next_free_ms: f64,
}

impl Spacing {
    /// How long until the next free place.
    pub(crate) fn delay_ms(&self, now_ms: f64) -> f64 {
        (self.next_free_ms - now_ms).max(0.0)
    }

    /// Takes the next free place for a poll that is due now; tells how long to wait for it.
    pub(crate) fn reserve(&mut self, now_ms: f64) -> f64 {
        let at_ms = self.next_free_ms.max(now_ms);
        self.next_free_ms = at_ms + SPACING_MS;
        at_ms - now_ms
    }
}

/// For property tests.
#[cfg(test)]
pub(super) fn any_guidance() -> impl proptest::strategy::Strategy<Value = Guidance> {
    proptest::prop_oneof![
        proptest::strategy::Just(Guidance::Images),
        proptest::strategy::Just(Guidance::LongJobs)
    ]
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "a test that overflows fails, as it should")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn delays(guidance: Guidance) -> Vec<f64> {
        (0..8).map(|polls| guidance.next_delay_ms(polls).round()).collect()
    }

    #[test]
    fn polls_follow_the_guidance() {
        assert_eq!(
            delays(Guidance::Images),
            [2500.0, 5000.0, 6000.0, 7200.0, 8640.0, 10000.0, 10000.0, 10000.0]
        );
        assert_eq!(
            delays(Guidance::LongJobs),
            [5000.0, 10000.0, 12000.0, 14400.0, 17280.0, 20000.0, 20000.0, 20000.0]
        );
        assert_eq!(Guidance::Images.next_delay_ms(u32::MAX), 10_000.0);
    }

    #[test]
    fn a_hidden_tab_polls_less_often() {
        assert_eq!(hidden_delay_ms(5_000.0), 15_000.0);
    }

    #[test]
    fn a_poll_at_once_keeps_its_distance_to_the_last() {
        assert_eq!(earliest_poll_ms(None, 100.0), 100.0);
        assert_eq!(earliest_poll_ms(Some(100.0), 100.0), 2_100.0);
        assert_eq!(earliest_poll_ms(Some(100.0), 9_000.0), 9_000.0);
    }

    #[test]
    fn polls_that_are_due_at_once_go_200_ms_apart_in_their_order() {
        for now_ms in [0.0, 40_000.0] {
            let mut spacing = Spacing::default();
            for place in 0..5 {
                let delay_ms = f64::from(place) * 200.0;
                // Who asks how long it would be takes no place by that.
                assert_eq!([spacing.delay_ms(now_ms), spacing.delay_ms(now_ms)], [delay_ms; 2]);
                assert_eq!(spacing.reserve(now_ms), delay_ms);
            }
            // Half of the places have passed.
            assert_eq!(spacing.delay_ms(now_ms + 500.0), 500.0);
            assert_eq!(spacing.reserve(now_ms + 500.0), 500.0);
        }
    }

    #[test]
    fn places_that_nobody_took_are_not_saved_up() {
        let mut spacing = Spacing::default();
        spacing.reserve(1_000.0);
        for now_ms in [1_200.0, 60_000.0] {
            assert_eq!(spacing.delay_ms(now_ms), 0.0);
            assert_eq!(spacing.reserve(now_ms), 0.0);
            assert_eq!(spacing.reserve(now_ms), 200.0);
        }
    }

    proptest! {
        #[test]
        fn intervals_never_shrink_and_stay_within_the_guidance(guidance in any_guidance(), polls in 1u32..200) {
            let (now, next) = (guidance.next_delay_ms(polls), guidance.next_delay_ms(polls + 1));
            let factor = if guidance == Guidance::LongJobs { 2.0 } else { 1.0 };
            prop_assert!(now <= next && now >= 5_000.0 * factor && next <= 10_000.0 * factor);
        }

        #[test]
        fn no_second_sees_more_than_five_polls(mut due in proptest::collection::vec(0.0..60_000.0f64, 1..300)) {
            due.sort_by(f64::total_cmp);
            let mut spacing = Spacing::default();
            let polls: Vec<f64> = due.iter().map(|now_ms| now_ms + spacing.reserve(*now_ms)).collect();
            for (poll, due) in polls.iter().zip(&due) {
                prop_assert!(poll >= due);
                let within = polls.iter().filter(|other| **other >= *poll && **other < poll + 999.9).count();
                prop_assert!(within <= 5, "{} polls", within);
            }
        }
    }
}
