//! One call of the API: attempts until it is answered, refused for good, or out of attempts.

use std::rc::Rc;

use js_sys::Object;
use wasm_bindgen::prelude::*;

use super::Core;
use crate::contract::error::from_envelope;
use crate::js::data;
use crate::js::error::Failure;
use crate::js::exchange::{Answer, exchange, held, init_of};
use crate::js::file::{FileHandle, form_of};
use crate::js::platform;
use crate::js::timer::sleep;
use crate::policy::charge;
use crate::policy::retry::{
    self, Decision, MAX_RETRY_AFTER_MS, Outcome, decide, is_retryable_status, parse_retry_after,
};

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

/// A file on its way.
pub(crate) struct Upload {
    pub file: FileHandle,
    /// What goes into the form.
    pub parcel: JsValue,
    /// What errors call it: `references[2]`.
    pub path: String,
}

/// A request, and how hard to try.
pub(crate) struct Call {
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
    /// A look at a generation: looks share five places a second.
    pub is_look: bool,
    /// Told of everything that delays the call.
    pub on_delay: Option<OnDelay>,
}

impl Call {
    fn method(&self) -> &'static str {
        if matches!(self.body, Body::None) { "GET" } else { "POST" }
    }
}

/// Who is told of what delays a call.
pub(crate) type OnDelay = Rc<dyn Fn(Delay<'_>)>;

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

    /// Whether the call goes on after so many attempts, and when.
    pub fn decide(&self, attempts: u32, max_retries: u32, patience_ms: f64) -> Decision {
        let so_far = retry::Call { repeatable: true, attempts, max_retries, resumed: false, patience_ms };
        decide(&self.outcome(), &so_far, platform::random())
    }
}

impl Core {
    /// A call with the client's own limits.
    pub(crate) fn call(
        &self,
        path: String,
        body: Body,
        timeout_ms: Option<f64>,
        accepts: fn(&JsValue) -> bool,
    ) -> Call {
        Call {
            path,
            body,
            idempotency_key: None,
            timeout_ms: timeout_ms.unwrap_or_else(|| self.config.settings.amount("timeoutMs")),
            max_retries: self.config.settings.amount("maxRetries") as u32,
            patience_ms: PATIENCE_MS,
            accepts,
            is_look: false,
            on_delay: None,
        }
    }

    /// Sends until there is an answer. Every attempt carries the same key and the same bytes.
    pub(crate) async fn send(&self, call: &Call) -> Result<JsValue, Failure> {
        let mut attempts: u32 = 0;
        let mut doubt = false;
        let mut failure = loop {
            if call.is_look {
                self.share_of_looks().await;
            }
            let place = match self.pass(call).await {
                Ok(place) => place,
                Err(paused) => break paused,
            };
            attempts = attempts.saturating_add(1);
            let sent_ms = platform::now_ms();
            let url = [self.config.base_url.as_str(), &call.path].concat();
            let answer =
                exchange(&self.config.settings.call("fetch"), &url, &self.init(call), call.timeout_ms).await;
            let result = judge(call, &url, &answer);
            // Learned before the place is given up: who comes next must know of a 429.
            self.learn(&result, sent_ms);
            drop(place);
            let failed = match result {
                Ok(json) => return Ok(json),
                Err(failed) => failed,
            };
            doubt |= charge::leaves_doubt(&failed.outcome());
            if failed.cause == Cause::NoAnswer {
                if let Body::Form(upload) = &call.body
                    && let Err(unreadable) = upload.file.check_readable(&upload.path).await
                {
                    break unreadable;
                }
                // Only what the network said, not a time that ran out: a server may be slow while the machine is offline for others.
                if failed.failure.code == "network_error"
                    && self.config.settings.flag("isPlatformFetch")
                    && platform::is_offline()
                {
                    if held(&|controller| platform::next_online(call.patience_ms, controller)).await != true {
                        break failed.failure;
                    }
                    attempts = attempts.saturating_sub(1);
                    continue;
                }
            }
            match failed.decide(attempts, call.max_retries, call.patience_ms) {
                Decision::Retry { delay_ms } => {
                    if let Some(on_delay) = &call.on_delay {
                        on_delay(Delay { failure: &failed.failure, delay_ms, was_sent: true });
                    }
                    sleep(delay_ms).await;
                }
                Decision::GiveUp { retry_after_ms } => {
                    let mut failure = failed.failure;
                    failure.retry_after_ms = retry_after_ms;
                    break failure;
                }
            }
        };
        failure.attempts = attempts;
        failure.may_have_been_charged = doubt && call.idempotency_key.is_some();
        failure.idempotency_key.clone_from(&call.idempotency_key);
        Err(failure)
    }

