//! A page, a Worker or a script, as the flows see it.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use rivya_wasm::contract::value::Value;
use rivya_wasm::platform::*;

use super::arriving::Arriving;
use super::browser::Browser;
use super::executor::{Executor, Owner};
use super::files::{Decoded, File};
use super::json::Json;
use super::locks::{Held, Locks};
use super::result_files::resolve_url;
use super::server::EPOCH_MS;
use super::texts::Texts;
use super::uploads::{self, Sending};

/// One page, script or isolate.
pub struct Tab {
    pub browser: Rc<Browser>,
    pub id: u64,
    /// Where there are no locks over pages.
    own_locks: Locks,
    store: Texts,
    /// Files by the URLs that the page has made for them.
    blob_urls: Rc<RefCell<BTreeMap<String, File>>>,
}

impl Tab {
    /// `account`: whose client it is, by number.
    pub fn new(browser: Rc<Browser>, id: u64, account: usize) -> Self {
        let store = Texts { browser: browser.clone(), account };
        Self { browser, id, own_locks: Locks::default(), store, blob_urls: Rc::default() }
    }

    /// What `URL.createObjectURL` answers.
    pub fn make_blob_url(&self, file: &File) -> String {
        let url = format!("blob:https://page.example/{}", file.identity());
        self.blob_urls.borrow_mut().insert(url.clone(), file.clone());
        url
    }

    fn executor(&self) -> &Rc<Executor> {
        &self.browser.executor
    }
}

impl Platform for Tab {
    type Answer = Json;
    type Lock = Held;
    type Blob = File;
    type Picture = Decoded;
    type Incoming = Arriving;

    fn monotonic_ms(&self) -> f64 {
        self.executor().awake_ms()
    }

    fn wall_ms(&self) -> f64 {
        EPOCH_MS + self.executor().true_ms()
    }

    fn date_ms(&self, text: &str) -> f64 {
        chrono::DateTime::parse_from_rfc3339(text).map_or(f64::NAN, |date| date.timestamp_millis() as f64)
    }

    fn sleep(&self, delay: Duration) -> Local<()> {
        let delay_ms = delay.as_secs_f64() * 1_000.0;
        if self.browser.takes_timer() {
            return self.executor().sleep(delay_ms);
        }
        let browser = self.browser.clone();
        Box::pin(async move {
            // It is asked for once more with each poll.
            poll_fn(|_| if browser.takes_timer() { Poll::Ready(()) } else { Poll::Pending }).await;
            browser.executor.sleep(delay_ms).await;
        })
    }

    fn refused_timers(&self) -> u64 {
        self.browser.refused_timers.get()
    }

    fn timer_refusal(&self) -> String {
        "no timers here".to_owned()
    }

    fn random(&self) -> f64 {
        self.browser.unit()
    }

    fn random_bytes(&self) -> [u8; 16] {
        let mut random = self.browser.random.borrow_mut();
        let (one, other) = (random.next_u64(), random.next_u64());
        ((u128::from(one) << 64) | u128::from(other)).to_be_bytes()
    }

    fn exchange(&self, request: Request) -> Local<Exchange<Json>> {
        let owner = self.executor().current();
        self.browser.server.exchange(Owner { tab: self.id, ..owner }, request)
    }

    fn upload(
        &self,
        request: Request,
        form: Form<File>,
        transmission: Transmission,
    ) -> Local<Exchange<Json>> {
        let features = self.browser.features;
        let owner = Owner { tab: self.id, ..self.executor().current() };
        let whose = if features.separates_calls { owner.call } else { owner.tab };
        let sending = Sending { owner, whose, sees_bytes: features.sees_bytes };
        uploads::upload(&self.browser.server, sending, request, form, transmission)
    }

    fn receive(&self, request: ResultRequest) -> Local<Reception<Arriving>> {
        let owner = self.executor().current();
        self.browser.hosts.receive(Owner { tab: self.id, ..owner }, request)
    }

    fn resolve_url(&self, url: &str, base: Option<&str>) -> Option<UrlParts> {
        resolve_url(url, base)
    }

    fn open_blob_url(&self, url: &str) -> Local<Option<File>> {
        let (file, pause) = (self.blob_urls.borrow().get(url).cloned(), self.executor().sleep(3.0));
        Box::pin(async move {
            pause.await;
            file
        })
    }

    fn can_encode(&self) -> bool {
        !self.browser.features.separates_calls
    }

    fn decode(&self, file: &File) -> Local<Option<Decoded>> {
        Decoded::of(&self.browser.machine, file)
    }

    fn turn(&self) -> Local<()> {
        self.executor().sleep(0.0)
    }

    fn to_json(&self, value: &Value) -> String {
        serde_json::to_string(value).unwrap()
    }

    fn parse_json(&self, text: &str) -> Option<Value> {
        serde_json::from_str(text).ok()
    }

    fn store(&self) -> Option<&dyn Store> {
        self.browser.features.has_store.then_some(&self.store as &dyn Store)
    }

    fn lock(&self, name: &str) -> Local<Held> {
        let features = self.browser.features;
        match (features.separates_calls, features.has_locks) {
            (true, _) => Box::pin(std::future::ready(Held::Nothing)),
            (false, true) => self.browser.locks.request(name),
            (false, false) => self.own_locks.request(name),
        }
    }

    fn mark(&self, name: &str) -> Local<Option<Held>> {
        if !self.browser.features.has_locks {
            return Box::pin(std::future::ready(None));
        }
        Box::pin(std::future::ready(Some(self.browser.marks.mark(name))))
    }

    fn marks(&self) -> Local<Vec<String>> {
        Box::pin(std::future::ready(self.browser.marks.names()))
    }

    fn is_offline(&self) -> bool {
        !self.browser.features.separates_calls && self.browser.server.is_offline.get()
    }

    fn online(&self) -> Local<()> {
        self.browser.until(|browser| !browser.server.is_offline.get())
    }

    fn is_hidden(&self) -> bool {
        !self.browser.features.separates_calls && self.browser.is_hidden(self.id)
    }

    fn returned(&self) -> Local<()> {
        if self.browser.features.separates_calls {
            return Box::pin(std::future::pending());
        }
        let (id, mut was_away) = (self.id, false);
        self.browser.until(move |browser| {
            let is_away = browser.is_hidden(id) || browser.server.is_offline.get();
            std::mem::replace(&mut was_away, is_away) && !is_away
        })
    }

    fn separates_calls(&self) -> bool {
        self.browser.features.separates_calls
    }

    fn tells_causes(&self) -> bool {
        self.browser.features.tells_causes
    }

    fn spawn(&self, task: Local<()>) {
        let call = self.executor().current().call;
        self.executor().spawn(Owner { tab: self.id, call }, task);
    }

    fn warn(&self, about: &str, message: &str) {
        self.browser.tally.count(&format!("warned: {about}"));
        assert!(!message.contains("rvya_sk"), "a warning holds the key: {message}");
    }
}
