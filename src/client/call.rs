//! One call of the API: attempts until it is answered, refused for good, or out of attempts.

use std::rc::Rc;

use js_sys::Object;
use wasm_bindgen::prelude::*;
use web_sys::{FormData, Headers};

use super::Core;
use crate::contract::error::{ApiError, from_envelope};
use crate::contract::value::Value;
use crate::js::answer::Answer;
use crate::js::data;
use crate::js::error::Failure;
use crate::js::file::LocalFile;
use crate::js::platform;
use crate::js::scope::Abort;
use crate::js::timer::{sleep, with_limit};
use crate::policy::charge;
use crate::policy::retry::{
    self, Decision, MAX_RETRY_AFTER_MS, Outcome, decide, is_retryable_status, parse_retry_after,
};

/// How much of a body that is no JSON an error shows.
const EXCERPT_CHARACTERS: usize = 200;
/// How long a call that is no wait stands still for the server's or the network's sake.
pub(crate) const PATIENCE_MS: f64 = MAX_RETRY_AFTER_MS;

/// What is sent.
pub(crate) enum Body {
    None,
    /// The same text for every attempt.
    Json(String),
    /// Made anew for every attempt from the same file.
    Form(Upload),
}

/// A file, and what goes before it in the form.
pub(crate) struct Upload {
    pub file: LocalFile,
    pub fields: Vec<(&'static str, String)>,
    pub mime: String,
    pub name: String,
    /// What errors call it: `references[2]`.
    pub path: String,
}

/// A request, and how hard to try.
pub(crate) struct Call {
    pub method: &'static str,
    /// Appended to the base URL.
    pub path: String,
    pub body: Body,
    pub idempotency_key: Option<String>,
    /// One attempt's limit, the body's reading included.
    pub timeout_ms: f64,
    /// Attempts after the first.
    pub max_retries: u32,
    /// The longest pause between two attempts; a longer one ends the call.
    pub patience_ms: f64,
    /// Whether an answer is the JSON that is needed; else it is `invalid_response`, and repeated like a truncated one.
    pub accepts: fn(&JsValue) -> bool,
    /// Told of everything that delays the call.
    pub on_delay: Option<Rc<dyn Fn(Delay)>>,
}

/// What delays a call.
pub(crate) struct Delay<'a> {
    pub failure: &'a Failure,
    pub delay_ms: f64,
    /// False where nothing was sent: the client stands still after another call's 429.
    pub was_sent: bool,
}

/// How one attempt ended without success.
pub(crate) struct Failed {
    pub failure: Failure,
    pub cause: Cause,
}

/// The part of a failed attempt that decides what follows.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Cause {
    NoAnswer,
    InvalidBody,
    Redirect,
    Status { retry_after_ms: Option<f64> },
}

impl Failed {
    /// As the rules see it.
    pub fn outcome(&self) -> Outcome<'_> {
        match self.cause {
            Cause::NoAnswer => Outcome::NoAnswer,
            Cause::InvalidBody => Outcome::InvalidBody,
            Cause::Redirect => Outcome::Redirect,
            Cause::Status { retry_after_ms } => Outcome::Status {
                status: self.failure.status.unwrap_or(0),
                code: &self.failure.code,
                retry_after_ms,
            },
        }
    }
}

impl Core {
    /// A GET, with the client's own limits.
    pub(crate) fn get(&self, path: String, timeout_ms: Option<f64>, accepts: fn(&JsValue) -> bool) -> Call {
        Call {
            method: "GET",
            path,
            body: Body::None,
            idempotency_key: None,
            timeout_ms: timeout_ms.unwrap_or(self.config.timeout_ms),
            max_retries: self.config.max_retries,
            patience_ms: PATIENCE_MS,
            accepts,
            on_delay: None,
        }
    }

