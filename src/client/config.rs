//! What `createClient` was given, read once and checked. It holds the key, so it has no `Debug`.

use web_sys::{Headers, Url};

use crate::contract::validation::Mode;
use crate::contract::value::Value;
use crate::js::arguments::Arguments;
use crate::js::data;
use crate::js::error::{Error, Failure};
use crate::js::fetch::Fetcher;
use crate::js::platform;

/// The API's own place (contract, section 1).
const API_URL: &str = "https://rivya.ai/api/v1";
/// Where a page looks for its proxy: our convention.
const PROXY_PATH: &str = "/api/rivya";
/// How a secret key begins (contract, section 2).
const KEY_PREFIX: &str = "rvya_sk_";
const DEFAULT_MAX_RETRIES: f64 = 4.0;
const DEFAULT_TIMEOUT_MS: f64 = 30_000.0;
const DEFAULT_STALL_MS: f64 = 60_000.0;
const DEFAULT_MAX_CONCURRENT_UPLOADS: f64 = 4.0;
/// Names that the client sets itself.
const OWN_HEADERS: [&str; 3] = ["idempotency-key", "x-rivya-client", "content-type"];

/// A client's options.
pub(crate) struct Config {
    /// Without a slash at its end.
    pub base_url: String,
    pub api_key: Option<String>,
    pub headers: Vec<(String, String)>,
    pub credentials: Option<&'static str>,
    pub fetch: Fetcher,
    pub download_fetch: Fetcher,
    pub max_retries: u32,
    pub timeout_ms: f64,
    pub stall_ms: f64,
    pub max_concurrent_uploads: u32,
    pub mode: Mode,
    /// Cloudflare's runtime, where no call may be woken by another.
    pub workerd: bool,
}

impl Config {
    /// Reads `ClientOptions`.
    pub fn read(options: &Arguments) -> Result<Self, Error> {
        let browser = platform::is_browser();
        let api_key = options.string("apiKey")?;
        if api_key
            .as_deref()
            .is_some_and(|key| key.is_empty() || !key.bytes().all(|byte| byte.is_ascii_graphic()))
        {
            return Err(Error::argument(
                "options.apiKey must be a key of the API: printable ASCII without blanks",
            ));
        }
        let headers = headers(options, api_key.is_some())?;
        let holds_key = api_key.is_some() || headers.iter().any(|(_, value)| value.contains(KEY_PREFIX));
        let allowed = options.boolean("dangerouslyAllowBrowser")?.unwrap_or(false);
        if holds_key && browser && !allowed {
            let message = "A secret key in a page is everybody's key. Keep it on a server of yours and leave `apiKey` out: the client then talks to your \
                           proxy at /api/rivya. `dangerouslyAllowBrowser: true` lifts this for tests with keys of no worth.";
            return Err(Failure::new("browser_key", message).into());
        }
        let base_url =
            base_url(options, if browser && !holds_key { PROXY_PATH } else { API_URL }, holds_key)?;
        Ok(Self {
            base_url,
            api_key,
            headers,
            credentials: options.one_of("credentials", &["omit", "same-origin", "include"])?,
            fetch: Fetcher::option(options, "fetch")?,
            download_fetch: Fetcher::option(options, "downloadFetch")?,
            max_retries: options
                .number("maxRetries", 0.0, "a number of at least 0")?
                .unwrap_or(DEFAULT_MAX_RETRIES) as u32,
            timeout_ms: duration(options, "timeoutMs")?.unwrap_or(DEFAULT_TIMEOUT_MS),
            stall_ms: duration(options, "stallMs")?.unwrap_or(DEFAULT_STALL_MS),
            max_concurrent_uploads: options
                .number("maxConcurrentUploads", 1.0, "a number of at least 1")?
                .unwrap_or(DEFAULT_MAX_CONCURRENT_UPLOADS) as u32,
            mode: mode(options)?.unwrap_or(Mode::Strict),
            workerd: platform::is_workerd(),
        })
    }
}

/// A duration option in milliseconds.
pub(crate) fn duration(options: &Arguments, key: &str) -> Result<Option<f64>, Error> {
    options.number(key, 0.0, "a number of milliseconds, at least 0,")
}

/// The option `validation`.
pub(crate) fn mode(options: &Arguments) -> Result<Option<Mode>, Error> {
    Ok(options.one_of("validation", &["strict", "known", "off"])?.map(|word| match word {
        "off" => Mode::Off,
        "known" => Mode::Known,
        _ => Mode::Strict,
    }))
}

fn headers(options: &Arguments, has_key: bool) -> Result<Vec<(String, String)>, Error> {
    let Some(value) = options.get("headers")? else { return Ok(Vec::new()) };
    let Value::Record(members) = data::decode(&value, "options.headers")? else {
        return Err(options.wrong("headers", "an object of strings", &value));
    };
    let mut headers = Vec::with_capacity(members.len());
    for (name, value) in members {
        let path = format!("options.headers[\"{name}\"]");
        let Value::String(value) = value else {
            return Err(Error::argument(format!("{path} must be a string")));
        };
        let lower = name.to_ascii_lowercase();
        if OWN_HEADERS.contains(&lower.as_str()) || (has_key && lower == "authorization") {
            return Err(Error::argument(format!("{path} is set by the client itself")));
        }
        // The platform's own judgement of what a header may be; its message could hold the value.
        if Headers::new().and_then(|headers| headers.append(&name, &value)).is_err() {
            return Err(Error::argument(format!("{path} is no valid header")));
        }
        headers.push((name, value));
    }
    Ok(headers)
}

fn base_url(options: &Arguments, default: &str, holds_key: bool) -> Result<String, Error> {
    let given = match options.get("baseUrl")? {
        Some(value) if platform::is_url(&value) => {
            Some(String::from(js_sys::JsString::from(data::member(&value, "href", "options.baseUrl")?)))
        }
        _ => options.string("baseUrl")?,
    };
    let text = given.as_deref().unwrap_or(default);
    let url = match platform::location_base() {
        Some(base) => Url::new_with_base(text, &base),
        None => Url::new(text),
    }
    .map_err(|_| {
        Error::argument(format!("options.baseUrl must be an absolute URL (outside a page), not \"{text}\""))
    })?;
    let protocol = url.protocol();
    if protocol != "https:" && protocol != "http:" {
        return Err(Error::argument(format!("options.baseUrl must be an https: URL, not {protocol}")));
    }
    if !url.username().is_empty()
        || !url.password().is_empty()
        || !url.search().is_empty()
        || !url.hash().is_empty()
    {
        return Err(Error::argument("options.baseUrl must have no credentials, query or fragment"));
    }
    if holds_key && protocol == "http:" && !is_loopback(&url.hostname()) {
        return Err(Error::argument(
            "options.baseUrl must be https: where a key is sent; http: is for loopback only",
        ));
    }
    Ok(url.href().trim_end_matches('/').to_owned())
}

fn is_loopback(host: &str) -> bool {
    // The platform has normalised the address: 127.1 arrives as 127.0.0.1.
    let octets: Vec<&str> = host.split('.').collect();
    host == "localhost"
        || host.ends_with(".localhost")
        || host == "[::1]"
        || (octets.len() == 4
            && octets.first() == Some(&"127")
            && octets.iter().all(|octet| octet.parse::<u8>().is_ok()))
}
