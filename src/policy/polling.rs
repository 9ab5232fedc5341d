//! When a generation is looked at.

/// First look at an image, from its submission (the API's guidance: 2 to 3 s).
const FIRST_MS: f64 = 2_500.0;
/// Then every 5 to 10 s, growing (the API's guidance).
const NEXT_MS: f64 = 5_000.0;
const LONGEST_MS: f64 = 10_000.0;
/// "Slower for long video and audio jobs": twice as slow, as we read it.
const SLOWER: f64 = 2.0;
const GROWTH: f64 = 1.2;
/// Nobody sees a hidden tab: it looks three times less often (our convention), and at once when it is seen again.
const HIDDEN: f64 = 3.0;
/// Two looks of one loop are never closer, whatever prompts them.
pub const MIN_GAP_MS: f64 = 2_000.0;
/// All loops of a client together: 5 looks a second.
pub const SPACING_MS: f64 = 200.0;

/// The API's polling guidance, as we read it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Guidance {
    slower: f64,
}

impl Guidance {
    /// For images, or (`slow`) for video and audio.
    pub fn for_kind(slow: bool) -> Self {
        Self { slower: if slow { SLOWER } else { 1.0 } }
    }

    /// How long to wait for the next look: from the submission where none was made yet, else from the last one.
    pub fn next_delay_ms(&self, looks_made: u32) -> f64 {
        if looks_made == 0 {
            return FIRST_MS * self.slower;
        }
        let growths = i32::try_from(looks_made.saturating_sub(1)).unwrap_or(i32::MAX);
        (NEXT_MS * GROWTH.powi(growths)).min(LONGEST_MS) * self.slower
    }
}

/// What becomes of an interval between two looks while the tab is hidden.
pub fn interval_ms(delay_ms: f64, hidden: bool) -> f64 {
    if hidden { delay_ms * HIDDEN } else { delay_ms }
}

/// When a look may happen that is wanted at a time, in a loop whose last look was at another.
pub fn earliest_look_ms(last_look_ms: Option<f64>, wanted_ms: f64) -> f64 {
    last_look_ms.map_or(wanted_ms, |last| wanted_ms.max(last + MIN_GAP_MS))
}

/// Spaces the looks of many loops, so that hundreds of waits don't become hundreds of requests at once.
#[derive(Clone, Copy, Debug, Default)]
pub struct Spacing {
    next_free_ms: f64,
}

impl Spacing {
    /// How long until the next free place.
    pub fn delay_ms(&self, now_ms: f64) -> f64 {
        (self.next_free_ms - now_ms).max(0.0)
    }

    /// Takes the next free place for a look that is due now; tells how long to wait for it.
    pub fn reserve(&mut self, now_ms: f64) -> f64 {
        let at_ms = self.next_free_ms.max(now_ms);
        self.next_free_ms = at_ms + SPACING_MS;
        at_ms - now_ms
    }
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "a test that overflows fails, as it should")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn delays(slow: bool) -> Vec<f64> {
        (0..8).map(|looks| Guidance::for_kind(slow).next_delay_ms(looks).round()).collect()
    }

    #[test]
    fn looks_follow_the_guidance() {
        assert_eq!(delays(false), [2500.0, 5000.0, 6000.0, 7200.0, 8640.0, 10000.0, 10000.0, 10000.0]);
        assert_eq!(delays(true), [5000.0, 10000.0, 12000.0, 14400.0, 17280.0, 20000.0, 20000.0, 20000.0]);
        assert_eq!(Guidance::for_kind(false).next_delay_ms(u32::MAX), 10_000.0);
    }

    #[test]
    fn a_hidden_tab_looks_less_often() {
        assert_eq!((interval_ms(5_000.0, false), interval_ms(5_000.0, true)), (5_000.0, 15_000.0));
    }

    #[test]
    fn a_look_at_once_keeps_its_distance_to_the_last() {
        assert_eq!(earliest_look_ms(None, 100.0), 100.0);
        assert_eq!(earliest_look_ms(Some(100.0), 100.0), 2_100.0);
        assert_eq!(earliest_look_ms(Some(100.0), 9_000.0), 9_000.0);
    }

    #[test]
    fn looks_that_are_due_at_once_go_200_ms_apart_in_their_order() {
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
        fn intervals_never_shrink_and_stay_within_the_guidance(slow: bool, looks in 1u32..200) {
            let guidance = Guidance::for_kind(slow);
            let (now, next) = (guidance.next_delay_ms(looks), guidance.next_delay_ms(looks + 1));
            let factor = if slow { 2.0 } else { 1.0 };
            prop_assert!(now <= next && now >= 5_000.0 * factor && next <= 10_000.0 * factor);
        }

        #[test]
        fn no_second_sees_more_than_five_looks(mut due in proptest::collection::vec(0.0..60_000.0f64, 1..300)) {
            due.sort_by(f64::total_cmp);
            let mut spacing = Spacing::default();
            let looks: Vec<f64> = due.iter().map(|now_ms| now_ms + spacing.reserve(*now_ms)).collect();
            for (look, due) in looks.iter().zip(&due) {
                prop_assert!(look >= due);
                let within = looks.iter().filter(|other| **other >= *look && **other < look + 999.9).count();
                prop_assert!(within <= 5, "{} looks", within);
            }
        }
    }
}
