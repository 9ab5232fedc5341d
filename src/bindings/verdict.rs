//! What an answer is worth, and what follows from it.

use js_sys::Array;
use wasm_bindgen::prelude::*;

use super::answers::{MAX_ANSWER_LEVELS, is_expected, is_too_deep};
use super::{Rules, Traffic};
use crate::contract::error::from_envelope;
use crate::contract::text::{digits, joined};
use crate::js::data::{get, get_text};
use crate::js::error::Failure;
use crate::js::handle::Handle;
use crate::media::result::Flaw;
use crate::policy::charge::{is_definite_refusal, leaves_doubt, was_never_sent};
use crate::policy::clock::Moment;
use crate::policy::retry::{
    CONFLICT, Call, Decision, MAX_RETRY_AFTER_MS, Outcome, TOO_MANY_AT_ONCE, decide, is_retryable_status,
};
use crate::policy::retry_after::parse_retry_after;

#[wasm_bindgen(module = "/src/js/error.js")]
extern "C" {
    /// `{ error, delayMs, hasAnswer, leavesDoubt, isRefusal, isCrowded }`: why an attempt failed; `delayMs` is
    /// undefined where it is not repeated.
    #[wasm_bindgen(js_name = makeVerdict)]
    fn verdict(
        error: JsValue,
        delay_ms: Option<f64>,
        has_answer: bool,
        leaves_doubt: bool,
        is_refusal: bool,
        is_crowded: bool,
    ) -> JsValue;
}

const RATE_LIMITED: u16 = 429;

/// The part of a failed attempt that decides what follows.
enum Cause {
    NoAnswer,
    NoConnection,
    InvalidBody,
    TooDeep,
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
    /// Whether an attempt brought what was asked for: a 2xx with such JSON; `status` is NaN where there was no answer.
    /// One that was not accepted is judged. What only a failure is judged by is not asked for here: each member that is
    /// read, and each text, costs as much as the rule.
    pub fn accepts(
        &self,
        status: f64,
        json: &JsValue,
        expected: &str,
        traffic: Traffic,
        sent_ms: f64,
        sent_wall_ms: f64,
    ) -> bool {
        // After a pause, calls go one by one until one is answered by anything but a 429.
        if !status.is_nan() && status != f64::from(RATE_LIMITED) {
            let mut pacing = self.pacing.get();
            pacing.on_answer(traffic.into(), Moment { monotonic_ms: sent_ms, wall_ms: sent_wall_ms });
            self.pacing.set(pacing);
        }
        (200.0..300.0).contains(&status) && is_expected(json, expected)
    }

    /// The verdict on an attempt that was not accepted. `call`: `{ what, attempts, maxRetries, crowded, patienceMs,
    /// placeWithinMs, isOwnKey, nowMs, dateMs, random }`; `answer`: what `exchange.js` brought.
    pub fn judge(&self, call: Handle, traffic: Traffic, answer: Handle) -> JsValue {
        let failed = attempt(&call, &answer, self.tells_causes);
        if let Cause::Status { status: RATE_LIMITED, retry_after_ms } = failed.cause
            && !failed.is_crowded()
        {
            let now = Moment { monotonic_ms: call.amount("nowMs"), wall_ms: call.amount("dateMs") };
            let mut pacing = self.pacing.get();
            pacing.on_rate_limited(traffic.into(), now, retry_after_ms);
            self.pacing.set(pacing);
        }
        failed.verdict(&call)
    }
}

