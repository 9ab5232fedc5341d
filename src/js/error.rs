//! What a caller sees of a failure.

use js_sys::Array;
use wasm_bindgen::prelude::*;

use crate::contract::validation::Issue;

#[wasm_bindgen(module = "/src/js/error.js")]
extern "C" {
    #[wasm_bindgen(js_name = makeError)]
    fn make_error(code: &str, message: &str) -> JsValue;

    #[wasm_bindgen(js_name = makeIssue)]
    fn make_issue(path: &str, message: &str, severity: &str) -> JsValue;

    #[wasm_bindgen(js_name = makeTypeError)]
    fn make_type_error(message: &str) -> JsValue;
}

/// A `RivyaError` of what failed on this side, before anything was sent. The message comes in parts.
pub fn failed(code: &str, message: &[&str]) -> JsValue {
    make_error(code, &message.concat())
}

/// A wrong argument: a `TypeError`. `message` begins with its path.
pub fn wrong_argument(message: &[&str]) -> JsValue {
    make_type_error(&message.concat())
}

/// `ValidationIssue[]`, as the declarations have it.
pub fn issues_to_js(issues: &[Issue]) -> Array {
    issues.iter().map(|issue| make_issue(&issue.path, &issue.message, issue.severity.as_str())).collect()
}