    /// Sends until there is an answer. Every attempt carries the same key and the same bytes.
    pub(crate) async fn send(&self, call: &Call) -> Result<JsValue, Failure> {
        let mut attempts: u32 = 0;
        let mut doubt = false;
        loop {
            let failed = match self.pass(call).await {
                Ok(place) => {
                    attempts = attempts.saturating_add(1);
                    let sent_ms = platform::now_ms();
                    let result = self.attempt(call).await;
                    // Learned before the place is given up: who comes next must know of a 429.
                    self.learn(&result, sent_ms);
                    drop(place);
                    match result {
                        Ok(json) => return Ok(json),
                        Err(failed) => failed,
                    }
                }
                Err(paused) => return Err(finish(paused, call, attempts, doubt)),
            };
            doubt |= charge::leaves_doubt(&failed.outcome());
            if failed.cause == Cause::NoAnswer {
                if let Body::Form(upload) = &call.body
                    && let Err(unreadable) = upload.file.check_readable(&upload.path).await
                {
                    return Err(finish(unreadable, call, attempts, doubt));
                }
                if self.config.fetch.is_platform()
                    && platform::is_offline()
                    && platform::has_online_event()
                    && back_online(call.patience_ms).await
                {
                    attempts = attempts.saturating_sub(1);
                    continue;
                }
            }
            let so_far = retry::Call {
                repeatable: true,
                attempts,
                max_retries: call.max_retries,
                resumed: false,
                patience_ms: call.patience_ms,
            };
            match decide(&failed.outcome(), &so_far, platform::random()) {
                Decision::Retry { delay_ms } => {
                    if let Some(on_delay) = &call.on_delay {
                        on_delay(Delay { failure: &failed.failure, delay_ms, was_sent: true });
                    }
                    sleep(delay_ms).await;
                }
                Decision::GiveUp { retry_after_ms } => {
                    return Err(finish(Failure { retry_after_ms, ..failed.failure }, call, attempts, doubt));
                }
            }
        }
    }

    /// One attempt. Dropping it aborts the request.
    async fn attempt(&self, call: &Call) -> Result<JsValue, Failed> {
        let abort = Abort::new();
        let exchange = async {
            let init = self.init(call, &abort).map_err(|cause| self.unreachable(&cause))?;
            let url = format!("{}{}", self.config.base_url, call.path);
            let answer =
                self.config.fetch.call(&url, &init).await.map_err(|cause| self.unreachable(&cause))?;
            self.read(call, &answer).await
        };
        let result = match with_limit(call.timeout_ms, exchange).await {
            Some(result) => result,
            None => {
                let message =
                    format!("{} {} was not answered within {} ms", call.method, call.path, call.timeout_ms);
                let failure = Failure { retryable: true, ..Failure::new("timeout", message) };
                return Err(Failed { failure, cause: Cause::NoAnswer });
            }
        };
        abort.let_go();
        result
    }

    fn init(&self, call: &Call, abort: &Abort) -> Result<Object, JsValue> {
        let headers = Headers::new()?;
        for (name, value) in &self.config.headers {
            headers.set(name, value)?;
        }
        headers.set("accept", "application/json")?;
        if let Some(key) = &self.config.api_key {
            headers.set("authorization", &format!("Bearer {key}"))?;
        }
        if let Some(key) = &call.idempotency_key {
            headers.set("idempotency-key", key)?;
        }
        let init = data::object([("method", call.method.into()), ("redirect", "manual".into())]);
        match &call.body {
            Body::None => {
                if platform::has_request_cache() {
                    data::set(&init, "cache", &"no-store".into());
                }
            }
            Body::Json(text) => {
                headers.set("content-type", "application/json")?;
                data::set(&init, "body", &text.as_str().into());
            }
            Body::Form(upload) => data::set(&init, "body", &JsValue::from(form(upload)?)),
        }
        if call.method == "POST" {
            headers.set("x-rivya-client", env!("CARGO_PKG_VERSION"))?;
        }
        data::set(&init, "headers", &headers);
        if let Some(signal) = abort.signal() {
            data::set(&init, "signal", &signal);
        }
        if let Some(credentials) = self.config.credentials {
            data::set(&init, "credentials", &credentials.into());
        }
        Ok(init)
    }

