//! What `createProxy` was given, and whether it fits together.

use js_sys::Array;
use wasm_bindgen::prelude::*;

use super::ids::{MIN_KEY_BYTES, SigningKeys};
use crate::contract::base_url::BaseUrl;
use crate::js::error::wrong_argument;
use crate::js::handle::Handle;

/// A proxy's options. It holds the signing keys, so it has no `Debug`.
pub(crate) struct Settings {
    /// With a slash before it and none behind.
    pub base_path: String,
    pub keys: SigningKeys,
    /// None: every model.
    pub models: Option<Vec<String>>,
    pub origins: Vec<String>,
    pub max_upload_bytes: f64,
    pub allows_chunked: bool,
    pub serves_results: bool,
    pub counts_credits: bool,
    /// The API itself is on loopback, by plain http.
    pub allows_http: bool,
    /// Scheme and host of the API.
    pub upstream_origin: String,
}

impl Settings {
    /// Reads what `settings.js` has checked. A `TypeError` names what doesn't fit.
    pub(crate) fn read(settings: &Handle) -> Result<Self, JsValue> {
        let (protocol, hostname) = (settings.text("protocol"), settings.text("hostname"));
        let has_extras = settings.flag("hasExtras");
        let url = BaseUrl { protocol: &protocol, hostname: &hostname, has_extras, gets_key: true };
        if let Some(problem) = url.problem() {
            return Err(wrong_argument(&["options.upstream", problem]));
        }
        let base_path = settings.text("basePath");
        if !is_base_path(&base_path) {
            return Err(wrong_argument(&[
                "options.basePath must be a path such as \"/api/rivya\", without a slash at its end",
            ]));
        }
        let origins = strings(settings, "allowedOrigins").unwrap_or_default();
        if let Some(index) = origins.iter().position(|origin| !is_origin(origin)) {
            let index = index.to_string();
            return Err(wrong_argument(&[
                "options.allowedOrigins[",
                &index,
                "] must be an origin such as \"https://app.example\"",
            ]));
        }
        let keys =
            SigningKeys::new(strings(settings, "signingKey").unwrap_or_default()).ok_or_else(|| {
                wrong_argument(&[
                    "options.signingKey must have at least ",
                    &MIN_KEY_BYTES.to_string(),
                    " bytes, each of several",
                ])
            })?;
        Ok(Self {
            base_path,
            keys,
            models: strings(settings, "models"),
            origins,
            max_upload_bytes: settings.amount("maxUploadBytes"),
            allows_chunked: settings.flag("allowChunkedUploads"),
            serves_results: settings.flag("results"),
            counts_credits: settings.number("creditsPerDay").is_some(),
            allows_http: protocol == "http:",
            upstream_origin: settings.text("upstreamOrigin"),
        })
    }
}

fn strings(settings: &Handle, key: &str) -> Option<Vec<String>> {
    let list: Array = settings.value(key).dyn_into().ok()?;
    Some(list.iter().filter_map(|item| item.as_string()).collect())
}

/// `/api/rivya`: plain segments. The empty path serves at the root.
fn is_base_path(path: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let is_segment = |segment: &str| !matches!(segment, "" | "." | "..") && segment.bytes().all(is_plain);
    path.is_empty() || path.strip_prefix('/').is_some_and(|rest| rest.split('/').all(is_segment))
}

/// As a browser writes it: a scheme, a host in small letters, a port perhaps; never `null`, never a wildcard.
fn is_origin(origin: &str) -> bool {
    let host = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"));
    host.is_some_and(|host| {
        let is_plain =
            |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-.:[]".contains(&byte);
        !host.is_empty() && host.bytes().all(is_plain)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_path_is_made_of_plain_segments() {
        for path in ["", "/api", "/api/rivya", "/a-b/c.d/~e_f"] {
            assert!(is_base_path(path), "{path}");
        }
        for path in
            ["/", "api", "/api/", "/api//x", "/api/..", "/./api", "/a?b", "/a%2f", "/a#b", "https://a"]
        {
            assert!(!is_base_path(path), "{path}");
        }
    }

    #[test]
    fn an_origin_is_written_as_browsers_write_it() {
        for origin in ["https://app.test", "http://localhost:8787", "http://[::1]:80"] {
            assert!(is_origin(origin), "{origin}");
        }
        for origin in [
            "null",
            "*",
            "https://*",
            "https://App.test",
            "https://app.test/",
            "app.test",
            "https://",
            "https://a@b",
        ] {
            assert!(!is_origin(origin), "{origin}");
        }
    }
}
