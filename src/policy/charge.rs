//! Whether a submission that failed may have been charged all the same, and whether it surely was not.

use super::retry::Outcome;
use crate::contract::text::split_at_word;

/// Whether the fate of a submission is unknown after an attempt that ended so: its answer never arrived, or was no
/// refusal. A generation may exist then, and cost credits.
pub fn leaves_doubt(outcome: &Outcome) -> bool {
    match outcome {
        Outcome::NoAnswer | Outcome::InvalidBody | Outcome::TooDeep | Outcome::Redirect => true,
        // Nothing reached the API: there was no connection, or the proxy did not pass it on.
        Outcome::NoConnection | Outcome::TooManyAtOnce { .. } => false,
        // A 4xx is an answer, and a refusal, but for 408: the server gave up on an exchange of which it may have read
        // enough. A conflict says that something was begun under the key: perhaps this, by a repeat that the browser
        // made by itself.
        Outcome::Status { status, is_conflict, .. } => {
            *is_conflict || !matches!(status, 400..=407 | 409..=499)
        }
    }
}

/// Whether a request that failed was surely never sent, by the causes of its error: each as its code, or its text where
/// it has none. A connection to a host of several addresses fails with several. Browsers tell no causes, and may have
/// sent it.
pub fn was_never_sent<'a>(causes: impl IntoIterator<Item = &'a str>) -> bool {
    let mut causes = causes.into_iter().peekable();
    causes.peek().is_some() && causes.all(says_no_connection)
}

/// Node.js and Bun have codes; Deno has the text of the Rust library below it.
fn says_no_connection(cause: &str) -> bool {
    const CODES: [&str; 3] = ["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN"];
    const TEXTS: [&str; 2] = ["tcp connect error: Connection refused", "client error (Connect): dns error"];
    CODES.contains(&cause) || TEXTS.iter().any(|text| split_at_word(cause, text).is_some())
}

/// Whether an answer to a submission means for good that nothing was begun and nothing will be charged. Other refusals
/// may be lifted: a pause passes, a key is renewed, and a conflict may be with the very submission that was accepted.
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
            assert!(!leaves_doubt(&Outcome::Status { status, is_conflict: false, retry_after: None }));
        }
    }

    #[test]
    fn only_a_refused_connection_or_an_unknown_host_was_never_sent() {
        let deno = "error sending request for url (http://a/): client error (Connect): \
            tcp connect error: Connection refused (os error 111)";
        let deno_dns =
            "error sending request for url (http://a/): client error (Connect): dns error: no such host";
        for causes in
            [&["ECONNREFUSED"][..], &["ECONNREFUSED", "ECONNREFUSED"], &["ENOTFOUND"], &[deno], &[deno_dns]]
        {
            assert!(was_never_sent(causes.iter().copied()), "{causes:?}");
        }
        for causes in [
            &[][..],
            &["ECONNRESET"],
            &["ECONNREFUSED", "ETIMEDOUT"],
            &["UND_ERR_SOCKET"],
            &["fetch failed"],
            &["client error (SendRequest): connection closed before message completed"],
            &["the server says: ECONNREFUSED"],
        ] {
            assert!(!was_never_sent(causes.iter().copied()), "{causes:?}");
        }
        assert!(
            !leaves_doubt(&Outcome::NoConnection) && !leaves_doubt(&Outcome::TooManyAtOnce { refusals: 1 })
        );
    }

    #[test]
    fn only_a_refusal_leaves_no_doubt() {
        let doubtful: Vec<u16> = (300..600)
            .filter(|status| {
                leaves_doubt(&Outcome::Status { status: *status, is_conflict: false, retry_after: None })
            })
            .collect();
        for status in [400, 401, 402, 403, 404, 409, 410, 413, 415, 418, 422, 429] {
            assert!(!doubtful.contains(&status), "{status}");
        }
        assert!(leaves_doubt(&Outcome::Status { status: 409, is_conflict: true, retry_after: None }));
        for status in [408, 500, 502, 503, 504, 520, 307] {
            assert!(doubtful.contains(&status), "{status}");
        }
        for outcome in [Outcome::NoAnswer, Outcome::InvalidBody, Outcome::TooDeep, Outcome::Redirect] {
            assert!(leaves_doubt(&outcome), "{outcome:?}");
        }
    }
}
