//! How the client goes on after a 429.

use super::clock::Moment;
use std::time::Duration;

use super::retry::MAX_PAUSE;
use crate::millis::millis;

/// What a request is for. A 429 may come from a limit of submissions alone, and where that is one of generations under
/// way, only polls free a place again: so a submission's 429 never stops polls (our convention; what the API counts
/// requests by is not documented).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Traffic {
    /// `GET /generations/{id}`.
    Poll,
    /// `POST /generations`.
    Submission,
    /// Any other request.
    Other,
}

/// One pause: first nobody goes until it is over, then one at a time until one is answered.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Gate {
    closed_at: Moment,
    pause_ms: f64,
    one_by_one: bool,
}

impl Gate {
    fn close(&mut self, now: Moment, pause_ms: f64) {
        // A later 429 never shortens a pause.
        if pause_ms >= self.delay_ms(now) {
            *self = Self { closed_at: now, pause_ms, one_by_one: true };
        }
        self.one_by_one = true;
    }

    /// A call that was on its way before the pause was over proves nothing.
    fn on_answer(&mut self, sent: Moment) {
        if self.delay_ms(sent) <= 0.0 {
            self.one_by_one = false;
        }
    }

    fn delay_ms(&self, now: Moment) -> f64 {
        (self.pause_ms - self.closed_at.elapsed_ms(now)).max(0.0)
    }
}

/// What all calls of a client share after a 429.
///
/// It holds no queue: whoever is aborted or times out simply leaves the turn to the next.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Pacing {
    /// Closed by the 429 of a poll or of any other request but a submission.
    everybody: Gate,
    /// Closed by a submission's 429.
    all_but_polls: Gate,
}

