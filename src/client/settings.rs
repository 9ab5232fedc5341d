//! What a client was told.

use std::time::Duration;

use crate::contract::validation::Mode;

/// The options of an [`super::Engine`].
#[derive(Clone, Debug)]
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
        }
    }

    pub(crate) fn timeout_ms(&self) -> f64 {
        self.timeout.as_secs_f64() * 1_000.0
    }
}
