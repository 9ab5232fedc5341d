//! A generation is submitted once: one key and the same bytes over all attempts.

use super::Core;
use super::answers::Generation;
use super::call::{Body, Call, PATIENCE_MS};
use crate::contract::idempotency_key;
use crate::js::arguments::Arguments;
use crate::js::error::{Error, Failure};
use crate::js::platform;

/// The key of one submission.
pub(crate) struct Key {
    pub text: String,
    /// Whether the caller gave it: then the same call again is a repeat, else it would be a second submission.
    pub is_callers: bool,
}

impl Key {
    /// The option `idempotencyKey`, or a fresh one.
    pub fn option(options: &Arguments) -> Result<Self, Error> {
        match options.string("idempotencyKey")? {
            Some(text) if idempotency_key::is_valid(&text) => Ok(Self { text, is_callers: true }),
            Some(_) => {
                Err(Error::argument("options.idempotencyKey must be 1 to 128 characters of printable ASCII"))
            }
            None => {
                Ok(Self { text: idempotency_key::from_random(&platform::random_bytes()), is_callers: false })
            }
        }
    }

    /// What any failure after submission began says of it.
    pub fn mark(&self, failure: Failure) -> Failure {
        Failure {
            idempotency_key: Some(self.text.clone()),
            // Without a key of the caller's, the same call would be another submission, with another charge.
            retryable: failure.retryable && self.is_callers,
            ..failure
        }
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
        let call = Call {
            method: "POST",
            path: "/generations".to_owned(),
            body: Body::Json(body),
            idempotency_key: Some(key.text.clone()),
            timeout_ms: timeout_ms.unwrap_or(self.config.timeout_ms),
            max_retries: self.config.max_retries,
            patience_ms: PATIENCE_MS,
            accepts: |json| Generation::of(json.clone()).is_some(),
            on_delay: None,
        };
        let received = self.send(&call).await.map_err(|failure| {
            // A key that was refused for good, or whose fate nobody knows, makes a new submission of the same call.
            let safe = !failure.may_have_been_charged && failure.retryable;
            Failure { retryable: safe || (failure.retryable && key.is_callers), ..failure }
        })?;
        Generation::of(received)
            .ok_or_else(|| Failure::new("invalid_response", "The answer to the submission is no generation"))
    }
}
