//! Errors are values until [`Error::into_js`] makes them what a caller sees: the one border function.

use js_sys::Array;
use wasm_bindgen::prelude::*;

use super::data;
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

    #[wasm_bindgen(js_name = makeTypeError)]
    fn make_type_error(message: &str, cause: &JsValue) -> JsValue;
}

/// Why a call ends without its result.
#[derive(Debug)]
pub enum Error {
    /// The caller passed something that is none of what the declarations allow: a `TypeError`. The message begins with the path.
    Argument {
        /// `options.timeoutMs must be …, not …`.
        message: String,
        /// What a getter of the caller threw, or undefined.
        cause: JsValue,
    },
    /// The caller's signal: its reason, passed on untouched.
    Aborted(JsValue),
    /// What `RivyaError` says.
    Failed(Box<Failure>),
}

/// The fields of a `RivyaError`, as `index.d.ts` documents them.
#[derive(Debug, Clone, Default)]
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
    /// A failure found on this side, before or without an answer: no status, not retryable, never sent.
    pub fn new(code: &str, message: impl Into<String>) -> Self {
        Self { code: code.to_owned(), message: message.into(), ..Self::default() }
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        Self::Failed(Box::new(failure))
    }
}

impl Error {
    /// A wrong argument. `message` begins with its path.
    pub fn argument(message: impl Into<String>) -> Self {
        Self::Argument { message: message.into(), cause: JsValue::UNDEFINED }
    }

    /// `validation_failed` found on this side: every problem at once.
    pub fn invalid(issues: Vec<Issue>) -> Self {
        let mut message = String::from("The request would be refused:");
        for issue in issues.iter().filter(|issue| issue.severity == Severity::Error) {
            message.push_str("\n  ");
            message.push_str(&issue.path);
            message.push_str(": ");
            message.push_str(&issue.message);
        }
        Failure { issues, ..Failure::new("validation_failed", message) }.into()
    }

    /// What the caller sees: a `TypeError`, the signal's reason, or a `RivyaError`.
    pub fn into_js(self) -> JsValue {
        match self {
            Self::Argument { message, cause } => make_type_error(&message, &cause),
            Self::Aborted(reason) => reason,
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
    issues
        .iter()
        .map(|issue| {
            let severity = if issue.severity == Severity::Error { "error" } else { "warning" };
            data::object([
                ("path", issue.path.as_str().into()),
                ("message", issue.message.as_str().into()),
                ("severity", severity.into()),
            ])
        })
        .collect()
}
