//! What an answer is worth, and what follows from it.

use wasm_bindgen::prelude::*;

use super::Rules;
use super::answers::is_expected;
use crate::contract::error::from_envelope;
use crate::contract::text::{digits, joined};
use crate::js::data::{get, get_text};
use crate::js::error::Failure;
use crate::js::handle::Handle;
use crate::policy::charge::{is_definite_refusal, leaves_doubt};
use crate::policy::retry::{
    CONFLICT, Call, Decision, MAX_RETRY_AFTER_MS, Outcome, decide, is_retryable_status, parse_retry_after,
};

#[wasm_bindgen(module = "/src/js/error.js")]
extern "C" {
    /// `{ error, delayMs, hasAnswer, leavesDoubt, isRefusal }`: why an attempt failed; `delayMs` is undefined where it is not repeated.
    #[wasm_bindgen(js_name = makeVerdict)]
    fn verdict(
        error: JsValue,
        delay_ms: Option<f64>,
        has_answer: bool,
        leaves_doubt: bool,
        is_refusal: bool,
    ) -> JsValue;
}

const RATE_LIMITED: f64 = 429.0;

/// The part of a failed attempt that decides what follows.
enum Cause {
    NoAnswer,
    InvalidBody,
    Redirect,
    Status { status: u16, retry_after_ms: Option<f64> },
}

struct Failed {
    failure: Failure,
    cause: Cause,
}

/// `HTTP status`, where there was an answer; 0 for an opaque redirect.
fn status_of(answer: &Handle) -> Option<u16> {
    answer.number("status").map(|status| status as u16)
}

#[wasm_bindgen]
impl Rules {
    /// Whether an attempt brought what was asked for: a 2xx with such JSON; `status` is NaN where there was no answer. One that was not accepted is
    /// judged. What only a failure is judged by is not asked for here: each member that is read, and each text, costs as much as the rule.
    pub fn accepts(&self, status: f64, json: &JsValue, expected: &str, sent_ms: f64) -> bool {
        // Any answer but a 429 ends the pause after one.
        if !status.is_nan() && status != RATE_LIMITED {
            let mut pacing = self.pacing.get();
            pacing.on_answer(sent_ms);
            self.pacing.set(pacing);
        }
        (200.0..300.0).contains(&status) && is_expected(json, expected)
    }

    /// The verdict on an attempt that was not accepted. `call`: `{ what, attempts, maxRetries, patienceMs, isOwnKey, nowMs, dateMs, random }`; `answer`:
    /// what `exchange.js` brought.
    pub fn judge(&self, call: Handle, answer: Handle) -> JsValue {
        let failed = attempt(&call, &answer);
        if let Cause::Status { status: 429, retry_after_ms } = failed.cause {
            let mut pacing = self.pacing.get();
            pacing.on_rate_limited(call.amount("nowMs"), retry_after_ms);
            self.pacing.set(pacing);
        }
        failed.verdict(&call)
    }
}

/// The same for the bytes of a result. Its host is not the API: its errors have no envelope, and say nothing of the API's pace.
#[wasm_bindgen(js_name = judgeResult)]
pub fn judge_result(call: Handle, answer: Handle) -> JsValue {
    let failed = match status_of(&answer) {
        None => unanswered("Reading the result where it lies", &answer),
        Some(status) => {
            let number = digits(status.into());
            let gone = status == 404 || status == 410;
            let code = if gone { "not_found".to_owned() } else { joined(&["http_", &number]) };
            let message =
                ["The result was answered with ", &number, "; results may be kept for a limited time only"];
            let mut failure = Failure::new(&code, &message);
            failure.status = Some(status);
            failure.retryable = is_retryable_status(status);
            let retry_after_ms = retry_after_ms(&call, &answer);
            Failed { failure, cause: Cause::Status { status, retry_after_ms } }
        }
    };
    failed.verdict(&call)
}

/// What was wrong with an attempt.
fn attempt(call: &Handle, answer: &Handle) -> Failed {
    let what = call.text("what");
    let Some(status) = status_of(answer) else { return unanswered(&what, answer) };
    let mut failed = if answer.flag("redirected") {
        let message = [&what, " was answered with a redirect; baseUrl must name the API itself"];
        Failed { failure: Failure::new("invalid_response", &message), cause: Cause::Redirect }
    } else if (200..300).contains(&status) {
        let excerpt = answer.text("excerpt");
        let message = [what.as_str(), " was not answered with the JSON that it should be: ", &excerpt];
        let failure = Failure::new("invalid_response", &message).retryable();
        Failed { failure, cause: Cause::InvalidBody }
    } else {
        refused(call, answer, status)
    };
    failed.failure.status = Some(status).filter(|status| *status != 0);
    failed
}

/// No answer: the network failed, or the attempt's time was up.
fn unanswered(what: &str, answer: &Handle) -> Failed {
    let failure = match answer.string("failure") {
        Some(reason) => Failure::new("network_error", &[what, " failed: ", &reason]),
        None => Failure::new("timeout", &[what, " was not answered in time"]),
    };
    Failed { failure: failure.retryable(), cause: Cause::NoAnswer }
}

/// Reads the envelope.
fn refused(call: &Handle, answer: &Handle, status: u16) -> Failed {
    let envelope = get(&answer.value("json"), "error");
    let error = from_envelope(status, |key| get_text(&envelope, key));
    let mut failure = Failure::new(&error.code, &[&error.message]);
    failure.request_id = error.request_id;
    failure.retryable = is_retryable_status(status);
    Failed { failure, cause: Cause::Status { status, retry_after_ms: retry_after_ms(call, answer) } }
}

/// What `Retry-After` asks for.
fn retry_after_ms(call: &Handle, answer: &Handle) -> Option<f64> {
    let date_ms = answer.number("retryDateMs").filter(|date_ms| !date_ms.is_nan());
    parse_retry_after(&answer.string("retryAfter")?, date_ms, call.amount("dateMs"))
}

impl Failed {
    fn verdict(mut self, call: &Handle) -> JsValue {
        let outcome = match self.cause {
            Cause::NoAnswer => Outcome::NoAnswer,
            Cause::InvalidBody => Outcome::InvalidBody,
            Cause::Redirect => Outcome::Redirect,
            Cause::Status { status, retry_after_ms } => {
                Outcome::Status { status, is_conflict: self.failure.code == CONFLICT, retry_after_ms }
            }
        };
        let so_far = Call {
            repeatable: true,
            attempts: call.amount("attempts") as u32,
            max_retries: call.amount("maxRetries") as u32,
            is_own_key: call.flag("isOwnKey"),
            patience_ms: call.number("patienceMs").unwrap_or(MAX_RETRY_AFTER_MS),
        };
        let doubt = leaves_doubt(&outcome);
        let has_answer = outcome != Outcome::NoAnswer;
        let is_refusal = matches!(outcome, Outcome::Status { status, .. } if is_definite_refusal(status));
        let delay_ms = match decide(&outcome, &so_far, call.amount("random")) {
            Decision::Retry { delay_ms } => Some(delay_ms),
            Decision::GiveUp { retry_after_ms } => {
                self.failure.retry_after_ms = retry_after_ms;
                None
            }
        };
        verdict(self.failure.into_js(), delay_ms, has_answer, doubt, is_refusal)
    }
}
