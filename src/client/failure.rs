//! Why a call ended without what it was made for.

use std::ops::{Deref, DerefMut};
use std::time::Duration;

use crate::contract::validation::{Issue, Severity};
use crate::platform::Platform;

/// What a call over a platform comes to.
pub type Outcome<P, T = <P as Platform>::Answer> = Result<T, Failure<<P as Platform>::Answer>>;

/// An error as a value: the API's, or one of ours, in a box: flows hand it from one to the next, and most of them end
/// well. Its message never holds a key.
#[derive(Clone, Debug)]
pub struct Failure<A>(Box<Facts<A>>);

/// What a [`Failure`] tells.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Facts<A> {
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
    /// After how long to come back, where the server named a time.
    pub retry_after: Option<Duration>,
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
        Self(Box::new(Facts {
            code: code.to_owned(),
            message,
            status: None,
            request_id: None,
            retryable: false,
            retry_after: None,
            issues: Vec::new(),
            attempts: 0,
            may_have_been_charged: false,
            idempotency_key: None,
            generation: None,
        }))
    }

    /// What it tells, to be taken apart.
    pub fn into_facts(self) -> Facts<A> {
        *self.0
    }

    /// The same with some of its facts changed.
    pub(crate) fn with(mut self, change: impl FnOnce(&mut Facts<A>)) -> Self {
        change(&mut self.0);
        self
    }

    /// `validation_failed` found on this side: every problem at once.
    pub(crate) fn invalid(issues: Vec<Issue>) -> Self {
        let mut message = "The request would be refused:".to_owned();
        for issue in issues.iter().filter(|issue| issue.severity == Severity::Error) {
            for part in ["\n  ", &issue.path, ": ", &issue.message] {
                message.push_str(part);
            }
        }
        Self::new("validation_failed", message).with(|facts| facts.issues = issues)
    }

    /// A submission may have been accepted all the same.
    pub(crate) fn perhaps_charged(self) -> Self {
        self.with(|facts| facts.may_have_been_charged = true)
    }

    /// The same call may succeed next time.
    pub(crate) fn retryable(self) -> Self {
        self.with(|facts| facts.retryable = true)
    }
}

impl<A> Deref for Failure<A> {
    type Target = Facts<A>;

    fn deref(&self) -> &Facts<A> {
        &self.0
    }
}

impl<A> DerefMut for Failure<A> {
    fn deref_mut(&mut self) -> &mut Facts<A> {
        &mut self.0
    }
}
