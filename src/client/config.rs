//! What `createClient` was given, read once and checked. It holds the key, so it has no `Debug`.

use js_sys::{Array, Function};
use wasm_bindgen::prelude::*;

use crate::contract::base_url;
use crate::contract::validation::Mode;
use crate::js::arguments::{self, Checked, checked};
use crate::js::error::{Error, Failure, wrong_argument};
use crate::js::platform;

/// The API's own place (contract, section 1).
const API_URL: &str = "https://rivya.ai/api/v1";
/// Where a page looks for its proxy: our convention.
const PROXY_PATH: &str = "/api/rivya";
const DEFAULT_MAX_RETRIES: f64 = 4.0;
const DEFAULT_TIMEOUT_MS: f64 = 30_000.0;
const DEFAULT_STALL_MS: f64 = 60_000.0;
const DEFAULT_MAX_CONCURRENT_UPLOADS: f64 = 4.0;

const SCHEMA: &str = "apiKey:k baseUrl:u dangerouslyAllowBrowser:b headers:o credentials:omit|same-origin|include fetch:F \
                      downloadFetch:F maxRetries:n timeoutMs:n stallMs:n maxConcurrentUploads:c validation:strict|known|off";

/// A client's options.
pub(crate) struct Config {
    /// Without a slash at its end.
    pub base_url: String,
    pub api_key: Option<String>,
    /// Name and value each.
    pub headers: Array,
    pub credentials: JsValue,
    pub fetch: Function,
    /// Whether `fetch` is the platform's own.
    pub is_platform_fetch: bool,
    pub download_fetch: Function,
    pub max_retries: u32,
    pub timeout_ms: f64,
    pub stall_ms: f64,
    pub max_concurrent_uploads: u32,
    pub mode: Mode,
    /// Cloudflare's runtime, where no call may be woken by another.
    pub workerd: bool,
    pub browser: bool,
}

impl Config {
    /// Reads `ClientOptions`.
    pub fn read(options: &JsValue) -> Result<Self, Error> {
        let options = checked(options, "options", SCHEMA)?;
        let browser = platform::is_browser();
        let api_key = options.string("apiKey");
        let headers = arguments::headers(&options.value("headers"), api_key.is_some())?;
        let holds_key = headers.holds_key();
        if holds_key && browser && options.value("dangerouslyAllowBrowser") != true {
            return Err(browser_key().into());
        }
        let fetch = options.value("fetch");
        let number = |key, default| options.number(key).unwrap_or(default);
        Ok(Self {
            base_url: base_url(
                &options,
                if browser && !holds_key { PROXY_PATH } else { API_URL },
                holds_key,
            )?,
            api_key,
            headers: headers.pairs(),
            credentials: options.value("credentials"),
            is_platform_fetch: fetch.is_undefined(),
            fetch: arguments::fetcher(&fetch, "options.fetch")?,
            download_fetch: arguments::fetcher(&options.value("downloadFetch"), "options.downloadFetch")?,
            max_retries: number("maxRetries", DEFAULT_MAX_RETRIES) as u32,
            timeout_ms: number("timeoutMs", DEFAULT_TIMEOUT_MS),
            stall_ms: number("stallMs", DEFAULT_STALL_MS),
            max_concurrent_uploads: number("maxConcurrentUploads", DEFAULT_MAX_CONCURRENT_UPLOADS) as u32,
            mode: mode(&options).unwrap_or(Mode::Strict),
            workerd: platform::is_workerd(),
            browser,
        })
    }
}

/// The option `validation`.
pub(crate) fn mode(options: &Checked) -> Option<Mode> {
    Some(match options.string("validation")?.as_str() {
        "off" => Mode::Off,
        "known" => Mode::Known,
        _ => Mode::Strict,
    })
}

#[cold]
fn browser_key() -> Failure {
    Failure::new(
        "browser_key",
        &[
            "A secret key in a page is everybody's key. Keep it on a server of yours and leave `apiKey` out: the client then talks to your \
           proxy at /api/rivya. `dangerouslyAllowBrowser: true` lifts this for tests with keys of no worth.",
        ],
    )
}

fn base_url(options: &Checked, default: &str, holds_key: bool) -> Result<String, Error> {
    let given = options.value("baseUrl");
    let url = arguments::base_url(&if given.is_undefined() { default.into() } else { given })?;
    match base_url::problem(&url.protocol(), &url.hostname(), url.has_extras(), holds_key) {
        Some(problem) => Err(wrong_argument(&["options.baseUrl", problem])),
        None => Ok(url.href()),
    }
}