    fn init(&self, call: &Call) -> Object {
        let body = match &call.body {
            Body::None => JsValue::UNDEFINED,
            Body::Json(text) => text.as_str().into(),
            Body::Form(upload) => form_of(&upload.parcel),
        };
        init_of(&self.config.settings, &body, call.idempotency_key.as_deref(), env!("CARGO_PKG_VERSION"))
    }

    /// What an attempt says of the pause after a 429; one that was not answered says nothing.
    fn learn(&self, result: &Result<JsValue, Failed>, sent_ms: f64) {
        let mut pacing = self.pacing.borrow_mut();
        match result {
            Err(Failed { cause: Cause::NoAnswer, .. }) => {}
            Err(Failed { failure, cause: Cause::Status { retry_after_ms } })
                if failure.status == Some(429) =>
            {
                pacing.on_rate_limited(platform::now_ms(), *retry_after_ms);
            }
            _ => pacing.on_answer(sent_ms),
        }
    }
}

/// What an answer is worth.
fn judge(call: &Call, url: &str, answer: &Answer) -> Result<JsValue, Failed> {
    let failed = |code: &str, message: &[&str], cause| Failed {
        failure: Failure::new(code, message).retryable(),
        cause,
    };
    let what = [call.method(), " ", url].concat();
    let Some(status) = answer.status() else { return Err(unanswered(&what, answer)) };
    let mut failed = if answer.redirected() {
        let mut failed = failed(
            "invalid_response",
            &[&what, " was answered with a redirect; baseUrl must name the API itself"],
            Cause::Redirect,
        );
        failed.failure.retryable = false;
        failed
    } else if (200..300).contains(&status) {
        let json = answer.json();
        if (call.accepts)(&json) {
            return Ok(json);
        }
        let excerpt = answer.excerpt().unwrap_or_default();
        failed(
            "invalid_response",
            &[&what, " was not answered with the JSON that it should be: ", &excerpt],
            Cause::InvalidBody,
        )
    } else {
        refused(status, answer)
    };
    failed.failure.status = Some(status).filter(|status| *status != 0);
    Err(failed)
}

/// No answer: the network failed, or the attempt's time was up.
pub(crate) fn unanswered(what: &str, answer: &Answer) -> Failed {
    let failure = match answer.failure() {
        Some(reason) => Failure::new("network_error", &[what, " failed: ", &reason]),
        None => Failure::new("timeout", &[what, " was not answered in time"]),
    };
    Failed { failure: failure.retryable(), cause: Cause::NoAnswer }
}

/// Reads the envelope. A hostile body's depth is not followed: the snapshot ends it.
fn refused(status: u16, answer: &Answer) -> Failed {
    let error = from_envelope(status, data::decode(&answer.json(), "").ok().as_ref());
    let mut failure = Failure::new(&error.code, &[&error.message]);
    failure.request_id = error.request_id;
    failure.retryable = is_retryable_status(status);
    Failed { failure, cause: Cause::Status { retry_after_ms: retry_after_ms(answer) } }
}

/// What `Retry-After` asks for.
pub(crate) fn retry_after_ms(answer: &Answer) -> Option<f64> {
    let date_ms = Some(answer.retry_date_ms()).filter(|date_ms| !date_ms.is_nan());
    parse_retry_after(&answer.retry_after()?, date_ms, platform::now_ms())
}
