//! The options of a client.

use std::rc::Rc;
use std::time::Duration;

use web_sys::{Headers, RequestCredentials, Url};

use super::client::Client;
use super::error::{Error, wrong_option};
use crate::client::{Engine, Settings};
use crate::contract::base_url;
use crate::contract::validation::Mode;
use crate::platform::Store;
use crate::web::{Fetch, Keep, Web, is_browser};

/// One's own proxy, on the page's own origin.
const DEFAULT_BASE_URL: &str = "/api/rivya";
/// The API itself, for whoever holds a key.
const API_BASE_URL: &str = "https://rivya.ai/api/v1";

/// Names that the client sets itself; beside a key also `Authorization`.
const OWN_HEADERS: [&str; 3] = ["idempotency-key", "x-rivya-client", "content-type"];
/// What a key begins with, in whichever header it travels.
const KEY_PREFIX: &str = "rvya_sk_";

impl Client {
    /// Options, all of which have defaults: a client of one's own proxy at `/api/rivya`.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::default()
    }
}

/// Options of a [`Client`]; see [`Client::builder`].
pub struct ClientBuilder {
    base_url: Option<String>,
    api_key: Option<String>,
    may_hold_key_in_browser: bool,
    headers: Vec<(String, String)>,
    credentials: Option<RequestCredentials>,
    fetch: Option<Rc<dyn Fetch>>,
    max_retries: u32,
    timeout: Duration,
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
            max_retries: 4,
            timeout: Duration::from_secs(30),
            validation: Mode::Strict,
            keep: Keep::Default,
            account: None,
        }
    }
}

impl ClientBuilder {
    /// What `/generations` is appended to. Default: `/api/rivya` of the page's own origin, or the API itself where a
    /// key is given.
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
    /// `browser_key` where a page would hold a key; `invalid_option` for a base URL or a header that is none, with the
    /// option's name.
    pub fn build(self) -> Result<Client, Error> {
        let holds_key =
            self.api_key.is_some() || self.headers.iter().any(|(_, value)| value.contains(KEY_PREFIX));
        let mut headers = checked(self.headers, self.api_key.is_some())?;
        if holds_key && is_browser() && !self.may_hold_key_in_browser {
            return Err(Error::new(
                "browser_key",
                "A secret key in a page is everybody's key. Keep it on a server of yours and leave `api_key` out: \
                 the client then talks to your proxy at /api/rivya. `dangerously_allow_browser` lifts this for \
                 tests with keys of no worth.",
            ));
        }
        let given = self.base_url.as_deref();
        let default = if holds_key { API_BASE_URL } else { DEFAULT_BASE_URL };
        let place = Place::of(given.unwrap_or(default), holds_key)?;
        if let Some(key) = &self.api_key {
            let value = ["Bearer ", key].concat();
            if !fits("Authorization", &value) {
                return Err(wrong_option("api_key", "can't stand in a header"));
            }
            headers.push(("Authorization".to_owned(), value));
        }
        let settings = Settings {
            headers,
            account: self.account,
            max_retries: self.max_retries,
            timeout: self.timeout,
            validation: self.validation,
            is_loopback: place.is_loopback,
            ..Settings::new(&place.href)
        };
        let web = Web::new(self.fetch, self.credentials, self.keep);
        Ok(Client { engine: Engine::new(web, settings), validation: self.validation })
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
        let url = match page() {
            Some(page) => Url::new_with_base(given, &page),
            None => Url::new(given),
        };
        let url = url.map_err(|_| {
            wrong_option("base_url", "must be a URL; where there is no page, one that begins with https:")
        })?;
        let has_extras =
            [url.username(), url.password(), url.search(), url.hash()].iter().any(|part| !part.is_empty());
        if let Some(problem) = base_url::problem(&url.protocol(), &url.hostname(), has_extras, holds_key) {
            return Err(wrong_option("base_url", problem.trim_start()));
        }
        let href = url.href();
        let is_loopback = base_url::is_loopback(&url.hostname());
        Ok(Self { href: href.trim_end_matches('/').to_owned(), is_loopback })
    }
}

/// Where this page is.
fn page() -> Option<String> {
    let location = js_sys::Reflect::get(&js_sys::global(), &"location".into()).ok()?;
    if !location.is_object() {
        return None;
    }
    js_sys::Reflect::get(&location, &"href".into()).ok()?.as_string()
}
