//! Whether a failed attempt is made again, and when.

/// Longest `Retry-After` that a call which is no wait sleeps out itself; a longer one ends it.
pub const MAX_RETRY_AFTER_MS: f64 = 60_000.0;
/// Backoff before the first repeat, doubled for each further one.
const BACKOFF_BASE_MS: f64 = 500.0;
/// Longest backoff.
const BACKOFF_CAP_MS: f64 = 8_000.0;
/// Code of a 409 that answers a key: its submission still runs, or the key was used for another body (contract: Idempotency).
pub const CONFLICT: &str = "idempotency_conflict";
/// A `Retry-After` beyond this is taken for nonsense: 30 years.
const MAX_SENSIBLE_MS: f64 = 30.0 * 365.0 * 86_400_000.0;

/// How an attempt ended, if not well.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Outcome {
    /// No answer: the network failed, or the attempt's time was up.
    NoAnswer,
    /// A 2xx whose body was cut off or is not the JSON that it should be.
    InvalidBody,
    /// A redirect: `baseUrl` names something else than the API.
    Redirect,
    /// Any other answer.
    Status {
        /// HTTP status.
        status: u16,
        /// Whether its code is [`CONFLICT`].
        is_conflict: bool,
        /// What `Retry-After` asks for, as [`parse_retry_after`] reads it.
        retry_after_ms: Option<f64>,
    },
}

/// The call that an attempt belongs to.
#[derive(Clone, Copy, Debug)]
pub struct Call {
    /// Whether the server takes a repeat for the same call: GET, uploads, and a POST with its idempotency key and the same bytes.
    pub repeatable: bool,
    /// How often it was sent, this attempt included.
    pub attempts: u32,
    /// Attempts allowed after the first.
    pub max_retries: u32,
    /// Whether whatever was sent under this key is this very submission: the key is of our own making, or an earlier run of the same work
    /// has sent it (a resumed submission). Then even the first attempt may meet a repeat of ours: browsers send a POST again by themselves
    /// where a connection that they reuse is lost before the answer (measured in Chromium 156 and Firefox 153).
    pub is_own_key: bool,
    /// The longest `Retry-After` that the call sleeps out: [`MAX_RETRY_AFTER_MS`], or what a wait's limit leaves.
    pub patience_ms: f64,
}

/// What follows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Decision {
    /// The same bytes again, after so long.
    Retry {
        /// Time to sleep.
        delay_ms: f64,
    },
    /// The call ends with this outcome.
    GiveUp {
        /// What `Retry-After` asked for: the error hands it on.
        retry_after_ms: Option<f64>,
    },
}

/// Whether an answer of this status may be better next time.
pub fn is_retryable_status(status: u16) -> bool {
    matches!(status, 408 | 429 | 500 | 502 | 503 | 504)
}

/// Reads `Retry-After`: seconds, or an HTTP date, which the platform has read (`date_ms`: milliseconds since 1970, `None` where it is no
/// date). A date that has passed means at once; `None` for anything else.
pub fn parse_retry_after(header: &str, date_ms: Option<f64>, now_ms: f64) -> Option<f64> {
    let header = header.trim_ascii().as_bytes();
    let delay_ms = if matches!(header.first()?, b'0'..=b'9' | b'+' | b'-') {
        let mut seconds = 0.0;
        for byte in header {
            if !byte.is_ascii_digit() {
                return None;
            }
            seconds = seconds * 10.0 + f64::from(byte & 15);
        }
        seconds * 1_000.0
    } else {
        // Platforms read dates from much that is none: V8 takes "soon 1" for the year 2001. Each form of HTTP begins with a weekday.
        let weekday = header.first_chunk::<3>()?;
        if !b"MonTueWedThuFriSatSun".as_chunks().0.contains(weekday) {
            return None;
        }
        let left_ms = date_ms? - now_ms;
        // Not `max`: that would make 0 of a date that is no number.
        if left_ms < 0.0 { 0.0 } else { left_ms }
    };
    (delay_ms <= MAX_SENSIBLE_MS).then_some(delay_ms)
}

/// Full jitter: anything up to 0.5 s · 2ⁿ, at most 8 s, where n counts repeats from 0 and `random` lies in 0..1.
pub fn backoff_ms(repeat: u32, random: f64) -> f64 {
    // Four doublings reach the cap.
    let doubled = 1u32 << repeat.min(4);
    (BACKOFF_BASE_MS * f64::from(doubled)).min(BACKOFF_CAP_MS) * random.clamp(0.0, 1.0)
}

