//! The API's error envelope.

/// What an HTTP error says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiError {
    /// The stable code, the API's or one made from the HTTP status. New ones may come at any time.
    pub code: String,
    /// Text for people.
    pub message: String,
    /// What support asks for; not every answer has one.
    pub request_id: Option<String>,
}

/// Reads `{ error: { code, message, requestId } }`, `request_id` too; what is missing is made from the HTTP status.
///
/// The API documents that 400 goes with `validation_failed`, 401 with `api_key_invalid`, 403 with `api_scope_denied`,
/// 404 with `not_found`, 409 with `idempotency_conflict` and 429 with `rate_limited`. Ours: that a bare status of these
/// *means* that code (400, 401 and 409 have others beside it), that 402 means `insufficient_credits`, and
/// `http_<status>` for every other, 503 included (it is documented for `public_api_disabled` alone, which a gateway's
/// bare 503 is not).
///
/// `member` looks up a string among the members of `error`; it answers `None` where there is none.
pub fn from_envelope(status: u16, member: impl Fn(&str) -> Option<String>) -> ApiError {
    let text = |key: &str| member(key).filter(|text| !text.is_empty());
    ApiError {
        code: text("code").unwrap_or_else(|| code_of(status)),
        message: text("message").unwrap_or_else(|| with_status("The API answered with HTTP status ", status)),
        request_id: text("requestId").or_else(|| text("request_id")),
    }
}

/// The code that a bare status means.
fn code_of(status: u16) -> String {
    let code = match status {
        400 => "validation_failed",
        401 => "api_key_invalid",
        402 => "insufficient_credits",
        403 => "api_scope_denied",
        404 => "not_found",
        409 => "idempotency_conflict",
        429 => "rate_limited",
        _ => return with_status("http_", status),
    };
    code.to_owned()
}

fn with_status(before: &str, status: u16) -> String {
    [before, &status.to_string()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::value::Value;

    fn read(status: u16, body: &str) -> ApiError {
        let body = serde_json::from_str::<Value>(body).unwrap_or(Value::Null);
        from_envelope(status, |key| body.get("error")?.get(key)?.as_str().map(str::to_owned))
    }

    #[test]
    fn the_envelope_is_taken_as_it_is() {
        let error =
            read(418, r#"{"error":{"code":"brand_new","message":"Teapot.","requestId":"req_1","hint":1}}"#);
        assert_eq!(error.code, "brand_new");
        assert_eq!(error.message, "Teapot.");
        assert_eq!(error.request_id.as_deref(), Some("req_1"));
    }

    #[test]
    fn both_spellings_of_the_request_id_are_read() {
        assert_eq!(read(400, r#"{"error":{"request_id":"req_2"}}"#).request_id.as_deref(), Some("req_2"));
        let both = r#"{"error":{"request_id":"req_2","requestId":"req_1"}}"#;
        assert_eq!(read(400, both).request_id.as_deref(), Some("req_1"));
    }

    #[test]
    fn a_bare_status_becomes_a_code() {
        for (status, code) in [
            (400, "validation_failed"),
            (401, "api_key_invalid"),
            (402, "insufficient_credits"),
            (403, "api_scope_denied"),
            (404, "not_found"),
            (409, "idempotency_conflict"),
            (429, "rate_limited"),
            (500, "http_500"),
            (503, "http_503"),
            (413, "http_413"),
            (302, "http_302"),
        ] {
            for body in
                ["", "<html>", "[]", "null", r#"{"error":"nope"}"#, r#"{"error":{"code":7,"message":""}}"#]
            {
                let error = read(status, body);
                assert_eq!(error.code, code, "{status} {body}");
                assert!(error.message.contains(&status.to_string()), "{}", error.message);
                assert_eq!(error.request_id, None);
            }
        }
    }
}
