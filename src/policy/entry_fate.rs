//! What a journal keeps of a submission, and for how long. Our conventions: the API documents no lifetime of a key.

/// Until so long after its start a submission is sent again under its key; and so long after its result was delivered
/// an entry is kept.
pub const LIFETIME_MS: f64 = 86_400_000.0;

/// What becomes of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It stays as it is: the work may exist.
    Stays,
    /// It goes.
    Goes,
    /// It stays, as that of a generation which the API knows no more.
    IsLost,
}

/// Whether a submission was sent before the call that is at it now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SentBefore {
    /// It is a new one.
    No,
    /// An earlier run, or another call, may have sent it, and nobody saw the answer.
    Perhaps,
}

/// After a submission that failed. `refusals` counts its definite refusals (`charge::is_definite_refusal`).
pub fn after_submission(attempts: u32, refusals: u32, sent_before: SentBefore) -> Fate {
    let is_refused = attempts > 0 && attempts == refusals;
    if is_refused && sent_before == SentBefore::No { Fate::Goes } else { Fate::Stays }
}

/// After polls that ended with an error of such a status and code.
pub fn after_poll(status: Option<u16>, code: &str) -> Fate {
    if status == Some(404) && code == "not_found" { Fate::IsLost } else { Fate::Stays }
}

/// Whether a submission of which no answer was seen may be sent again. One from the future was started by a clock that
/// was set back since.
pub fn may_be_sent_again(started_ms: f64, now_ms: f64) -> bool {
    now_ms - started_ms <= LIFETIME_MS
}

/// Whether an entry has done its service.
pub fn is_over(delivered_ms: Option<f64>, now_ms: f64) -> bool {
    delivered_ms.is_some_and(|delivered_ms| now_ms - delivered_ms > LIFETIME_MS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_entry_goes_when_every_submission_was_definitely_refused_and_not_before() {
        assert_eq!(after_submission(1, 1, SentBefore::No), Fate::Goes);
        assert_eq!(after_submission(3, 3, SentBefore::No), Fate::Goes);
        assert_eq!(after_submission(3, 1, SentBefore::No), Fate::Stays);
        assert_eq!(after_submission(1, 0, SentBefore::No), Fate::Stays);
        // Another tab, or an earlier visit, may have been luckier.
        assert_eq!(after_submission(1, 1, SentBefore::Perhaps), Fate::Stays);
        assert_eq!(after_submission(0, 0, SentBefore::No), Fate::Stays);
    }

    #[test]
    fn only_a_task_that_the_api_does_not_know_is_lost() {
        assert_eq!(after_poll(Some(404), "not_found"), Fate::IsLost);
        for (status, code) in [
            (Some(404), "http_404"),
            (Some(401), "api_key_invalid"),
            (None, "timeout"),
            (Some(410), "not_found"),
        ] {
            assert_eq!(after_poll(status, code), Fate::Stays, "{code}");
        }
    }

    const DAY_MS: f64 = 24.0 * 60.0 * 60.0 * 1_000.0;
    /// Of the wall clock: when a day begins must not matter.
    const MOMENTS_MS: [f64; 3] = [0.0, 1_778_457_600_000.0, -5_000.0];

    #[test]
    fn a_submission_without_an_answer_is_sent_again_for_a_day_from_its_start() {
        for started_ms in MOMENTS_MS {
            assert!(may_be_sent_again(started_ms, started_ms));
            assert!(may_be_sent_again(started_ms, started_ms + DAY_MS));
            assert!(!may_be_sent_again(started_ms, started_ms + DAY_MS + 1.0));
            // The clock was set back, by more than a day even.
            assert!(may_be_sent_again(started_ms, started_ms - 2.0 * DAY_MS));
        }
    }

    #[test]
    fn an_entry_is_kept_for_a_day_from_its_delivery_and_for_good_where_there_was_none() {
        for delivered_ms in MOMENTS_MS {
            assert!(!is_over(Some(delivered_ms), delivered_ms));
            assert!(!is_over(Some(delivered_ms), delivered_ms + DAY_MS));
            assert!(is_over(Some(delivered_ms), delivered_ms + DAY_MS + 1.0));
        }
        assert!(!is_over(None, 1e18));
    }

    proptest! {
        #[test]
        fn junk_times_keep_what_is_there_and_send_nothing(started_ms: f64, now_ms: f64) {
            if started_ms.is_nan() || now_ms.is_nan() {
                prop_assert!(!may_be_sent_again(started_ms, now_ms) && !is_over(Some(started_ms), now_ms));
            }
        }
    }
}