/// Whether the call goes on after an attempt that failed, and when. `random` lies in 0..1.
pub fn decide(outcome: &Outcome, call: &Call, random: f64) -> Decision {
    let (worth_repeating, retry_after_ms) = match *outcome {
        Outcome::NoAnswer | Outcome::InvalidBody => (true, None),
        Outcome::Redirect => (false, None),
        Outcome::Status { status, is_conflict, retry_after_ms } => {
            // With our own submission, the conflict may mean that it still runs.
            let first_still_runs = is_conflict && (call.attempts > 1 || call.is_own_key);
            (is_retryable_status(status) || first_still_runs, retry_after_ms)
        }
    };
    let asks_too_much = retry_after_ms.is_some_and(|delay_ms| delay_ms > call.patience_ms);
    if !worth_repeating || !call.repeatable || call.attempts > call.max_retries || asks_too_much {
        return Decision::GiveUp { retry_after_ms };
    }
    let repeat = call.attempts.saturating_sub(1);
    Decision::Retry { delay_ms: retry_after_ms.unwrap_or_else(|| backoff_ms(repeat, random)) }
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "a test that overflows fails, as it should")]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::time::{Duration, UNIX_EPOCH};

    /// 2026-05-11T00:00:00Z.
    const NOW_MS: f64 = 1_778_457_600_000.0;
    const CALL: Call = Call {
        repeatable: true,
        attempts: 1,
        max_retries: 4,
        is_own_key: false,
        patience_ms: MAX_RETRY_AFTER_MS,
    };

    /// As in a page: whatever the header says, the platform is asked for its date.
    fn read(header: &str, now_ms: f64) -> Option<f64> {
        let date = httpdate::parse_http_date(header.trim_ascii()).ok();
        let since = date.map(|date| date.duration_since(UNIX_EPOCH).unwrap_or_default());
        parse_retry_after(header, since.map(|since| since.as_secs() as f64 * 1_000.0), now_ms)
    }

    fn status(status: u16) -> Outcome {
        Outcome::Status { status, is_conflict: false, retry_after_ms: None }
    }

    #[test]
    fn only_these_statuses_are_repeated() {
        let repeated: Vec<u16> = (100..600).filter(|status| is_retryable_status(*status)).collect();
        assert_eq!(repeated, [408, 429, 500, 502, 503, 504]);
        for code in [400u16, 401, 402, 403, 404, 409, 410, 413, 415, 422, 501, 302] {
            let given_up = Decision::GiveUp { retry_after_ms: None };
            assert_eq!(decide(&status(code), &Call { attempts: 2, ..CALL }, 0.5), given_up, "{code}");
        }
    }

    #[test]
    fn both_forms_of_retry_after_are_read() {
        for (header, delay_ms) in [
            ("0", Some(0.0)),
            ("7", Some(7_000.0)),
            ("  120\t", Some(120_000.0)),
            ("007", Some(7_000.0)),
            ("Mon, 11 May 2026 00:00:30 GMT", Some(30_000.0)),
            (" Monday, 11-May-26 00:01:00 GMT ", Some(60_000.0)),
            ("Mon May 11 00:00:05 2026", Some(5_000.0)),
            ("Sun, 10 May 2026 23:59:59 GMT", Some(0.0)),
            ("Thu, 01 Jan 1970 00:00:00 GMT", Some(0.0)),
            ("-1", None),
            ("+1", None),
            ("1.5", None),
            ("1e3", None),
            ("", None),
            (" ", None),
            ("soon", None),
            ("4294967295", None),
            ("99999999999999999999", None),
            ("Fri, 31 Dec 9999 23:59:59 GMT", None),
            ("Mon, 32 May 2026 00:00:00 GMT", None),
            ("٣", None),
        ] {
            assert_eq!(read(header, NOW_MS), delay_ms, "{header:?}");
        }
    }

    #[test]
    fn what_a_platform_takes_for_a_date_is_none_unless_it_is_one_of_http() {
        let next_second = Some(NOW_MS + 1_000.0);
        for header in ["1.5", "-1", "+1", "1e3", "", "soon 1", "2026-05-11", "May 11 2026", "٣"] {
            assert_eq!(parse_retry_after(header, next_second, NOW_MS), None, "{header}");
        }
        assert_eq!(parse_retry_after("7", next_second, NOW_MS), Some(7_000.0));
        let date = "Mon, 11 May 2026 00:00:01 GMT";
        assert_eq!(parse_retry_after(date, next_second, NOW_MS), Some(1_000.0));
        for no_date in [None, Some(f64::NAN), Some(f64::INFINITY)] {
            assert_eq!(parse_retry_after(date, no_date, NOW_MS), None);
        }
    }

    #[test]
    fn a_conflict_counts_as_running_only_with_our_own_submission() {
        let conflict = Outcome::Status { status: 409, is_conflict: true, retry_after_ms: None };
        assert_eq!(decide(&conflict, &CALL, 0.5), Decision::GiveUp { retry_after_ms: None });
        let repeat = Call { attempts: 2, ..CALL };
        assert_eq!(decide(&conflict, &repeat, 0.5), decide(&status(503), &repeat, 0.5));
        assert_eq!(
            decide(&conflict, &Call { is_own_key: true, ..CALL }, 1.0),
            Decision::Retry { delay_ms: 500.0 }
        );
        let other = status(409);
        assert_eq!(decide(&other, &repeat, 0.5), Decision::GiveUp { retry_after_ms: None });
    }

    #[test]
    fn what_is_not_repeatable_is_sent_once() {
        let call = Call { repeatable: false, ..CALL };
        for outcome in [Outcome::NoAnswer, Outcome::InvalidBody, Outcome::Redirect, status(503), status(429)]
        {
            assert_eq!(decide(&outcome, &call, 0.5), Decision::GiveUp { retry_after_ms: None });
        }
    }

    #[test]
    fn attempts_end_after_the_allowed_repeats() {
        let sent = |max_retries| {
            let mut call = Call { max_retries, ..CALL };
            while let Decision::Retry { .. } = decide(&Outcome::NoAnswer, &call, 0.5) {
                call.attempts += 1;
            }
            call.attempts
        };
        assert_eq!(sent(0), 1);
        assert_eq!(sent(4), 5);
    }

    #[test]
    fn retry_after_is_obeyed_up_to_a_minute_and_handed_on_beyond() {
        let asks =
            |delay_ms| Outcome::Status { status: 429, is_conflict: false, retry_after_ms: Some(delay_ms) };
        assert_eq!(decide(&asks(60_000.0), &CALL, 0.1), Decision::Retry { delay_ms: 60_000.0 });
        assert_eq!(decide(&asks(0.0), &CALL, 0.1), Decision::Retry { delay_ms: 0.0 });
        assert_eq!(decide(&asks(61_000.0), &CALL, 0.1), Decision::GiveUp { retry_after_ms: Some(61_000.0) });
        let last = Call { attempts: 5, ..CALL };
        assert_eq!(decide(&asks(3_000.0), &last, 0.1), Decision::GiveUp { retry_after_ms: Some(3_000.0) });
    }

    proptest! {
        #[test]
        fn backoff_stays_within_its_bounds(repeat: u32, random in 0.0..1.0f64) {
            let delay_ms = backoff_ms(repeat, random);
            let ceiling = 500.0 * 2f64.powf(f64::from(repeat));
            prop_assert!(delay_ms >= 0.0 && delay_ms <= ceiling.min(8_000.0), "{}", delay_ms);
            prop_assert_eq!(backoff_ms(repeat, 1.0), ceiling.min(8_000.0));
        }

        #[test]
        fn every_second_form_is_read_to_the_second(seconds in 0u32..900_000_000) {
            prop_assert_eq!(read(&seconds.to_string(), NOW_MS), Some(f64::from(seconds) * 1_000.0));
        }

        #[test]
        fn every_date_form_is_read_to_the_second(offset_s in -900_000_000i64..900_000_000) {
            let at_s = NOW_MS as i64 / 1_000 + offset_s;
            let header = httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(at_s as u64));
            prop_assert_eq!(read(&header, NOW_MS), Some(offset_s.max(0) as f64 * 1_000.0));
        }

        #[test]
        fn no_header_breaks_the_reader(header in "(Mon)?.*", date_ms: Option<f64>, now_ms: f64) {
            if let Some(delay_ms) = parse_retry_after(&header, date_ms, now_ms) {
                prop_assert!((0.0..=MAX_SENSIBLE_MS).contains(&delay_ms));
            }
        }
    }
}
