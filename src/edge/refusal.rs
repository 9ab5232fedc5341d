//! What the proxy answers by itself, in the API's envelope. Codes that the API doesn't have are ours.

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

    /// 411.
    pub(crate) fn no_length() -> Self {
        Self::new(411, "length_required", "An upload must say its Content-Length.")
    }

    /// 413.
    pub(crate) fn too_large(max_bytes: f64) -> Self {
        let max = crate::contract::text::digits(max_bytes as u64);
        Self::new(413, "payload_too_large", &["The body may have ", &max, " bytes at most."].concat())
    }

    /// 415.
    pub(crate) fn media_type(wanted: &str) -> Self {
        Self::new(415, "unsupported_media_type", &["The body must be ", wanted, "."].concat())
    }
}
