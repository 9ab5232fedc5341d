//! Errors are values until [`Error::into_js`] makes them what a caller sees: the one border function.

use js_sys::Array;
use wasm_bindgen::prelude::*;

use crate::contract::validation::{Issue, Severity};

#[wasm_bindgen(module = "/src/js/error.js")]
extern "C" {
    #[wasm_bindgen(js_name = makeError)]
    #[allow(clippy::too_many_arguments)]
    fn make_error(
        code: &str,
        message: &str,
        status: Option<u16>,
        request_id: Option<&str>,
        retryable: bool,
        retry_after_ms: Option<f64>,
        attempts: u32,
        may_have_been_charged: bool,
        idempotency_key: Option<&str>,
        issues: Array,
        generation: &JsValue,
    ) -> JsValue;

    #[wasm_bindgen(js_name = makeIssue)]
    fn make_issue(path: &str, message: &str, severity: &str) -> JsValue;

    #[wasm_bindgen(js_name = makeTypeError)]
    fn make_type_error(message: &str) -> JsValue;
}

/// Why a call ends without its result.
pub enum Error {
    /// What the caller gets as it is: a `TypeError` of the argument checks, or its signal's reason.
    Thrown(JsValue),
    /// What `RivyaError` says.
    Failed(Failure),
}

/// A failure: one pointer, since most functions of a client return one.
#[derive(Clone)]
pub struct Failure(Box<Fields>);

/// The fields of a `RivyaError`, as `index.d.ts` documents them.
#[derive(Clone, Default)]
pub struct Fields {
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
    /// How often it was sent.
    pub attempts: u32,
    /// A submission whose answer never arrived.
    pub may_have_been_charged: bool,
    /// The key of that submission.
    pub idempotency_key: Option<String>,
    /// What validation found.
    pub issues: Vec<Issue>,
    /// The generation concerned, as the server sent it; undefined where there is none.
    pub generation: JsValue,
}

impl Failure {
    /// A failure found on this side, before or without an answer: no status, not retryable, never sent. The message comes in parts.
    #[inline(never)]
    pub fn new(code: &str, message: &[&str]) -> Self {
        Self(Box::new(Fields { code: code.to_owned(), message: message.concat(), ..Fields::default() }))
    }

    /// The same call may succeed next time.
    pub fn retryable(mut self) -> Self {
        self.retryable = true;
        self
    }
}

impl std::ops::Deref for Failure {
    type Target = Fields;

    fn deref(&self) -> &Fields {
        &self.0
    }
}

impl std::ops::DerefMut for Failure {
    fn deref_mut(&mut self) -> &mut Fields {
        &mut self.0
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl From<JsValue> for Error {
    fn from(thrown: JsValue) -> Self {
        Self::Thrown(thrown)
    }
}

/// A wrong argument: a `TypeError`. `message` begins with its path.
pub fn wrong_argument(message: &[&str]) -> Error {
    Error::Thrown(make_type_error(&message.concat()))
}

/// `validation_failed` found on this side: every problem at once.
pub fn invalid(issues: Vec<Issue>) -> Failure {
    let mut failure = Failure::new("validation_failed", &["The request would be refused:"]);
    for issue in issues.iter().filter(|issue| issue.severity == Severity::Error) {
        for part in ["\n  ", &issue.path, ": ", &issue.message] {
            failure.message.push_str(part);
        }
    }
    failure.issues = issues;
    failure
}

impl Error {
    /// What the caller sees.
    pub fn into_js(self) -> JsValue {
        match self {
            Self::Thrown(value) => value,
            Self::Failed(failure) => make_error(
                &failure.code,
                &failure.message,
                failure.status,
                failure.request_id.as_deref(),
                failure.retryable,
                failure.retry_after_ms,
                failure.attempts,
                failure.may_have_been_charged,
                failure.idempotency_key.as_deref(),
                issues_to_js(&failure.issues),
                &failure.generation,
            ),
        }
    }
}

/// `ValidationIssue[]`, as the declarations have it.
pub fn issues_to_js(issues: &[Issue]) -> Array {
    let list = Array::new();
    for issue in issues {
        list.push(&make_issue(&issue.path, &issue.message, issue.severity.as_str()));
    }
    list
}
