//! The fixed map of routes. Nothing that is not in it reaches the API.

/// What a caller wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Route {
    /// `POST /generations`.
    Submit,
    /// `GET /generations/{id}`.
    Poll(Segment),
    /// `GET /generations/{id}/results/{n}`: ours, for pages that may not read a result where it lies.
    Result(Segment, u32),
    /// `POST /files`.
    Upload,
    /// `GET /files/{id}`.
    File(Segment),
    /// `GET /models`.
    Models,
    /// `GET /credits`.
    Credits,
}

/// An id as it stood in the path, decoded once; None where it can't be one.
pub(crate) type Segment = Option<String>;

/// Why there is no route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum NoRoute {
    /// 404.
    NotFound,
    /// 405: the path is one of ours.
    MethodNotAllowed {
        /// What it takes.
        allow: &'static str,
    },
}

/// The path of a URL as it stands, neither decoded nor normalised. Its query is not looked at, and goes nowhere.
pub(crate) fn path_of(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let rest = rest.split(['?', '#']).next().unwrap_or_default();
    rest.find('/').and_then(|start| rest.get(start..)).unwrap_or_default()
}

/// Scheme and host of a URL.
pub(crate) fn origin_of(url: &str) -> &str {
    let Some(host) = url.find("://").and_then(|colon| colon.checked_add(3)) else { return "" };
    let length = url.get(host..).and_then(|rest| rest.find(['/', '?', '#']));
    length.map_or(url, |length| url.get(..host.saturating_add(length)).unwrap_or_default())
}

/// The route of a path below `base_path`.
pub(crate) fn find(base_path: &str, path: &str, method: &str) -> Result<Route, NoRoute> {
    let below = path.strip_prefix(base_path).ok_or(NoRoute::NotFound)?;
    let mut parts = below.split('/');
    // What stands before the first slash: `/api/rivya-elsewhere` is not below `/api/rivya`.
    if parts.next() != Some("") {
        return Err(NoRoute::NotFound);
    }
    let parts = [parts.next(), parts.next(), parts.next(), parts.next(), parts.next()];
    let (route, allow) = match parts {
        [Some("generations"), None, ..] => (Route::Submit, "POST"),
        [Some("generations"), Some(id), None, ..] => (Route::Poll(decode(id)), "GET"),
        [Some("generations"), Some(id), Some("results"), Some(index), None] => {
            (Route::Result(decode(id), place(index).ok_or(NoRoute::NotFound)?), "GET")
        }
        [Some("files"), None, ..] => (Route::Upload, "POST"),
        [Some("files"), Some(id), None, ..] => (Route::File(decode(id)), "GET"),
        [Some("models"), None, ..] => (Route::Models, "GET"),
        [Some("credits"), None, ..] => (Route::Credits, "GET"),
        _ => return Err(NoRoute::NotFound),
    };
    if method == allow { Ok(route) } else { Err(NoRoute::MethodNotAllowed { allow }) }
}

/// A place in a list: digits, without zeros before them.
fn place(text: &str) -> Option<u32> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    if plain { text.parse().ok() } else { None }
}

/// Percent-decodes a segment once. None for what could lead elsewhere, or is malformed: slashes, dots alone, an escape
/// that is none.
fn decode(segment: &str) -> Segment {
    let mut bytes = Vec::with_capacity(segment.len());
    let mut rest = segment.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(if byte == b'%' {
            hex(rest.next()?)?.checked_mul(16)?.checked_add(hex(rest.next()?)?)?
        } else {
            byte
        });
    }
    let id = String::from_utf8(bytes).ok()?;
    let leads_elsewhere = id.is_empty() || id == "." || id == ".." || id.contains(['/', '\\']);
    (!leads_elsewhere).then_some(id)
}

