//! How the client goes on after a 429.

/// Longest pause that a call sits out; one that would take longer ends with `rate_limited`.
pub const MAX_PAUSE_MS: f64 = super::retry::MAX_RETRY_AFTER_MS;

/// What all calls of a client share after a 429: first nobody goes until the named time, then one at a time until one is answered.
///
/// It holds no queue: whoever is aborted or times out simply leaves the turn to the next.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Pacing {
    paused_until_ms: f64,
    one_by_one: bool,
}

/// What a call that wants to be sent has to do first.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Pause {
    /// Nothing.
    None,
    /// Sleep, then ask again: another 429 may have come.
    Sleep {
        /// How long.
        delay_ms: f64,
    },
    /// End with `rate_limited`: the pause is longer than the call may wait.
    TooLong {
        /// What the error's `retryAfterMs` says.
        retry_after_ms: f64,
    },
}

impl Pacing {
    /// A 429 arrived, with what its `Retry-After` asked for.
    pub fn on_rate_limited(&mut self, now_ms: f64, retry_after_ms: Option<f64>) {
        self.paused_until_ms = self.paused_until_ms.max(now_ms + retry_after_ms.unwrap_or(0.0));
        self.one_by_one = true;
    }

    /// A call that was sent at a time got an answer other than 429. One that was on its way before the pause ended proves nothing.
    pub fn on_answer(&mut self, sent_ms: f64) {
        if sent_ms >= self.paused_until_ms {
            self.one_by_one = false;
        }
    }

    /// How long nobody may go yet; 0 where somebody may.
    pub fn delay_ms(&self, now_ms: f64) -> f64 {
        (self.paused_until_ms - now_ms).max(0.0)
    }

    /// Whether only one call may be on its way.
    pub fn is_one_by_one(&self) -> bool {
        self.one_by_one
    }

    /// What a call does that may wait so long: [`MAX_PAUSE_MS`], or what is left of a wait's own limit.
    pub fn pause(&self, now_ms: f64, max_pause_ms: f64) -> Pause {
        let delay_ms = self.delay_ms(now_ms);
        if delay_ms > max_pause_ms {
            Pause::TooLong { retry_after_ms: delay_ms }
        } else if delay_ms > 0.0 {
            Pause::Sleep { delay_ms }
        } else {
            Pause::None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn at_first_everybody_goes() {
        let pacing = Pacing::default();
        assert_eq!(pacing.pause(0.0, MAX_PAUSE_MS), Pause::None);
        assert!(!pacing.is_one_by_one());
    }

    #[test]
    fn after_a_429_nobody_goes_until_the_named_time_then_one_by_one_until_an_answer() {
        let mut pacing = Pacing::default();
        pacing.on_rate_limited(1_000.0, Some(5_000.0));
        assert_eq!(pacing.pause(2_000.0, MAX_PAUSE_MS), Pause::Sleep { delay_ms: 4_000.0 });
        assert_eq!(pacing.pause(6_000.0, MAX_PAUSE_MS), Pause::None);
        assert!(pacing.is_one_by_one());
        pacing.on_answer(6_000.0);
        assert!(!pacing.is_one_by_one());
    }

    #[test]
    fn an_answer_to_an_earlier_call_does_not_open_the_gate() {
        let mut pacing = Pacing::default();
        pacing.on_rate_limited(1_000.0, Some(5_000.0));
        pacing.on_answer(900.0);
        assert!(pacing.is_one_by_one());
        assert_eq!(pacing.delay_ms(1_000.0), 5_000.0);
    }

    #[test]
    fn a_429_without_a_time_sets_one_by_one_alone() {
        let mut pacing = Pacing::default();
        pacing.on_rate_limited(1_000.0, None);
        assert_eq!(pacing.pause(1_000.0, MAX_PAUSE_MS), Pause::None);
        assert!(pacing.is_one_by_one());
    }

    #[test]
    fn a_pause_over_the_limit_ends_the_call_with_its_length() {
        let mut pacing = Pacing::default();
        pacing.on_rate_limited(0.0, Some(61_000.0));
        assert_eq!(pacing.pause(0.0, MAX_PAUSE_MS), Pause::TooLong { retry_after_ms: 61_000.0 });
        assert_eq!(pacing.pause(1_000.0, MAX_PAUSE_MS), Pause::Sleep { delay_ms: 60_000.0 });
        assert_eq!(pacing.pause(60_000.0, 500.0), Pause::TooLong { retry_after_ms: 1_000.0 });
    }

    proptest! {
        #[test]
        fn a_later_429_never_shortens_the_pause(steps in proptest::collection::vec((0.0..1e6f64, 0.0..1e5f64), 1..20)) {
            let mut pacing = Pacing::default();
            let mut until_ms = 0.0f64;
            for (now_ms, retry_after_ms) in steps {
                pacing.on_rate_limited(now_ms, Some(retry_after_ms));
                until_ms = until_ms.max(now_ms + retry_after_ms);
                prop_assert_eq!(pacing.delay_ms(0.0), until_ms);
                prop_assert!(pacing.is_one_by_one());
            }
        }
    }
}
