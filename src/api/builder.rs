//! The options of a client.

use std::rc::Rc;
use std::time::Duration;

use web_sys::{Headers, RequestCredentials};

use super::client::Client;
use super::error::{Error, wrong_option};
use crate::client::{Engine, Settings};
use crate::contract::api_key::{self, Holder};
use crate::contract::base_url::{self, BaseUrl};
use crate::contract::validation::Mode;
use crate::platform::Store;
use crate::web::{Fetch, Keep, Transport, Web, WebOptions, is_browser, location_base, resolve};

/// One's own proxy, on the page's own origin: what a page without a key talks to.
const PROXY_BASE_URL: &str = "/api/rivya";
/// The API itself, for whoever holds a key, or has no page.
const API_BASE_URL: &str = "https://rivya.ai/api/v1";

/// Names that the client sets itself; beside a key also `Authorization`.
const OWN_HEADERS: [&str; 3] = ["idempotency-key", "x-rivya-client", "content-type"];

impl Client {
    /// Options, all of which have defaults: in a page a client of one's own proxy at `/api/rivya`.
    /// ```no_run
    /// # use rivya_wasm::api::{Client, Error};
    /// # fn main() -> Result<(), Error> {
    /// let in_a_page = Client::builder().build()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn builder() -> ClientBuilder {
        ClientBuilder::default()
    }
}

/// Options of a [`Client`]; see [`Client::builder`].
/// ```no_run
/// use std::time::Duration;
///
/// use rivya_wasm::api::{Client, Error, Memory};
///
/// /// A client of a Worker or a script, which holds the key itself.
/// fn on_a_server(key: &str) -> Result<Client, Error> {
///     Client::builder().api_key(key).max_retries(2).timeout(Duration::from_secs(10)).store(Memory::default()).build()
/// }
/// ```
pub struct ClientBuilder {
    base_url: Option<String>,
    api_key: Option<String>,
    may_hold_key_in_browser: bool,
    headers: Vec<(String, String)>,
    credentials: Option<RequestCredentials>,
    fetch: Option<Rc<dyn Fetch>>,
    download_fetch: Option<Rc<dyn Fetch>>,
    max_retries: u32,
    timeout: Duration,
    max_result_bytes: u64,
    stall: Duration,
    max_concurrent_uploads: usize,
    validation: Mode,
    keep: Keep,
    account: Option<String>,
}

impl Default for ClientBuilder {
    fn default() -> Self {
        Self {
            base_url: None,
            api_key: None,
            may_hold_key_in_browser: false,
            headers: Vec::new(),
            credentials: None,
            fetch: None,
            download_fetch: None,
            max_retries: 4,
            timeout: Duration::from_secs(30),
            max_result_bytes: 1_073_741_824,
            stall: Duration::from_secs(60),
            max_concurrent_uploads: 4,
            validation: Mode::Strict,
            keep: Keep::Default,
            account: None,
        }
    }
}

impl ClientBuilder {
    /// What `/generations` is appended to. Default: `/api/rivya` of the page's own origin; the API itself where a key
    /// is given, or where there is no page.
    pub fn base_url(mut self, base_url: &str) -> Self {
        self.base_url = Some(base_url.to_owned());
        self
    }

    /// The secret key, on servers alone: pages talk to a proxy, which keeps it.
    pub fn api_key(mut self, api_key: &str) -> Self {
        self.api_key = Some(api_key.to_owned());
        self
    }

    /// Lets a page hold a key: for tests with keys of no worth. Default false.
    pub fn dangerously_allow_browser(mut self, allow: bool) -> Self {
        self.may_hold_key_in_browser = allow;
        self
    }

    /// A header of every request to the API or the proxy. It goes to no result's host.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Whether cookies are sent. Default: the platform's.
    pub fn credentials(mut self, credentials: RequestCredentials) -> Self {
        self.credentials = Some(credentials);
        self
    }

    /// What answers instead of the platform's fetch.
    pub fn fetch(mut self, fetch: impl Fetch + 'static) -> Self {
        self.fetch = Some(Rc::new(fetch));
        self
    }

    /// What fetches results from where they lie, instead of the platform's fetch. It is given no key and none of the
    /// client's headers.
    pub fn download_fetch(mut self, fetch: impl Fetch + 'static) -> Self {
        self.download_fetch = Some(Rc::new(fetch));
        self
    }

    /// How often a request is repeated after the first attempt. Default 4.
    pub fn max_retries(mut self, max_retries: u32) -> Self {
        self.max_retries = max_retries;
        self
    }

    /// How long one attempt may take. Default 30 s.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// The longest result that is taken, in bytes, at least 1. Default 1,073,741,824.
    pub fn max_result_bytes(mut self, max_result_bytes: u64) -> Self {
        self.max_result_bytes = max_result_bytes;
        self
    }

    /// How long an upload may go without a byte that moves; ten times that in all, where none can be seen moving.
    /// Default 60 s.
    pub fn stall(mut self, stall: Duration) -> Self {
        self.stall = stall;
        self
    }

