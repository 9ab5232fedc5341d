//! What answers say, as far as it is relied on; the rest reaches the caller as the server sent it, a field that the API
//! adds tomorrow included.

use js_sys::Array;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::*;

use crate::contract::generation::{MAX_RESULTS, Status, results};
use crate::contract::text::digits;
use crate::js::data::{get, get_text, nests_deeper, read};
use crate::js::error::{Failure, wrong_argument};

/// The state of a generation.
#[wasm_bindgen]
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It is no generation: it lacks an `id` or a `status`.
    None,
    /// Accepted, not begun.
    Queued,
    /// Under way, or in a state that the API has added since.
    Processing,
    /// Ended with a result.
    Succeeded,
    /// Ended without one.
    Failed,
}

/// The state of what the server sent as a generation.
#[wasm_bindgen(js_name = stateOf)]
pub fn state_of(generation: &JsValue) -> State {
    if get_text(generation, "id").is_none_or(|id| id.is_empty()) {
        return State::None;
    }
    match get_text(generation, "status").map(|status| Status::parse(&status)) {
        None => State::None,
        Some(Status::Queued) => State::Queued,
        Some(Status::Succeeded) => State::Succeeded,
        Some(Status::Failed) => State::Failed,
        Some(Status::Processing | Status::Other) => State::Processing,
    }
}

/// The `RivyaError` of a failed generation, which may carry no error object (contract, section 6).
#[wasm_bindgen(js_name = failureOf)]
pub fn failure_of(generation: &JsValue) -> JsValue {
    let error = get(generation, "error");
    let code = get_text(&error, "code").unwrap_or_else(|| "generation_failed".to_owned());
    let message = get_text(&error, "message").unwrap_or_else(|| "The generation failed.".to_owned());
    Failure::new(&code, &[&message]).into_js()
}

/// Where the results of a generation lie: `result.urls`, or `result.primary_url` alone where there is no list
/// (contract, section 6).
/// `result` is a snapshot of what the caller gave. Throws a `TypeError` that names what is no URL, `invalid_response`
/// where there are too many.
#[wasm_bindgen(js_name = resultUrls)]
pub fn result_urls(result: &JsValue) -> Result<Vec<String>, JsValue> {
    let result = read(result);
    let found = results(&result);
    if found.len() > MAX_RESULTS {
        return Err(too_many());
    }
    let mut urls = Vec::with_capacity(found.len());
    for url in found {
        match url.as_str() {
            Some(url) if !url.is_empty() => urls.push(url.to_owned()),
            _ => return Err(no_url(urls.len())),
        }
    }
    if urls.is_empty() { Err(no_url(0)) } else { Ok(urls) }
}

fn too_many() -> JsValue {
    let max = digits(MAX_RESULTS as u64);
    let message =
        ["generation.result.urls has over ", &max, " URLs: more are not taken, and none was fetched"];
    Failure::new("invalid_response", &message).into_js()
}

/// How deep an answer may nest (our convention). The API's own have a handful of levels; who goes through one of a
/// hundred thousand, as any caller may who writes it down, runs out of stack.
pub(super) const MAX_ANSWER_LEVELS: u32 = 64;

/// Whether an answer is not even looked at: see [`MAX_ANSWER_LEVELS`].
pub(super) fn is_too_deep(json: &JsValue) -> bool {
    nests_deeper(json, MAX_ANSWER_LEVELS)
}

fn no_url(index: usize) -> JsValue {
    let index = digits(index as u64);
    wrong_argument(&["generation.result.urls[", &index, "] must be a URL that is not empty"])
}

/// Whether a 2xx is what was asked for. `expected`: `generation`, `file`, `models` or `credits`.
pub(super) fn is_expected(json: &JsValue, expected: &str) -> bool {
    if is_too_deep(json) {
        return false;
    }
    match expected {
        "generation" => state_of(json) != State::None,
        // No page documents the rest of a file (contract, section 7.1).
        "file" => get_text(json, "url").is_some_and(|url| !url.is_empty()),
        "models" => get(json, "data").has_type::<Array>(),
        _ => get(json, "current_credits").as_f64().is_some(),
    }
}
