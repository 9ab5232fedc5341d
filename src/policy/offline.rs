//! What a call does while its machine has no network.
//!
//! A platform that says it is offline may be wrong, where a server of the machine's own answers. So it is believed only
//! after a request has failed, and before a submission: one that was handed to a browser's fetch may have been charged
//! for all that anybody knows.

/// Longest wait for the network of a call without a limit of its own, and of a submission that was not sent yet (our
/// convention).
pub const MAX_OFFLINE_MS: f64 = 60_000.0;

/// Where a call met an outage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Met {
    /// Before its first attempt: it is a submission, which is held back.
    BeforeAnAttempt,
    /// When an attempt failed.
    AfterAnAttempt,
}

/// How long a call waits for the network before it ends with `network_error`. `left_ms`: what is left of a wait's
/// limit, where it is one.
pub fn offline_wait_ms(met: Met, left_ms: Option<f64>) -> f64 {
    let max_ms = match met {
        Met::BeforeAnAttempt => MAX_OFFLINE_MS,
        Met::AfterAnAttempt => f64::INFINITY,
    };
    left_ms.unwrap_or(MAX_OFFLINE_MS).min(max_ms)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_waits_within_its_limit_and_any_other_call_and_a_submission_held_back_for_a_minute() {
        for (met, left_ms, wait_ms) in [
            (Met::AfterAnAttempt, Some(900_000.0), 900_000.0),
            (Met::AfterAnAttempt, Some(3_000.0), 3_000.0),
            (Met::AfterAnAttempt, None, 60_000.0),
            (Met::BeforeAnAttempt, Some(900_000.0), 60_000.0),
            (Met::BeforeAnAttempt, Some(3_000.0), 3_000.0),
            (Met::BeforeAnAttempt, None, 60_000.0),
        ] {
            assert_eq!(offline_wait_ms(met, left_ms), wait_ms, "{met:?} {left_ms:?}");
        }
    }
}
