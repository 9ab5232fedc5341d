//! Rivya's API: the crate decides, the Worker fetches and sleeps.

use js_sys::{Date, Math};
use rivya_wasm::contract::error::from_envelope;
use rivya_wasm::contract::value::Value;
use rivya_wasm::policy::charge::leaves_doubt;
use rivya_wasm::policy::retry::{CONFLICT, Call, Decision, MAX_RETRY_AFTER_MS, Outcome, decide};
use rivya_wasm::policy::retry_after::parse_retry_after;
use std::time::Duration;
use web_sys::AbortSignal;
use worker::{CacheMode, Delay, Fetch, Headers, Method, Request, RequestInit, RequestRedirect};

/// One attempt's limit.
const ATTEMPT_MS: u32 = 30_000;
/// Attempts after the first.
const MAX_RETRIES: u32 = 4;

/// Where it is, and who asks.
pub struct Api {
    /// What `/generations` is appended to.
    pub base_url: String,
    /// Goes into `Authorization`, and nowhere else.
    pub key: String,
}

/// A POST: what is sent, and under which key it may be sent again.
pub struct Submission {
    pub body: String,
    pub idempotency_key: String,
    /// Whether the key is of our own making: nobody else can have used it.
    pub is_own_key: bool,
}

/// Why there is no answer.
pub struct Failure {
    pub code: String,
    pub message: String,
    /// Something was sent of which no answer tells: ask again with the same bytes, under the same key.
    pub may_have_been_charged: bool,
}

struct Answer {
    status: u16,
    body: Value,
    retry_after: Option<String>,
}

impl Api {
    /// A GET, or a POST of a submission, sent again where that is free and may help.
    pub async fn ask(&self, path: &str, submission: Option<&Submission>) -> Result<Value, Failure> {
        let mut may_have_been_charged = false;
        let mut attempts = 0;
        loop {
            attempts += 1;
            let answer = self.attempt(path, submission).await;
            let outcome = match answer {
                Ok(Answer { status: 200..=299, body, .. }) if body.get("id").is_some() => return Ok(body),
                Ok(Answer { status: 200..=299, .. }) => Outcome::InvalidBody,
                // A redirect that is not followed may come without its status.
                Ok(Answer { status: 0 | 300..=399, .. }) => Outcome::Redirect,
                Ok(ref answer) => answer.refusal(),
                Err(_) => Outcome::NoAnswer,
            };
            may_have_been_charged |= submission.is_some() && leaves_doubt(&outcome);
            let call = Call {
                repeatable: true, // a GET, or under its key
                attempts,
                max_retries: MAX_RETRIES,
                is_own_key: submission.is_some_and(|submission| submission.is_own_key),
                patience_ms: MAX_RETRY_AFTER_MS,
                place_within_ms: None,
            };
            match decide(&outcome, &call, Math::random()) {
                Decision::Retry { delay_ms } => {
                    Delay::from(Duration::from_secs_f64(delay_ms / 1_000.0)).await
                }
                Decision::GiveUp { .. } => return Err(failure(answer, may_have_been_charged)),
            }
        }
    }

    async fn attempt(&self, path: &str, submission: Option<&Submission>) -> worker::Result<Answer> {
        let headers = Headers::new();
        headers.set("Authorization", &format!("Bearer {}", self.key))?;
        let mut init = RequestInit::new();
        init.with_redirect(RequestRedirect::Manual).with_cache(CacheMode::NoStore);
        if let Some(Submission { body, idempotency_key, .. }) = submission {
            headers.set("Content-Type", "application/json")?;
            headers.set("Idempotency-Key", idempotency_key)?;
            init.with_method(Method::Post).with_body(Some(body.into()));
        }
        init.with_headers(headers);
        let request = Request::new_with_init(&format!("{}{path}", self.base_url), &init)?;
        let in_time = AbortSignal::timeout_with_u32(ATTEMPT_MS).into();
        let mut response = Fetch::Request(request).send_with_signal(&in_time).await?;
        let text = response.text().await?;
        Ok(Answer {
            status: response.status_code(),
            body: serde_json::from_str(&text).unwrap_or(Value::Null),
            retry_after: response.headers().get("Retry-After")?,
        })
    }
}

impl Answer {
    fn refusal(&self) -> Outcome {
        let header = self.retry_after.as_deref();
        let retry_after_ms = header.and_then(|header| parse_retry_after(header, Date::parse, Date::now()));
        let is_conflict = self.error_member("code").is_some_and(|code| code == CONFLICT);
        Outcome::Status { status: self.status, is_conflict, retry_after_ms }
    }

    fn error_member(&self, name: &str) -> Option<String> {
        self.body.get("error")?.get(name)?.as_str().map(str::to_owned)
    }
}

fn failure(answer: worker::Result<Answer>, may_have_been_charged: bool) -> Failure {
    let (code, message) = match answer {
        Ok(answer) if answer.status >= 400 => {
            let error = from_envelope(answer.status, |name| answer.error_member(name));
            (error.code, error.message)
        }
        Ok(_) => ("invalid_response".to_owned(), "What answered is not the API".to_owned()),
        Err(error) => ("network_error".to_owned(), error.to_string()),
    };
    Failure { code, message, may_have_been_charged }
}
