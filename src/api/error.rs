//! Why a call ended without what it was made for.

use std::fmt;
use std::time::Duration;

use serde::de::DeserializeOwned;

use super::generation::{Generation, parse};
use crate::client::Failure;
use crate::contract::validation::Issue;
use crate::platform::Answer;
use crate::web::JsAnswer;

/// The API's error, or one of ours. Neither its message nor its `Debug` holds a key.
/// ```no_run
/// use rivya_wasm::api::Error;
///
/// /// What a person is told.
/// fn told(error: &Error) -> String {
///     match error.code() {
///         "validation_failed" if !error.issues().is_empty() => {
///             let issues = error.issues().iter().map(|issue| format!("{} {}", issue.path, issue.message));
///             issues.collect::<Vec<_>>().join("\n")
///         }
///         "insufficient_credits" => "Your credits don't suffice.".to_owned(),
///         "timeout" => "It takes longer than usual, and goes on.".to_owned(),
///         _ if error.may_have_been_charged() => "It may be on its way. Don't send it again.".to_owned(),
///         _ if error.retryable() => "That failed. Try it again.".to_owned(),
///         _ => error.to_string(),
///     }
/// }
/// ```
#[derive(Clone)]
pub struct Error(Box<Told>);

#[derive(Clone)]
struct Told {
    failure: Failure<JsAnswer>,
    /// The failure's, where it has the documented form.
    generation: Option<Generation>,
}

impl Error {
    pub(super) fn new(code: &str, message: &str) -> Self {
        Self::from(Failure::new(code, message.to_owned()))
    }

    /// A stable code: the API's (contract, section 9), `http_<status>`, or one of ours.
    pub fn code(&self) -> &str {
        &self.0.failure.code
    }

    /// HTTP status, where an answer was received.
    pub fn status(&self) -> Option<u16> {
        self.0.failure.status
    }

    /// The API's id of the request.
    pub fn request_id(&self) -> Option<&str> {
        self.0.failure.request_id.as_deref()
    }

    /// Whether the same call may be made again unchanged.
    pub fn retryable(&self) -> bool {
        self.0.failure.retryable
    }

    /// After how long to come back, from when the answer was received, where the server named a time.
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.failure.retry_after
    }

    /// How many requests the call has sent.
    pub fn attempts(&self) -> u32 {
        self.0.failure.attempts
    }

    /// Whether a submission may have been accepted, and charged, all the same. [`super::Client::resume_key`] finds out.
    pub fn may_have_been_charged(&self) -> bool {
        self.0.failure.may_have_been_charged
    }

    /// The key of the submission.
    pub fn idempotency_key(&self) -> Option<&str> {
        self.0.failure.idempotency_key.as_deref()
    }

    /// What validation found.
    pub fn issues(&self) -> &[Issue] {
        &self.0.failure.issues
    }

    /// The last state of the generation that was seen.
    pub fn generation(&self) -> Option<&Generation> {
        self.0.generation.as_ref()
    }

    /// Its id, which is known also where the rest of it has not the documented form.
    pub fn generation_id(&self) -> Option<String> {
        self.0.failure.generation.as_ref()?.text(&["id"])
    }
}

/// What an answer says, as a type of ours. The flows have looked at what they rely on: what fails here is a member of
/// another type than documented.
pub(super) fn documented<T: DeserializeOwned>(answer: &JsAnswer) -> Result<T, Error> {
    parse(answer).map_err(|why| {
        let message = ["The answer has not the form that is documented: ", &why.to_string()].concat();
        Error::new("invalid_response", &message)
    })
}

/// The same of a generation: it may have been paid for, and its entry gone from the journal, so the error keeps it.
pub(super) fn documented_generation(answer: &JsAnswer) -> Result<Generation, Error> {
    documented(answer).map_err(|error: Error| {
        Error::from(error.0.failure.with(|facts| facts.generation = Some(answer.clone())))
    })
}

/// An option that does not fit.
pub(super) fn wrong_option(name: &str, problem: &str) -> Error {
    Error::new("invalid_option", &[name, " ", problem].concat())
}

impl From<Failure<JsAnswer>> for Error {
    fn from(failure: Failure<JsAnswer>) -> Self {
        let generation = failure.generation.as_ref().and_then(|answer| parse(answer).ok());
        Self(Box::new(Told { failure, generation }))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.0.failure.code, self.0.failure.message)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Error")
            .field("code", &self.0.failure.code)
            .field("message", &self.0.failure.message)
            .field("status", &self.0.failure.status)
            .field("attempts", &self.0.failure.attempts)
            .field("may_have_been_charged", &self.0.failure.may_have_been_charged)
            .field("idempotency_key", &self.0.failure.idempotency_key)
            .finish_non_exhaustive()
    }
}

impl std::error::Error for Error {}
