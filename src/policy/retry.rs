//! Whether a failed attempt is made again, and when.

use std::time::Duration;

use super::polling::Guidance;
use super::waiting::MIN_TIME;
use crate::millis::{duration, millis};

/// Longest `Retry-After` that a call which is no wait sleeps out itself; a longer one ends it.
pub const MAX_RETRY_AFTER: Duration = Duration::from_secs(60);
/// Backoff before the first repeat, doubled for each further one.
const BACKOFF_BASE: Duration = Duration::from_millis(500);
/// Longest backoff.
const BACKOFF_CAP: Duration = Duration::from_secs(8);
/// Code of a 409 that answers a key: its submission still runs, or the key was used for another body (contract:
/// Idempotency).
pub const CONFLICT: &str = "idempotency_conflict";
/// Code of the proxy's 429 where as many generations of this caller are under way as it allows. It says nothing of the
/// API's own pace.
pub const TOO_MANY_AT_ONCE: &str = "too_many_at_once";
/// Longest pause that a server's word makes anybody sleep: an hour (our convention). After it the server is asked
/// again.
pub const MAX_PAUSE: Duration = Duration::from_secs(3_600);

/// How an attempt ended, if not well.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Outcome {
    /// No answer: the network failed, or the attempt's time was up.
    NoAnswer,
    /// No answer, for nothing was sent: the connection was refused, or the host is unknown.
    NoConnection,
    /// A 2xx whose body was cut off or is not the JSON that it should be.
    InvalidBody,
    /// A 2xx whose JSON nests too deep to be gone through: whoever makes such an answer makes it again.
    TooDeep,
    /// A redirect: `baseUrl` names something else than the API.
    Redirect,
    /// The proxy's 429 [`TOO_MANY_AT_ONCE`]: the API was not asked.
    TooManyAtOnce {
        /// How often this call was answered so, this attempt included.
        refusals: u32,
    },
    /// Any other answer.
    Status {
        /// HTTP status.
        status: u16,
        /// Whether its code is [`CONFLICT`].
        is_conflict: bool,
        /// What `Retry-After` asks for.
        retry_after: Option<Duration>,
    },
}

/// The call that an attempt belongs to.
#[derive(Clone, Copy, Debug)]
pub struct Call {
    /// Whether the server takes a repeat for the same call: GET, uploads, and a POST with its idempotency key and the
    /// same bytes.
    pub repeatable: bool,
    /// How often it was sent, this attempt included; earlier attempts that were answered with [`TOO_MANY_AT_ONCE`]
    /// don't count.
    pub attempts: u32,
    /// Attempts allowed after the first.
    pub max_retries: u32,
    /// Whether whatever was sent under this key is this very submission: the key is of our own making, or an earlier
    /// run of the same work has sent it (a resumed submission). Then even the first attempt may meet a repeat of ours:
    /// browsers send a POST again by themselves where a connection that they reuse is lost before the answer (measured
    /// in Chromium 156 and Firefox 153).
    pub is_own_key: bool,
    /// The longest `Retry-After` that the call sleeps out: [`MAX_RETRY_AFTER`], or what a wait's limit leaves.
    pub patience: Duration,
    /// How long the call may still wait for a place among the caller's generations, where it does: `generate`, until
    /// its limit.
    pub place_within: Option<Duration>,
}

/// What follows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Decision {
    /// The same bytes again, after so long.
    Retry {
        /// Time to sleep.
        delay: Duration,
    },
    /// The call ends with this outcome.
    GiveUp {
        /// What `Retry-After` asked for: the error hands it on.
        retry_after: Option<Duration>,
    },
}

/// Whether an answer of this status may be better next time: the server timed out (408), is not ready (425), asks for a
/// pause (429), or failed. CDNs answer with statuses of their own (520 to 530) while the server behind them is out of
/// reach. A method or a version of HTTP that the server does not know (501, 505) it will not know next time either.
pub fn is_retryable_status(status: u16) -> bool {
    matches!(status, 408 | 425 | 429 | 500 | 502..=504 | 506..=599)
}

