//! The platform that this module runs on.

use std::rc::Rc;
use std::time::Duration;

use web_sys::RequestCredentials;

use super::answer::{self, JsAnswer};
use super::fetch::Fetch;
use super::http::{self, PlatformFetch};
use super::indexed_db::IndexedDb;
use super::lock::{self, Lock};
use super::memory::Memory;
use super::{event, runtime, timer};
use crate::contract::value::Value;
use crate::platform::{Exchange, Local, Platform, Request, Store};

/// Where a client's journal is kept.
pub(crate) enum Keep {
    /// IndexedDB where there is one, else this process's memory.
    Default,
    Nowhere,
    In(Rc<dyn Store>),
}

/// The platform that this module runs on.
pub struct Web {
    fetch: Rc<dyn Fetch>,
    is_own_fetch: bool,
    credentials: Option<RequestCredentials>,
    store: Option<Rc<dyn Store>>,
}

impl Web {
    /// `fetch`: a caller's own; `None` is the platform's.
    pub(crate) fn new(
        fetch: Option<Rc<dyn Fetch>>,
        credentials: Option<RequestCredentials>,
        keep: Keep,
    ) -> Self {
        let store: Option<Rc<dyn Store>> = match keep {
            Keep::Nowhere => None,
            Keep::In(store) => Some(store),
            Keep::Default if runtime::has_indexed_db() => Some(Rc::new(IndexedDb)),
            Keep::Default => Some(Rc::new(Memory::default())),
        };
        Self {
            is_own_fetch: fetch.is_none(),
            fetch: fetch.unwrap_or_else(|| Rc::new(PlatformFetch)),
            credentials,
            store,
        }
    }
}

/// Whether this is a page, or a worker of one: a place where a secret key would be everybody's.
pub(crate) fn is_browser() -> bool {
    runtime::is_browser()
}

impl Platform for Web {
    type Answer = JsAnswer;
    type Lock = Lock;

    fn monotonic_ms(&self) -> f64 {
        runtime::monotonic_ms()
    }

    fn wall_ms(&self) -> f64 {
        js_sys::Date::now()
    }

    fn date_ms(&self, text: &str) -> f64 {
        js_sys::Date::parse(text)
    }

    fn sleep(&self, delay: Duration) -> Local<()> {
        timer::sleep(delay)
    }

    fn random(&self) -> f64 {
        js_sys::Math::random()
    }

    fn random_bytes(&self) -> [u8; 16] {
        runtime::random_bytes()
    }

    fn exchange(&self, request: Request) -> Local<Exchange<JsAnswer>> {
        Box::pin(http::exchange(self.fetch.clone(), self.credentials, request))
    }

    fn to_json(&self, value: &Value) -> String {
        answer::to_json(value)
    }

    fn parse_json(&self, text: &str) -> Option<Value> {
        answer::parse(text)
    }

    fn store(&self) -> Option<&dyn Store> {
        self.store.as_deref()
    }

    fn lock(&self, name: &str) -> Local<Lock> {
        lock::alone(name)
    }

    fn mark(&self, name: &str) -> Local<Option<Lock>> {
        lock::mark(name)
    }

    fn marks(&self) -> Local<Vec<String>> {
        Box::pin(lock::marks())
    }

    fn is_offline(&self) -> bool {
        // Of the network of a caller's own fetch nobody knows.
        self.is_own_fetch && runtime::is_offline()
    }

    fn online(&self) -> Local<()> {
        event::online()
    }

    fn is_hidden(&self) -> bool {
        runtime::is_hidden()
    }

    fn returned(&self) -> Local<()> {
        event::returned()
    }

    fn separates_calls(&self) -> bool {
        runtime::is_workerd()
    }

    fn tells_causes(&self) -> bool {
        self.is_own_fetch && !runtime::is_browser()
    }

    fn spawn(&self, task: Local<()>) {
        wasm_bindgen_futures::spawn_local(task);
    }

    fn warn(&self, message: &str) {
        runtime::warn(message);
    }
}
