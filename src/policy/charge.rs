//! Whether a submission that failed may have been charged all the same.

use super::retry::Outcome;

/// Whether the fate of a submission is unknown after an attempt that ended so: its answer never arrived, or was no refusal. A generation may exist then, and cost credits.
pub fn leaves_doubt(outcome: &Outcome<'_>) -> bool {
    match outcome {
        Outcome::NoAnswer | Outcome::InvalidBody | Outcome::Redirect => true,
        // A 4xx is an answer, and a refusal, but for 408: the server gave up on an exchange of which it may have read enough.
        Outcome::Status { status, .. } => !matches!(status, 400..=407 | 409..=499),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_refusal_leaves_no_doubt() {
        let doubtful: Vec<u16> = (300..600)
            .filter(|status| {
                leaves_doubt(&Outcome::Status { status: *status, code: "x", retry_after_ms: None })
            })
            .collect();
        for status in [400, 401, 402, 403, 404, 409, 410, 413, 415, 418, 422, 429] {
            assert!(!doubtful.contains(&status), "{status}");
        }
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
