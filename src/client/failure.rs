//! Why a call ended without what it was made for.

use crate::contract::validation::{Issue, Severity};

/// An error as a value: the API's, or one of ours. Its message never holds a key.
#[derive(Clone, Debug)]
pub struct Failure<A> {
    /// A stable code: the API's (contract, section 9), `http_<status>`, or one of ours.
    pub code: String,
    /// What was wrong, where, and what would be right.
    pub message: String,
    /// HTTP status, where an answer was received.
    pub status: Option<u16>,
    /// The API's id of the request.
    pub request_id: Option<String>,
    /// Whether the same call may be made again unchanged.
    pub retryable: bool,
    /// When to come back, in milliseconds, where the server named a time.
    pub retry_after_ms: Option<f64>,
    /// What validation found.
    pub issues: Vec<Issue>,
    /// How many requests the call has sent.
    pub attempts: u32,
    /// Whether a submission may have been accepted, and charged, all the same.
    pub may_have_been_charged: bool,
    /// The key of the submission: with it the same call goes on instead of beginning another one.
    pub idempotency_key: Option<String>,
    /// The last state of the generation that was seen.
    pub generation: Option<A>,
}

impl<A> Failure<A> {
    /// A failure found on this side, before or without an answer: no status, not retryable.
    pub(crate) fn new(code: &str, message: String) -> Self {
        Self {
            code: code.to_owned(),
            message,
            status: None,
            request_id: None,
            retryable: false,
            retry_after_ms: None,
            issues: Vec::new(),
            attempts: 0,
            may_have_been_charged: false,
            idempotency_key: None,
            generation: None,
        }
    }

    /// `validation_failed` found on this side: every problem at once.
    pub(crate) fn invalid(issues: Vec<Issue>) -> Self {
        let mut message = "The request would be refused:".to_owned();
        for issue in issues.iter().filter(|issue| issue.severity == Severity::Error) {
            for part in ["\n  ", &issue.path, ": ", &issue.message] {
                message.push_str(part);
            }
        }
        Self { issues, ..Self::new("validation_failed", message) }
    }

    /// The same call may succeed next time.
    pub(crate) fn retryable(mut self) -> Self {
        self.retryable = true;
        self
    }
}