/// What an attempt says of the API's pace.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Heard {
    /// Nothing: no answer came, or not the API's own.
    Nothing,
    /// It was answered with something other than a 429.
    Answer,
    /// A 429 of the API.
    RateLimited {
        /// What its `Retry-After` asked for.
        retry_after: Option<Duration>,
    },
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
    /// An attempt that was sent at a moment is over by now.
    pub fn on_attempt(&mut self, traffic: Traffic, heard: Heard, sent: Moment, now: Moment) {
        match heard {
            Heard::Nothing => {}
            Heard::Answer => self.on_answer(traffic, sent),
            Heard::RateLimited { retry_after } => self.on_rate_limited(traffic, now, retry_after),
        }
    }

    /// A 429 of the API arrived, with what its `Retry-After` asked for. A pause lasts an hour at most: then the server
    /// is asked again.
    pub fn on_rate_limited(&mut self, traffic: Traffic, now: Moment, retry_after: Option<Duration>) {
        let gate = if traffic == Traffic::Submission { &mut self.all_but_polls } else { &mut self.everybody };
        gate.close(now, millis(retry_after.unwrap_or_default().min(MAX_PAUSE)));
    }

    /// A call that was sent at a moment got an answer other than 429. What a poll is answered says nothing of a limit
    /// of submissions.
    pub fn on_answer(&mut self, traffic: Traffic, sent: Moment) {
        self.everybody.on_answer(sent);
        if traffic != Traffic::Poll {
            self.all_but_polls.on_answer(sent);
        }
    }

    /// How long nobody may go yet; 0 where somebody may.
    pub fn delay_ms(&self, traffic: Traffic, now: Moment) -> f64 {
        self.gates(traffic).map(|gate| gate.delay_ms(now)).into_iter().fold(0.0, f64::max)
    }

    /// Whether only one call may be on its way.
    pub fn is_one_by_one(&self, traffic: Traffic) -> bool {
        self.gates(traffic).iter().any(|gate| gate.one_by_one)
    }

    /// What a call does that may wait so long.
    pub fn pause(&self, traffic: Traffic, now: Moment, max_pause_ms: f64) -> Pause {
        let delay_ms = self.delay_ms(traffic, now);
        if delay_ms > max_pause_ms {
            Pause::TooLong { retry_after_ms: delay_ms }
        } else if delay_ms > 0.0 {
            Pause::Sleep { delay_ms }
        } else {
            Pause::None
        }
    }

    /// The gates that a request has to pass.
    fn gates(&self, traffic: Traffic) -> [Gate; 2] {
        [self.everybody, if traffic == Traffic::Poll { Gate::default() } else { self.all_but_polls }]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::millis::duration;
    use Traffic::{Other, Poll, Submission};
    use proptest::prelude::*;

    const TRAFFIC: [Traffic; 3] = [Poll, Submission, Other];

    /// A moment by two clocks that go alike.
    fn at(ms: f64) -> Moment {
        Moment { monotonic_ms: ms, wall_ms: 1_778_457_600_000.0 + ms }
    }

    #[test]
    fn at_first_everybody_goes() {
        for traffic in TRAFFIC {
            assert_eq!(Pacing::default().pause(traffic, at(0.0), 60_000.0), Pause::None);
            assert!(!Pacing::default().is_one_by_one(traffic));
        }
    }

    #[test]
    fn after_a_429_nobody_goes_until_the_named_time_then_one_by_one_until_an_answer() {
        for (refused, paused) in
            [(Poll, TRAFFIC.as_slice()), (Other, &TRAFFIC), (Submission, &[Submission, Other])]
        {
            let mut pacing = Pacing::default();
            pacing.on_rate_limited(refused, at(1_000.0), Some(duration(5_000.0)));
            for traffic in paused {
                let pause = |now_ms| pacing.pause(*traffic, at(now_ms), 60_000.0);
                assert_eq!(pause(2_000.0), Pause::Sleep { delay_ms: 4_000.0 });
                assert_eq!(pause(6_000.0), Pause::None);
                assert!(pacing.is_one_by_one(*traffic));
            }
            pacing.on_answer(Other, at(6_000.0));
            assert!(TRAFFIC.iter().all(|traffic| !pacing.is_one_by_one(*traffic)));
        }
    }

    #[test]
    fn a_submissions_429_never_stops_polls_nor_do_polls_end_its_pause() {
        let mut pacing = Pacing::default();
        pacing.on_rate_limited(Submission, at(0.0), Some(duration(900_000.0)));
        assert_eq!(pacing.delay_ms(Poll, at(0.0)), 0.0);
        assert!(!pacing.is_one_by_one(Poll));
        pacing.on_answer(Poll, at(900_000.0));
        assert!(pacing.is_one_by_one(Submission));
    }

    #[test]
    fn an_answer_to_an_earlier_call_does_not_open_the_gate() {
        for pause_ms in [Some(5_000.0), None] {
            let mut pacing = Pacing::default();
            pacing.on_rate_limited(Other, at(1_000.0), pause_ms.map(duration));
            pacing.on_answer(Other, at(900.0));
            assert!(pacing.is_one_by_one(Other));
            assert_eq!(pacing.delay_ms(Other, at(1_000.0)), pause_ms.unwrap_or(0.0));
        }
    }

    #[test]
    fn only_an_answer_that_is_no_429_ends_the_pause() {
        let refused = Heard::RateLimited { retry_after: Some(duration(5_000.0)) };
        let mut pacing = Pacing::default();
        pacing.on_attempt(Other, refused, at(1_000.0), at(2_000.0));
        assert_eq!(pacing.delay_ms(Poll, at(2_000.0)), 5_000.0, "counted from its answer");
        for (heard, sent_ms, goes_on) in [
            (Heard::Answer, 1_000.0, true),
            (Heard::Nothing, 8_000.0, true),
            (Heard::RateLimited { retry_after: None }, 8_000.0, true),
            (Heard::Answer, 80_000.0, false),
        ] {
            pacing.on_attempt(Other, heard, at(sent_ms), at(sent_ms));
            assert_eq!(pacing.is_one_by_one(Other), goes_on, "{heard:?} at {sent_ms}");
        }
    }

    #[test]
    fn a_pause_over_the_limit_ends_the_call_with_its_length() {
        let mut pacing = Pacing::default();
        pacing.on_rate_limited(Other, at(0.0), Some(duration(61_000.0)));
        let pause = |now_ms, max_pause_ms| pacing.pause(Other, at(now_ms), max_pause_ms);
        assert_eq!(pause(0.0, 60_000.0), Pause::TooLong { retry_after_ms: 61_000.0 });
        assert_eq!(pause(1_000.0, 60_000.0), Pause::Sleep { delay_ms: 60_000.0 });
        assert_eq!(pause(60_000.0, 500.0), Pause::TooLong { retry_after_ms: 1_000.0 });
    }

    #[test]
    fn no_pause_lasts_longer_than_an_hour() {
        let mut pacing = Pacing::default();
        pacing.on_rate_limited(Other, at(0.0), Some(duration(9e11)));
        assert_eq!(pacing.delay_ms(Other, at(0.0)), 3_600_000.0);
    }

    #[test]
    fn a_pause_is_over_when_a_machine_has_slept_through_it() {
        let mut pacing = Pacing::default();
        pacing.on_rate_limited(Other, at(0.0), Some(duration(60_000.0)));
        let awake = Moment { monotonic_ms: 1_000.0, ..at(600_000.0) };
        assert_eq!(pacing.delay_ms(Other, awake), 0.0);
        // A wall clock that is set back makes it no longer.
        assert_eq!(pacing.delay_ms(Other, Moment { monotonic_ms: 1_000.0, ..at(-600_000.0) }), 59_000.0);
    }

    proptest! {
        #[test]
        fn a_later_429_never_shortens_the_pause(
            steps in proptest::collection::vec((0usize..3, 0.0..1e6f64, 0.0..4e6f64), 1..20),
        ) {
            let mut pacing = Pacing::default();
            let (mut until_ms, mut polls_until_ms, mut now_ms) = (0.0f64, 0.0f64, 0.0f64);
            for (which, passed_ms, retry_after_ms) in steps {
                now_ms += passed_ms;
                let traffic = TRAFFIC[which];
                pacing.on_rate_limited(traffic, at(now_ms), Some(duration(retry_after_ms)));
                let ends_ms = now_ms + retry_after_ms.min(millis(MAX_PAUSE));
                until_ms = until_ms.max(ends_ms);
                if traffic != Submission {
                    polls_until_ms = polls_until_ms.max(ends_ms);
                }
                let near = |delay_ms: f64, ends_ms: f64| (delay_ms - (ends_ms - now_ms).max(0.0)).abs() < 0.01;
                prop_assert!(near(pacing.delay_ms(Other, at(now_ms)), until_ms));
                prop_assert!(near(pacing.delay_ms(Poll, at(now_ms)), polls_until_ms));
                prop_assert!(pacing.is_one_by_one(Submission));
            }
        }
    }
}