    async fn read(&self, call: &Call, answer: &Answer) -> Result<JsValue, Failed> {
        if answer.is_redirect() {
            let message = format!(
                "{} {} was answered with a redirect; baseUrl must name the API itself",
                call.method, call.path
            );
            let failure = Failure {
                status: Some(answer.status).filter(|status| *status != 0),
                ..Failure::new("invalid_response", message)
            };
            return Err(Failed { failure, cause: Cause::Redirect });
        }
        let text = match answer.text().await {
            Ok(text) => text,
            Err(cause) if answer.is_success() => return Err(invalid(call, answer, &describe(&cause))),
            Err(_) => String::new(),
        };
        let json = data::parse_json(&text);
        if answer.is_success() {
            return match json {
                Some(json) if (call.accepts)(&json) => Ok(json),
                _ => Err(invalid(call, answer, &excerpt(&text))),
            };
        }
        let error = envelope(answer.status, json.as_ref());
        let retry_after_ms = answer.header("retry-after").and_then(|value| {
            parse_retry_after(&value, Some(js_sys::Date::parse(&value)), platform::now_ms())
        });
        Err(Failed {
            failure: Failure {
                status: Some(answer.status),
                request_id: error.request_id,
                retryable: is_retryable_status(answer.status),
                ..Failure::new(&error.code, error.message)
            },
            cause: Cause::Status { retry_after_ms },
        })
    }

    fn unreachable(&self, cause: &JsValue) -> Failed {
        let message = format!("The API at {} can't be reached: {}", self.config.base_url, describe(cause));
        Failed {
            failure: Failure { retryable: true, ..Failure::new("network_error", message) },
            cause: Cause::NoAnswer,
        }
    }

    /// What an attempt says of the pause after a 429; one that was not answered says nothing.
    fn learn(&self, result: &Result<JsValue, Failed>, sent_ms: f64) {
        match result {
            Err(Failed {
                failure: Failure { status: Some(429), .. },
                cause: Cause::Status { retry_after_ms },
            }) => {
                self.pacing.borrow_mut().on_rate_limited(platform::now_ms(), *retry_after_ms);
            }
            Err(Failed { cause: Cause::NoAnswer, .. }) => {}
            _ => self.pacing.borrow_mut().on_answer(sent_ms),
        }
    }
}

/// The form of an upload, in the order of the contract.
fn form(upload: &Upload) -> Result<FormData, JsValue> {
    let fields: Vec<(&str, &str)> = upload.fields.iter().map(|(key, value)| (*key, value.as_str())).collect();
    upload.file.form(&fields, &upload.mime, &upload.name)
}

/// Reads `{ error: { code, message, requestId } }` field by field: a hostile body's depth is not followed.
fn envelope(status: u16, json: Option<&JsValue>) -> ApiError {
    let error = json.map(|json| data::get(json, "error"));
    let members = error.map(|error| {
        ["code", "message", "requestId", "request_id"]
            .iter()
            .filter_map(|key| {
                data::get(&error, key).as_string().map(|text| ((*key).to_owned(), Value::String(text)))
            })
            .collect()
    });
    let body = members.map(|members| Value::Record(vec![("error".to_owned(), Value::Record(members))]));
    from_envelope(status, body.as_ref())
}

fn invalid(call: &Call, answer: &Answer, found: &str) -> Failed {
    let message = format!(
        "{} {} was answered with {} and no JSON that it should have: {found}",
        call.method, call.path, answer.status
    );
    let failure =
        Failure { status: Some(answer.status), retryable: true, ..Failure::new("invalid_response", message) };
    Failed { failure, cause: Cause::InvalidBody }
}

fn excerpt(text: &str) -> String {
    if text.is_empty() {
        "(an empty body)".to_owned()
    } else {
        text.chars().take(EXCERPT_CHARACTERS).collect()
    }
}

/// What a fetch or a body rejected with, in its own words.
pub(crate) fn describe(cause: &JsValue) -> String {
    let message = data::get(cause, "message").as_string().or_else(|| cause.as_string());
    message.unwrap_or_else(|| "no reason was given".to_owned()).chars().take(EXCERPT_CHARACTERS).collect()
}

/// Waits until the machine is online, at most `limit_ms`. False when it isn't by then.
async fn back_online(limit_ms: f64) -> bool {
    let abort = Abort::new();
    let Some(signal) = abort.signal() else { return false };
    let online = wasm_bindgen_futures::JsFuture::from(platform::next_online(&signal));
    with_limit(limit_ms, online).await.is_some()
}

/// What only the whole call knows.
fn finish(failure: Failure, call: &Call, attempts: u32, doubt: bool) -> Failure {
    let submission = call.idempotency_key.is_some();
    Failure {
        attempts,
        may_have_been_charged: submission && doubt,
        idempotency_key: call.idempotency_key.clone(),
        ..failure
    }
}
