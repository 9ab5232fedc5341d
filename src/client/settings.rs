//! What a client was told.

use std::fmt;
use std::time::Duration;

use crate::contract::validation::Mode;
use crate::millis::millis;
use crate::platform::NamesOf;

/// The options of an [`super::Engine`]. Their `Debug` names the headers, and holds none of their values.
#[derive(Clone)]
pub struct Settings {
    /// What `/generations` is appended to, without a slash at its end.
    pub base_url: String,
    /// Headers of every request to the API. `Authorization` with the secret key is one of them.
    pub headers: Vec<(String, String)>,
    /// Whose work the journal keeps, where one origin serves several accounts. Entries of another one are not seen.
    pub account: Option<String>,
    /// How often a request is repeated after the first attempt. Default 4.
    pub max_retries: u32,
    /// How long one attempt may take. Default 30 s.
    pub timeout: Duration,
    /// How much of a request is checked before anything is sent. Default: all of it.
    pub validation: Mode,
    /// Whether the network is waited for while the platform says that it is offline: not where a caller's own fetch
    /// answers, of whose network nobody knows. Default true.
    pub waits_for_network: bool,
    /// Whether `base_url` is on this machine, and can be reached without a network. Default false.
    pub is_loopback: bool,
    /// How many files are sent at once. Default 4.
    pub max_concurrent_uploads: usize,
    /// How long an upload or a download may go without a byte that moves. Default 60 s.
    pub stall: Duration,
    /// The longest result that is taken, in bytes. Default 1,073,741,824.
    pub max_result_bytes: u64,
    /// Whether a secret key is among the headers: then this talks to the API itself, which serves no results. Default
    /// false.
    pub holds_key: bool,
    /// Whether this is a page, whose browser judges which hosts may be asked, and follows redirects by itself. Default
    /// false.
    pub is_page: bool,
}

impl Settings {
    /// The defaults, for an API at a base URL.
    pub fn new(base_url: &str) -> Self {
        Self {
            base_url: base_url.to_owned(),
            headers: Vec::new(),
            account: None,
            max_retries: 4,
            timeout: Duration::from_secs(30),
            validation: Mode::Strict,
            waits_for_network: true,
            is_loopback: false,
            max_concurrent_uploads: 4,
            stall: Duration::from_secs(60),
            max_result_bytes: 1_073_741_824,
            holds_key: false,
            is_page: false,
        }
    }

    pub(crate) fn timeout_ms(&self) -> f64 {
        millis(self.timeout)
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Settings")
            .field("base_url", &self.base_url)
            .field("headers", &NamesOf(&self.headers))
            .field("account", &self.account)
            .field("max_retries", &self.max_retries)
            .field("timeout", &self.timeout)
            .field("validation", &self.validation)
            .field("waits_for_network", &self.waits_for_network)
            .field("is_loopback", &self.is_loopback)
            .field("max_concurrent_uploads", &self.max_concurrent_uploads)
            .field("stall", &self.stall)
            .field("max_result_bytes", &self.max_result_bytes)
            .field("holds_key", &self.holds_key)
            .field("is_page", &self.is_page)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::{Method, Request};

    #[test]
    fn debug_names_headers_and_never_shows_the_key_in_them() {
        let headers = vec![("Authorization".to_owned(), "Bearer rvya_sk_secret".to_owned())];
        let settings = Settings { headers: headers.clone(), ..Settings::new("https://api.example") };
        let (method, url, timeout) = (Method::Get, settings.base_url.clone(), settings.timeout);
        let request = Request { method, url, headers, body: None, timeout };
        for shown in [format!("{settings:?}"), format!("{request:?}")] {
            assert!(shown.contains("Authorization") && shown.contains("api.example"), "{shown}");
            assert!(!shown.contains("secret"), "{shown}");
        }
    }
}