/// The same for the bytes of a result. Its host is not the API: it says nothing of the API's pace, and its errors have
/// no envelope.
#[wasm_bindgen(js_name = judgeResult)]
pub fn judge_result(call: Handle, answer: Handle) -> JsValue {
    let flaw = answer.string("flaw").and_then(|flaw| Flaw::parse(&flaw));
    let failed = match (status_of(&answer), flaw) {
        (None, _) => unanswered("Reading the result where it lies", &answer, false),
        (Some(status), Some(flaw)) => flawed(&answer, status, flaw),
        // The proxy's own words, in the API's envelope.
        (Some(status), None) if get(&answer.value("json"), "error").is_object() => {
            let mut failed = refused(&call, &answer, status);
            failed.failure.status = Some(status);
            failed
        }
        (Some(status), None) => {
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

/// What came is no result.
fn flawed(answer: &Handle, status: u16, flaw: Flaw) -> Failed {
    let number = digits(status.into());
    let mut message = joined(&["What came as the result is none (HTTP ", &number, "): ", flaw.as_str()]);
    if flaw == Flaw::TooLong {
        let max_bytes = digits(answer.amount("maxBytes") as u64);
        message.push_str(&joined(&["; options.maxResultBytes takes ", &max_bytes, " bytes"]));
    }
    let mut failure = Failure::new("invalid_response", &[&message]);
    failure.status = Some(status);
    failure.retryable = flaw.is_passing();
    // No status of a success is repeated by itself.
    let cause =
        if flaw.is_passing() { Cause::InvalidBody } else { Cause::Status { status, retry_after_ms: None } };
    Failed { failure, cause }
}

/// What was wrong with an attempt.
fn attempt(call: &Handle, answer: &Handle, tells_causes: bool) -> Failed {
    let what = call.text("what");
    let Some(status) = status_of(answer) else { return unanswered(&what, answer, tells_causes) };
    let mut failed = if answer.flag("redirected") {
        let message = [&what, " was answered with a redirect; baseUrl must name the API itself"];
        Failed { failure: Failure::new("invalid_response", &message), cause: Cause::Redirect }
    } else if (200..300).contains(&status) && is_too_deep(&answer.value("json")) {
        let levels = digits(MAX_ANSWER_LEVELS.into());
        let message = [&what, " was answered with JSON that nests deeper than ", &levels, " levels"];
        Failed { failure: Failure::new("invalid_response", &message), cause: Cause::TooDeep }
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

/// No answer: the network failed, or the attempt's time was up. `tells_causes`: the platform says why a request failed.
fn unanswered(what: &str, answer: &Handle, tells_causes: bool) -> Failed {
    let Some(reason) = answer.string("failure") else {
        let failure = Failure::new("timeout", &[what, " was not answered in time"]).retryable();
        return Failed { failure, cause: Cause::NoAnswer };
    };
    let mut message = vec![what, " failed: ", &reason];
    if answer.flag("offline") {
        message.push(" (the platform says that this machine is offline)");
    }
    let causes: Vec<String> = texts(&answer.value("causes"));
    let never_sent = tells_causes && was_never_sent(causes.iter().map(String::as_str));
    Failed {
        failure: Failure::new("network_error", &message).retryable(),
        cause: if never_sent { Cause::NoConnection } else { Cause::NoAnswer },
    }
}

/// The texts in an array of ours; none where it is none.
fn texts(list: &JsValue) -> Vec<String> {
    let list = list.dyn_ref::<Array>().map(Array::iter);
    list.into_iter().flatten().filter_map(|text| text.as_string()).collect()
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
    parse_retry_after(&answer.string("retryAfter")?, js_sys::Date::parse, call.amount("dateMs"))
}

impl Failed {
    /// Whether the proxy said that too many generations of this caller are under way.
    fn is_crowded(&self) -> bool {
        self.failure.status == Some(RATE_LIMITED) && self.failure.code == TOO_MANY_AT_ONCE
    }

    fn outcome(&self, call: &Handle) -> Outcome {
        let crowded = call.amount("crowded") as u32;
        match self.cause {
            _ if self.is_crowded() => Outcome::TooManyAtOnce { refusals: crowded.saturating_add(1) },
            Cause::NoAnswer => Outcome::NoAnswer,
            Cause::NoConnection => Outcome::NoConnection,
            Cause::InvalidBody => Outcome::InvalidBody,
            Cause::TooDeep => Outcome::TooDeep,
            Cause::Redirect => Outcome::Redirect,
            Cause::Status { status, retry_after_ms } => {
                Outcome::Status { status, is_conflict: self.failure.code == CONFLICT, retry_after_ms }
            }
        }
    }

    fn verdict(mut self, call: &Handle) -> JsValue {
        let outcome = self.outcome(call);
        let call_so_far = Call {
            repeatable: true,
            attempts: call.amount("attempts") as u32,
            max_retries: call.amount("maxRetries") as u32,
            is_own_key: call.flag("isOwnKey"),
            patience_ms: call.number("patienceMs").unwrap_or(MAX_RETRY_AFTER_MS),
            place_within_ms: call.number("placeWithinMs"),
        };
        let doubt = leaves_doubt(&outcome);
        let has_answer = !matches!(outcome, Outcome::NoAnswer | Outcome::NoConnection);
        let is_refusal = matches!(outcome, Outcome::Status { status, .. } if is_definite_refusal(status));
        let is_crowded = self.is_crowded();
        let delay_ms = match decide(&outcome, &call_so_far, call.amount("random")) {
            Decision::Retry { delay_ms } => Some(delay_ms),
            Decision::GiveUp { retry_after_ms } => {
                self.failure.retry_after_ms = retry_after_ms;
                None
            }
        };
        verdict(self.failure.into_js(), delay_ms, has_answer, doubt, is_refusal, is_crowded)
    }
}