/// Full jitter: anything up to 0.5 s · 2ⁿ, at most 8 s, where n counts repeats from 0 and `random` lies in 0..1.
pub fn backoff(repeat: u32, random: f64) -> Duration {
    let longest = BACKOFF_BASE.saturating_mul(2u32.saturating_pow(repeat)).min(BACKOFF_CAP);
    duration(millis(longest) * random.clamp(0.0, 1.0))
}

/// When a place among the caller's generations is asked for again. It is given back by the poll that sees an end, so it
/// is asked for as often as is polled: after 5 s, growing to 10 s.
fn place_delay(refusals: u32) -> Duration {
    Guidance::Images.next_delay(refusals.max(1))
}

/// Whether the call goes on after an attempt that failed, and when. `random` lies in 0..1.
pub fn decide(outcome: &Outcome, call: &Call, random: f64) -> Decision {
    let (worth_repeating, retry_after) = match *outcome {
        Outcome::NoAnswer | Outcome::NoConnection | Outcome::InvalidBody => (true, None),
        Outcome::TooDeep | Outcome::Redirect => (false, None),
        Outcome::TooManyAtOnce { refusals } => {
            let delay = place_delay(refusals);
            return match call.place_within {
                // It is asked for only where there is time for the answer.
                Some(left) if delay.saturating_add(MIN_TIME) <= left => Decision::Retry { delay },
                _ => Decision::GiveUp { retry_after: None },
            };
        }
        Outcome::Status { status, is_conflict, retry_after } => {
            // With our own submission, the conflict may mean that it still runs.
            let first_still_runs = is_conflict && (call.attempts > 1 || call.is_own_key);
            (is_retryable_status(status) || first_still_runs, retry_after)
        }
    };
    let asks_too_much = retry_after.is_some_and(|delay| delay > call.patience);
    if !worth_repeating || !call.repeatable || call.attempts > call.max_retries || asks_too_much {
        return Decision::GiveUp { retry_after };
    }
    let repeat = call.attempts.saturating_sub(1);
    let delay = retry_after.unwrap_or_else(|| backoff(repeat, random));
    Decision::Retry { delay: delay.min(MAX_PAUSE) }
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "a test that overflows fails, as it should")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const CALL: Call = Call {
        repeatable: true,
        attempts: 1,
        max_retries: 4,
        is_own_key: false,
        patience: MAX_RETRY_AFTER,
        place_within: None,
    };

    fn status(status: u16) -> Outcome {
        Outcome::Status { status, is_conflict: false, retry_after: None }
    }

    #[test]
    fn only_these_statuses_are_repeated() {
        let repeated = (100..1_000).filter(|status| is_retryable_status(*status));
        let server_errors = (500..600).filter(|status| !matches!(status, 501 | 505));
        assert!(repeated.eq([408, 425, 429].into_iter().chain(server_errors)));
        for code in [400u16, 401, 402, 403, 404, 409, 410, 413, 415, 422, 501, 505, 600, 302] {
            let given_up = Decision::GiveUp { retry_after: None };
            assert_eq!(decide(&status(code), &Call { attempts: 2, ..CALL }, 0.5), given_up, "{code}");
        }
    }

    #[test]
    fn nobody_sleeps_for_longer_than_an_hour_whatever_a_server_asks_for() {
        let patient = Call { patience: Duration::MAX, ..CALL };
        let years = Duration::from_secs(900_000_000);
        let asks = Outcome::Status { status: 503, is_conflict: false, retry_after: Some(years) };
        assert_eq!(decide(&asks, &patient, 0.5), Decision::Retry { delay: MAX_PAUSE });
        assert_eq!(decide(&asks, &CALL, 0.5), Decision::GiveUp { retry_after: Some(years) });
    }

    #[test]
    fn a_conflict_counts_as_running_only_with_our_own_submission() {
        let conflict = Outcome::Status { status: 409, is_conflict: true, retry_after: None };
        assert_eq!(decide(&conflict, &CALL, 0.5), Decision::GiveUp { retry_after: None });
        let repeat = Call { attempts: 2, ..CALL };
        assert_eq!(decide(&conflict, &repeat, 0.5), decide(&status(503), &repeat, 0.5));
        assert_eq!(
            decide(&conflict, &Call { is_own_key: true, ..CALL }, 1.0),
            Decision::Retry { delay: Duration::from_millis(500) }
        );
        let other = status(409);
        assert_eq!(decide(&other, &repeat, 0.5), Decision::GiveUp { retry_after: None });
    }

    #[test]
    fn who_waits_for_a_place_asks_again_after_5_s_growing_to_10_s_within_its_limit_and_nobody_else_does() {
        let crowded = |refusals| Outcome::TooManyAtOnce { refusals };
        let waits = |left_ms| Call { place_within: Some(duration(left_ms)), max_retries: 0, ..CALL };
        let delays_ms = [5_000.0, 6_000.0, 7_200.0, 8_640.0, 10_000.0, 10_000.0];
        for (refusals, delay_ms) in (1..).zip(delays_ms) {
            let given_up = Decision::GiveUp { retry_after: None };
            let Decision::Retry { delay } = decide(&crowded(refusals), &waits(900_000.0), 0.5) else {
                panic!("given up after {refusals}")
            };
            assert_eq!(millis(delay), delay_ms, "{refusals}");
            assert_eq!(decide(&crowded(refusals), &waits(delay_ms + 1_999.0), 0.5), given_up);
            assert_eq!(decide(&crowded(refusals), &CALL, 0.5), given_up);
        }
    }

    #[test]
    fn what_is_not_repeatable_is_sent_once() {
        let call = Call { repeatable: false, ..CALL };
        let outcomes = [
            Outcome::NoAnswer,
            Outcome::NoConnection,
            Outcome::InvalidBody,
            Outcome::Redirect,
            status(503),
            status(429),
        ];
        for outcome in outcomes {
            assert_eq!(decide(&outcome, &call, 0.5), Decision::GiveUp { retry_after: None });
        }
    }

    #[test]
    fn an_answer_that_nests_too_deep_would_be_the_same_again() {
        for outcome in [Outcome::TooDeep, Outcome::Redirect] {
            assert_eq!(decide(&outcome, &CALL, 0.5), Decision::GiveUp { retry_after: None });
        }
        assert!(matches!(decide(&Outcome::InvalidBody, &CALL, 0.5), Decision::Retry { .. }));
    }

    #[test]
    fn attempts_end_after_the_allowed_repeats() {
        // The first attempt that is given up.
        let sent = |max_retries| {
            (1..100).find(|attempts| {
                let call = Call { attempts: *attempts, max_retries, ..CALL };
                matches!(decide(&Outcome::NoAnswer, &call, 0.5), Decision::GiveUp { .. })
            })
        };
        assert_eq!(sent(0), Some(1));
        assert_eq!(sent(4), Some(5));
    }

    #[test]
    fn retry_after_is_obeyed_up_to_a_minute_and_handed_on_beyond() {
        let after = |seconds, call: &Call| {
            let retry_after = Some(Duration::from_secs(seconds));
            decide(&Outcome::Status { status: 429, is_conflict: false, retry_after }, call, 0.1)
        };
        for seconds in [0, 60] {
            assert_eq!(after(seconds, &CALL), Decision::Retry { delay: Duration::from_secs(seconds) });
        }
        let given_up = |seconds| Decision::GiveUp { retry_after: Some(Duration::from_secs(seconds)) };
        assert_eq!(after(61, &CALL), given_up(61));
        assert_eq!(after(3, &Call { attempts: 5, ..CALL }), given_up(3));
    }

    proptest! {
        #[test]
        fn backoff_stays_within_its_bounds(repeat: u32, random in 0.0..1.0f64) {
            let ceiling_ms = (500.0 * 2f64.powf(f64::from(repeat))).min(8_000.0);
            prop_assert!(millis(backoff(repeat, random)) <= ceiling_ms);
            prop_assert_eq!(millis(backoff(repeat, 1.0)), ceiling_ms);
        }
    }
}
