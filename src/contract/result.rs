//! What an HTTP answer says about a result, before its bytes are looked at.

/// What the proxy's refusals about a result carry as `error.resource` (our convention): so that they can be told from
/// those of a server which has no such route, whose 404 says nothing of the result.
pub const RESOURCE: &str = "result";

/// Whether an answer of this status may bring a result: a success with the whole body. Nobody asks for a part (206),
/// and 202, 204 and 205 say that there is none yet, or none at all.
pub fn may_bring_result(status: u16) -> bool {
    (200..300).contains(&status) && !matches!(status, 202 | 204 | 205 | 206)
}

/// Whether a refusal of the proxy's results route is about the very result that was asked for. It has an envelope with
/// a code, which a web server's own page has not. And where it says that there is nothing here, it says what: else the
/// route itself may be missing.
pub fn is_about_result(status: u16, code: Option<&str>, resource: Option<&str>) -> bool {
    let may_miss_the_route = matches!(status, 404 | 405 | 410 | 501);
    let has_code = code.is_some_and(|code| !code.is_empty());
    status >= 400 && has_code && (!may_miss_the_route || resource == Some(RESOURCE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_success_with_a_whole_body_may_bring_a_result() {
        let statuses: Vec<u16> = (0..600).filter(|status| may_bring_result(*status)).collect();
        assert!([200, 201, 203].iter().all(|status| statuses.contains(status)));
        assert!(
            [0, 100, 199, 202, 204, 205, 206, 300, 304, 404].iter().all(|status| !statuses.contains(status))
        );
    }

    #[test]
    fn a_refusal_counts_where_it_is_about_the_result() {
        for (status, code, resource, counts) in [
            (404, Some("not_found"), Some("result"), true),
            (410, Some("not_found"), Some("result"), true),
            (502, Some("invalid_response"), Some("result"), true),
            (401, Some("unauthorized"), None, true),
            (429, Some("rate_limited"), None, true),
            (503, Some("budget_unavailable"), None, true),
            // A route that is missing, or switched off.
            (404, Some("not_found"), None, false),
            (404, Some("not_found"), Some("route"), false),
            (405, Some("method_not_allowed"), None, false),
            (501, Some("not_implemented"), None, false),
            (404, None, None, false),
            // Pages of web servers.
            (401, None, None, false),
            (503, None, None, false),
            (503, Some(""), None, false),
            (302, Some("moved"), Some("result"), false),
            (0, None, None, false),
        ] {
            assert_eq!(is_about_result(status, code, resource), counts, "{status} {code:?} {resource:?}");
        }
    }
}
