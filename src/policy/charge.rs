//! Whether a submission that failed may have been charged all the same, and whether it surely was not.

use super::retry::Outcome;

/// Whether the fate of a submission is unknown after an attempt that ended so: its answer never arrived, or was no refusal. A generation may exist then, and cost credits.
pub fn leaves_doubt(outcome: &Outcome) -> bool {
    match outcome {
        Outcome::NoAnswer | Outcome::InvalidBody | Outcome::Redirect => true,
        // A 4xx is an answer, and a refusal, but for 408: the server gave up on an exchange of which it may have read enough.
        // A conflict says that something was begun under the key: perhaps this, by a repeat that the browser made by itself.
        Outcome::Status { status, is_conflict, .. } => {
            *is_conflict || !matches!(status, 400..=407 | 409..=499)
        }
    }
}

/// Whether an answer to a submission means for good that nothing was begun and nothing will be charged. Other refusals may be lifted: a pause
/// passes, a key is renewed, and a conflict may be with the very submission that was accepted.
pub fn is_definite_refusal(status: u16) -> bool {
    matches!(status, 400 | 402 | 403 | 404 | 413 | 415 | 422)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_definite_refusal_leaves_no_doubt() {
        let definite: Vec<u16> = (100..600).filter(|status| is_definite_refusal(*status)).collect();
        assert_eq!(definite, [400, 402, 403, 404, 413, 415, 422]);
        for status in definite {
            assert!(!leaves_doubt(&Outcome::Status { status, is_conflict: false, retry_after_ms: None }));
        }
    }

    #[test]
    fn only_a_refusal_leaves_no_doubt() {
        let doubtful: Vec<u16> = (300..600)
            .filter(|status| {
                leaves_doubt(&Outcome::Status { status: *status, is_conflict: false, retry_after_ms: None })
            })
            .collect();
        for status in [400, 401, 402, 403, 404, 409, 410, 413, 415, 418, 422, 429] {
            assert!(!doubtful.contains(&status), "{status}");
        }
        assert!(leaves_doubt(&Outcome::Status { status: 409, is_conflict: true, retry_after_ms: None }));
        for status in [408, 500, 502, 503, 504, 520, 307] {
            assert!(doubtful.contains(&status), "{status}");
        }
        assert!(
            leaves_doubt(&Outcome::NoAnswer)
                && leaves_doubt(&Outcome::InvalidBody)
                && leaves_doubt(&Outcome::Redirect)
        );
    }
}
