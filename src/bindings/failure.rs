//! Failures as what a caller sees: the one border function.

use js_sys::{Array, Object};
use wasm_bindgen::prelude::*;

use super::progress::or_null;
use crate::client::Failure;
use crate::js::data::{record, set};
use crate::js::error::{issues_to_js, wrong_argument};
use crate::millis::millis;
use crate::web::JsAnswer;

#[wasm_bindgen(module = "/src/js/error.js")]
extern "C" {
    #[wasm_bindgen(js_name = makeFailure)]
    fn make_failure(code: &str, message: &str, fields: &Object, issues: Array) -> JsValue;
}

/// A `RivyaError`; of an option that does not fit a `TypeError`, as of any other argument.
pub(super) fn into_js(failure: Failure<JsAnswer>) -> JsValue {
    if failure.code == "invalid_option" {
        return wrong_argument(&[&failure.message]);
    }
    let failure = failure.into_facts();
    let fields = record();
    let set = |name: &str, value: JsValue| set(&fields, name, &value);
    set("status", or_null(failure.status));
    set("requestId", or_null(failure.request_id));
    set("retryable", failure.retryable.into());
    set("retryAfterMs", or_null(failure.retry_after.map(millis)));
    set("attempts", failure.attempts.into());
    set("mayHaveBeenCharged", failure.may_have_been_charged.into());
    set("idempotencyKey", or_null(failure.idempotency_key));
    set("generation", or_null(failure.generation.map(|generation| generation.0)));
    make_failure(&failure.code, &failure.message, &fields, issues_to_js(&failure.issues))
}
