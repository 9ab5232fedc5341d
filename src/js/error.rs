//! Errors are values until [`Failure::into_js`] makes them what a caller sees: the one border function.

use js_sys::Array;
use wasm_bindgen::prelude::*;

use crate::contract::text::joined;
use crate::contract::validation::{Issue, Severity};

#[wasm_bindgen(module = "/src/js/error.js")]
extern "C" {
    #[wasm_bindgen(js_name = makeError)]
    fn make_error(
        code: &str,
        message: &str,
        status: Option<u16>,
        request_id: Option<&str>,
        retryable: bool,
        retry_after_ms: Option<f64>,
        issues: Array,
    ) -> JsValue;

    #[wasm_bindgen(js_name = makeIssue)]
    fn make_issue(path: &str, message: &str, severity: &str) -> JsValue;

    #[wasm_bindgen(js_name = makeTypeError)]
    fn make_type_error(message: &str) -> JsValue;
}

/// A failure, as far as rules know of it. What JavaScript has counted (attempts, the key that was sent) it adds to the
/// `RivyaError` itself.
#[derive(Default)]
pub struct Failure {
    /// The API's code, or one of ours.
    pub code: String,
    /// What was wrong, where, and what would be right.
    pub message: String,
    /// HTTP status, where an answer was received.
    pub status: Option<u16>,
    /// The API's id of the request.
    pub request_id: Option<String>,
    /// Whether the same call may be made again unchanged.
    pub retryable: bool,
    /// When the server named a time.
    pub retry_after_ms: Option<f64>,
    /// What validation found.
    pub issues: Vec<Issue>,
}

impl Failure {
    /// A failure found on this side, before or without an answer: no status, not retryable. The message comes in parts.
    #[inline(never)]
    pub fn new(code: &str, message: &[&str]) -> Self {
        Self { code: code.to_owned(), message: joined(message), ..Self::default() }
    }

    /// `validation_failed` found on this side: every problem at once.
    pub fn invalid(issues: Vec<Issue>) -> Self {
        let mut failure = Self::new("validation_failed", &["The request would be refused:"]);
        for issue in issues.iter().filter(|issue| issue.severity == Severity::Error) {
            for part in ["\n  ", &issue.path, ": ", &issue.message] {
                failure.message.push_str(part);
            }
        }
        failure.issues = issues;
        failure
    }

    /// The same call may succeed next time.
    pub fn retryable(mut self) -> Self {
        self.retryable = true;
        self
    }

    /// What the caller sees.
    pub fn into_js(self) -> JsValue {
        make_error(
            &self.code,
            &self.message,
            self.status,
            self.request_id.as_deref(),
            self.retryable,
            self.retry_after_ms,
            issues_to_js(&self.issues),
        )
    }
}

/// A wrong argument: a `TypeError`. `message` begins with its path.
pub fn wrong_argument(message: &[&str]) -> JsValue {
    make_type_error(&joined(message))
}

/// `ValidationIssue[]`, as the declarations have it.
pub fn issues_to_js(issues: &[Issue]) -> Array {
    let list = Array::new();
    for issue in issues {
        list.push(&make_issue(&issue.path, &issue.message, issue.severity.as_str()));
    }
    list
}
