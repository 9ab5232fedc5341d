//! Whether a submission that failed may have been charged all the same.

use super::retry::Outcome;

/// Whether the fate of a submission is unknown after an attempt that ended so: its answer never arrived, or was none of the API's words for
/// a refusal. A generation may exist then, and cost credits.
pub fn leaves_doubt(outcome: &Outcome<'_>) -> bool {
    match outcome {
        Outcome::NoAnswer | Outcome::InvalidBody | Outcome::Redirect => true,
        // Refused before any work began (contract, section 3.2), or not even let in (401, 429). A conflict is about another submission.
        Outcome::Status { status, .. } => !matches!(status, 400..=404 | 409 | 413 | 415 | 422 | 429),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_refusal_in_the_apis_own_words_leaves_no_doubt() {
        let doubtful: Vec<u16> = (300..600)
            .filter(|status| {
                leaves_doubt(&Outcome::Status { status: *status, code: "x", retry_after_ms: None })
            })
            .collect();
        for status in [400, 401, 402, 403, 404, 409, 413, 415, 422, 429] {
            assert!(!doubtful.contains(&status), "{status}");
        }
        for status in [408, 500, 502, 503, 504, 520, 307, 410] {
            assert!(doubtful.contains(&status), "{status}");
        }
        assert!(
            leaves_doubt(&Outcome::NoAnswer)
                && leaves_doubt(&Outcome::InvalidBody)
                && leaves_doubt(&Outcome::Redirect)
        );
    }
}
