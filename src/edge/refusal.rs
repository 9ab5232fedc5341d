//! What the proxy answers by itself, in the API's envelope. Codes that the API doesn't have are ours.

use wasm_bindgen::prelude::*;

use crate::contract::value::Value;
use crate::js::data::{record, set};

/// A refusal of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// HTTP status.
    pub status: u16,
    /// `error.code`.
    pub code: &'static str,
    /// `error.message`: what would be right.
    pub message: String,
    /// The header `Allow` of a 405.
    pub allow: Option<&'static str>,
}

impl Refusal {
    pub(crate) fn new(status: u16, code: &'static str, message: &str) -> Self {
        Self { status, code, message: message.to_owned(), allow: None }
    }

    /// 404 for what is no route.
    pub(crate) fn no_route() -> Self {
        Self::new(404, "not_found", "There is no such route.")
    }

    /// 405.
    pub(crate) fn method(allow: &'static str) -> Self {
        let message = ["This route takes ", allow, " alone."].concat();
        Self { allow: Some(allow), ..Self::new(405, "method_not_allowed", &message) }
    }

    /// 404 for every id that is not this caller's: foreign, forged, truncated, and missing are one and the same answer.
    pub(crate) fn no_such_id() -> Self {
        Self::new(404, "not_found", "There is nothing of yours by this id.")
    }

    /// 403 for a page of another origin.
    pub(crate) fn foreign_origin() -> Self {
        Self::new(
            403,
            "origin_not_allowed",
            "Pages of this origin may not call this proxy; `allowedOrigins` lists those that may.",
        )
    }

    /// 403 for a POST that a form of another site could have sent.
    pub(crate) fn no_client_header() -> Self {
        Self::new(
            403,
            "client_header_missing",
            "A POST needs the header X-Rivya-Client, which the client sends.",
        )
    }

    /// 400 for a body that is no submission.
    pub(crate) fn invalid(message: &str) -> Self {
        Self::new(400, "validation_failed", message)
    }

    /// 429 for a caller whose generations are as many as he may have at once. It is not the API's pace, and nobody
    /// knows when one ends: it names no time.
    pub(crate) fn too_many_at_once(limit: f64) -> Self {
        let message = ["At most ", &amount(limit), " generations at once."].concat();
        Self::new(429, "too_many_at_once", &message)
    }

    /// The same for a repeat beside another attempt of the same submission, where there is no room for both.
    pub(crate) fn repeated_at_once() -> Self {
        Self::new(
            429,
            "too_many_at_once",
            "This very submission is under way already; repeat it once that is answered.",
        )
    }

    /// 402 for a caller who has used up his day's credits.
    pub(crate) fn too_many_credits(limit: f64) -> Self {
        let message = ["At most ", &amount(limit), " credits in 24 hours."].concat();
        Self::new(402, "insufficient_credits", &message)
    }

    /// 411.
    pub(crate) fn no_length() -> Self {
        Self::new(411, "length_required", "An upload must say its Content-Length.")
    }

    /// 413.
    pub(crate) fn too_large(max_bytes: f64) -> Self {
        let max = (max_bytes as u64).to_string();
        Self::new(413, "payload_too_large", &["The body may have ", &max, " bytes at most."].concat())
    }

    /// 415.
    pub(crate) fn media_type(wanted: &str) -> Self {
        Self::new(415, "unsupported_media_type", &["The body must be ", wanted, "."].concat())
    }
}

impl Refusal {
    /// As `respond.js` takes it.
    pub(crate) fn into_js(self) -> JsValue {
        let object = record();
        set(&object, "status", &self.status.into());
        set(&object, "code", &self.code.into());
        set(&object, "message", &self.message.as_str().into());
        set(&object, "allow", &self.allow.map_or(JsValue::UNDEFINED, JsValue::from));
        object.into()
    }
}

/// A number as JSON writes it.
fn amount(number: f64) -> String {
    serde_json::to_string(&Value::Number(number)).unwrap_or_default()
}