fn hex(digit: u8) -> Option<u8> {
    u8::try_from(char::from(digit).to_digit(16)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const BASE: &str = "/api/rivya";

    fn get(path: &str) -> Result<Route, NoRoute> {
        find(BASE, path, "GET")
    }

    fn id(text: &str) -> Segment {
        Some(text.to_owned())
    }

    #[test]
    fn every_route_is_found_and_nothing_else() {
        assert_eq!(find(BASE, "/api/rivya/generations", "POST"), Ok(Route::Submit));
        assert_eq!(find(BASE, "/api/rivya/files", "POST"), Ok(Route::Upload));
        assert_eq!(get("/api/rivya/generations/task_1.abc"), Ok(Route::Poll(id("task_1.abc"))));
        assert_eq!(get("/api/rivya/generations/x/results/0"), Ok(Route::Result(id("x"), 0)));
        assert_eq!(get("/api/rivya/generations/x/results/12"), Ok(Route::Result(id("x"), 12)));
        assert_eq!(get("/api/rivya/files/file_1"), Ok(Route::File(id("file_1"))));
        assert_eq!(get("/api/rivya/models"), Ok(Route::Models));
        assert_eq!(get("/api/rivya/credits"), Ok(Route::Credits));
        for path in [
            "",
            "/",
            "/api/rivya",
            "/api/rivya/",
            "/api/rivya2/models",
            "/api/rivyamodels",
            "/models",
            "/api/rivya//models",
            "/api/rivya/models/",
            "/api/rivya/models/x",
            "/api/rivya/credits/",
            "/api/rivya/Models",
            "/api/rivya/%6dodels",
            "/api/rivya/../rivya/models",
            "/api/rivya/./models",
            "/api//rivya/models",
            "//api/rivya/models",
            "/api/rivya\\models",
            "/api/rivya/generations/x/",
            "/api/rivya/generations/x/results",
            "/api/rivya/generations/x/results/",
            "/api/rivya/generations/x/results/0/",
            "/api/rivya/generations/x/results/0/1",
            "/api/rivya/generations/x/results/-1",
            "/api/rivya/generations/x/results/01",
            "/api/rivya/generations/x/results/+1",
            "/api/rivya/generations/x/results/4294967296",
            "/api/rivya/generations/x/cancel",
            "/api/rivya/webhooks",
            "/api/rivya/chat/completions",
            "/api/rivya/openapi.json",
            "/api/rivya/models;x=1",
            "/api/v1/models",
        ] {
            assert_eq!(get(path), Err(NoRoute::NotFound), "{path}");
        }
    }

    #[test]
    fn a_known_path_with_another_method_is_told_so() {
        for (path, method, allow) in [
            ("/api/rivya/generations", "GET", "POST"),
            ("/api/rivya/generations/x", "DELETE", "GET"),
            ("/api/rivya/generations/x", "HEAD", "GET"),
            ("/api/rivya/models", "post", "GET"),
            ("/api/rivya/files", "PUT", "POST"),
        ] {
            assert_eq!(find(BASE, path, method), Err(NoRoute::MethodNotAllowed { allow }), "{method} {path}");
        }
    }

    #[test]
    fn an_id_that_could_lead_elsewhere_is_none() {
        for bad in [
            "", ".", "..", "%2e%2e", "%2E", "a%2Fb", "a%2fb", "a%5Cb", "a\\b", "%", "%2", "%zz", "%ff",
            "a%00%",
        ] {
            assert_eq!(get(&format!("/api/rivya/generations/{bad}")), Ok(Route::Poll(None)), "{bad}");
        }
        assert_eq!(get("/api/rivya/generations/%252e%252e"), Ok(Route::Poll(id("%2e%2e"))));
        assert_eq!(get("/api/rivya/generations/%C3%A9"), Ok(Route::Poll(id("é"))));
    }

    #[test]
    fn the_path_is_what_stands_between_host_and_query() {
        for (url, origin, path) in [
            ("https://a.test/api/rivya/models?x=/y#z", "https://a.test", "/api/rivya/models"),
            ("https://a.test", "https://a.test", ""),
            ("https://a.test?/api/rivya/models", "https://a.test", ""),
            ("http://a.test:8787/x/../y", "http://a.test:8787", "/x/../y"),
            ("https://a.test#/x", "https://a.test", ""),
        ] {
            assert_eq!((origin_of(url), path_of(url)), (origin, path), "{url}");
        }
        assert_eq!(path_of("https://a.test?/api/rivya/models"), "");
    }

    proptest! {
        #[test]
        fn whatever_the_path_an_id_has_no_slash_and_no_dots_alone(
            path in "/api/rivya/(generations|files)/[a-z%2eEfF5cC./\\\\]{0,12}",
        ) {
            if let Ok(Route::Poll(Some(id)) | Route::File(Some(id)) | Route::Result(Some(id), _)) = get(&path) {
                prop_assert!(!id.contains(['/', '\\']) && id != "." && id != ".." && !id.is_empty());
            }
        }
    }
}