    /// How many files are sent at once, at least 1. Default 4.
    pub fn max_concurrent_uploads(mut self, files: usize) -> Self {
        self.max_concurrent_uploads = files;
        self
    }

    /// How much of a request is checked before anything is sent. Default: all of it.
    pub fn validation(mut self, validation: Mode) -> Self {
        self.validation = validation;
        self
    }

    /// Where the journal is kept. Default: IndexedDB in pages, memory elsewhere.
    pub fn store(mut self, store: impl Store) -> Self {
        self.keep = Keep::In(Rc::new(store));
        self
    }

    /// Keeps no journal: what is submitted while a page closes is lost to it.
    pub fn without_store(mut self) -> Self {
        self.keep = Keep::Nowhere;
        self
    }

    /// Whose work the journal keeps, where one origin serves several accounts.
    pub fn account(mut self, account: &str) -> Self {
        self.account = Some(account.to_owned());
        self
    }

    /// The client. It sends nothing, and draws nothing random: it may be made where a Worker is loaded.
    ///
    /// # Errors
    ///
    /// `browser_key` where a page would hold a key; `invalid_option`, with the option's name, for a base URL, a key or
    /// a header that is none, and for a number of 0 that has to be at least 1.
    pub fn build(self) -> Result<Client, Error> {
        if self.api_key.as_deref().is_some_and(|key| !api_key::is_valid(key)) {
            return Err(wrong_option("api_key", "must be a key of the API: printable ASCII without blanks"));
        }
        for (name, is_none) in [
            ("max_concurrent_uploads", self.max_concurrent_uploads == 0),
            ("max_result_bytes", self.max_result_bytes == 0),
        ] {
            if is_none {
                return Err(wrong_option(name, "must be at least 1"));
            }
        }
        let holds_key =
            self.api_key.is_some() || self.headers.iter().any(|(_, value)| value.contains(api_key::PREFIX));
        let mut headers = checked(self.headers, self.api_key.is_some())?;
        let is_page = is_browser();
        if (Holder { holds_key, is_page, may_expose_key: self.may_hold_key_in_browser }).exposes_key() {
            let message = api_key::exposed_message("api_key", "dangerously_allow_browser");
            return Err(Error::new("browser_key", &message));
        }
        let given = self.base_url.as_deref();
        let default = if is_page && !holds_key { PROXY_BASE_URL } else { API_BASE_URL };
        let place = Place::of(given.unwrap_or(default), holds_key)?;
        if let Some(key) = &self.api_key {
            let value = ["Bearer ", key].concat();
            headers.push(("Authorization".to_owned(), value));
        }
        let settings = Settings {
            headers,
            account: self.account,
            max_retries: self.max_retries,
            timeout: self.timeout,
            stall: self.stall,
            max_concurrent_uploads: self.max_concurrent_uploads,
            validation: self.validation,
            is_loopback: place.is_loopback,
            max_result_bytes: self.max_result_bytes,
            holds_key,
            is_page,
            ..Settings::new(&place.href)
        };
        let web = WebOptions {
            fetch: self.fetch.map_or_else(Transport::default, Transport::Program),
            download_fetch: self.download_fetch.map_or_else(Transport::default, Transport::Program),
            credentials: self.credentials,
            holds_key,
            keep: self.keep,
            ..WebOptions::default()
        };
        Ok(Client { engine: Engine::new(Web::new(web), settings) })
    }
}

/// The headers that were given; the platform judges what one may be.
fn checked(headers: Vec<(String, String)>, has_key: bool) -> Result<Vec<(String, String)>, Error> {
    let own = OWN_HEADERS.iter().chain(has_key.then_some(&"authorization"));
    for (name, value) in &headers {
        let problem = if own.clone().any(|own| name.eq_ignore_ascii_case(own)) {
            "is set by the client itself"
        } else if !fits(name, value) {
            "is no valid header"
        } else {
            continue;
        };
        let shown: String = name.chars().take(80).collect();
        return Err(wrong_option(&["header ", &shown].concat(), problem));
    }
    Ok(headers)
}

/// Whether the platform takes a header. Its own words for one that it does not take would show the value.
fn fits(name: &str, value: &str) -> bool {
    Headers::new().and_then(|headers| headers.append(name, value)).is_ok()
}

/// A base URL that fits.
struct Place {
    /// Without a slash at its end.
    href: String,
    is_loopback: bool,
}

impl Place {
    fn of(given: &str, holds_key: bool) -> Result<Self, Error> {
        let url = resolve(given, location_base().as_deref()).ok_or_else(|| {
            wrong_option("base_url", "must be a URL; where there is no page, one that begins with https:")
        })?;
        let parts = BaseUrl {
            protocol: &url.protocol,
            hostname: &url.hostname,
            has_extras: url.has_credentials || url.has_query,
            gets_key: holds_key,
        };
        if let Some(problem) = parts.problem() {
            return Err(wrong_option("base_url", problem.trim_start()));
        }
        let is_loopback = base_url::is_loopback(&url.hostname);
        Ok(Self { href: url.href.trim_end_matches('/').to_owned(), is_loopback })
    }
}
