//! A generation is submitted once: one key and the same bytes over all attempts.

use super::Core;
use super::answers::{Generation, is_generation};
use super::call::Body;
use crate::contract::idempotency_key;
use crate::js::arguments::Checked;
use crate::js::error::{Error, Failure, wrong_argument};
use crate::js::platform;

/// The key of one submission.
pub(crate) struct Key {
    text: String,
    /// Whether the caller gave it: then the same call again is a repeat, else it would be a second submission.
    is_callers: bool,
}

impl Key {
    /// The option `idempotencyKey`, or a fresh one.
    pub fn option(options: &Checked) -> Result<Self, Error> {
        match options.string("idempotencyKey") {
            Some(text) if idempotency_key::is_valid(&text) => Ok(Self { text, is_callers: true }),
            Some(_) => Err(wrong_argument(&[
                "options.idempotencyKey must be 1 to 128 characters of printable ASCII",
            ])),
            None => {
                Ok(Self { text: idempotency_key::from_random(&platform::random_bytes()), is_callers: false })
            }
        }
    }

    /// What any failure after the submission says of it.
    pub fn mark(&self, mut failure: Failure) -> Failure {
        failure.idempotency_key = Some(self.text.clone());
        // Without a key of the caller's, the same call would be another submission, with another charge.
        failure.retryable &= self.is_callers;
        failure.attempts = failure.attempts.max(1);
        failure
    }
}

impl Core {
    /// `POST /generations`.
    pub(crate) async fn submit(
        &self,
        body: String,
        key: &Key,
        timeout_ms: Option<f64>,
    ) -> Result<Generation, Failure> {
        let mut call = self.call("/generations".to_owned(), Body::Json(body), timeout_ms, is_generation);
        call.idempotency_key = Some(key.text.clone());
        let generation = self.send(&call).await.map_err(|mut failure| {
            failure.retryable &= key.is_callers || !failure.may_have_been_charged;
            failure
        })?;
        Generation::of(generation).ok_or_else(|| {
            Failure::new("invalid_response", &["The answer to the submission is no generation"])
        })
    }
}
