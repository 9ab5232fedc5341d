//! What the API answers when it refuses.

use serde_json::{Value, json};

use super::conventions::{CODE_INTERNAL, CODE_METHOD_NOT_ALLOWED, STATUS_INSUFFICIENT_CREDITS};

/// A refusal in the API's own envelope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// HTTP status.
    pub status: u16,
    /// Public error code.
    pub code: &'static str,
    /// Human text: what was wrong, where, and what would be right.
    pub message: String,
    /// Value of `Retry-After` in seconds.
    pub retry_after_seconds: Option<u64>,
    /// Value of `Allow`, for 405.
    pub allow: Option<&'static str>,
}

impl Problem {
    fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), retry_after_seconds: None, allow: None }
    }

    /// 400 `validation_failed`.
    pub fn validation(message: impl Into<String>) -> Self {
        Self::new(400, "validation_failed", message)
    }

    /// 401 `api_key_missing`.
    pub fn key_missing() -> Self {
        Self::new(401, "api_key_missing", "A valid Bearer API key is required.")
    }

    /// 401 `api_key_invalid`.
    pub fn key_invalid() -> Self {
        Self::new(401, "api_key_invalid", "The API key could not be verified.")
    }

    /// 402 `insufficient_credits`.
    pub fn insufficient_credits(needed: f64, left: f64) -> Self {
        let message = format!("This needs {needed} credits; the account has {left}.");
        Self::new(STATUS_INSUFFICIENT_CREDITS, "insufficient_credits", message)
    }

    /// 404 `not_found`.
    pub fn not_found(what: &str) -> Self {
        Self::new(404, "not_found", format!("{what} was not found."))
    }

    /// 405 of a known path.
    pub fn method_not_allowed(allow: &'static str) -> Self {
        let message = format!("This path takes {allow}.");
        Self { allow: Some(allow), ..Self::new(405, CODE_METHOD_NOT_ALLOWED, message) }
    }

    /// 409 `idempotency_conflict`.
    pub fn idempotency_conflict(message: impl Into<String>) -> Self {
        Self::new(409, "idempotency_conflict", message)
    }

    /// 429 `rate_limited`.
    pub fn rate_limited(retry_after_seconds: u64) -> Self {
        let problem = Self::new(429, "rate_limited", "Too many requests in the current window.");
        Self { retry_after_seconds: Some(retry_after_seconds), ..problem }
    }

    /// 500, ours.
    pub fn internal(message: impl Into<String>) -> Self {
        Self::new(500, CODE_INTERNAL, message)
    }

    /// 503 `public_api_disabled`.
    pub fn disabled() -> Self {
        Self::new(503, "public_api_disabled", "Public API calls are temporarily switched off.")
    }

    /// The envelope.
    pub fn to_json(&self, request_id: &str) -> Value {
        json!({ "error": { "code": self.code, "message": self.message, "requestId": request_id } })
    }
}
