//! A page, a Worker or a script, as the flows see it.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Poll, Waker};
use std::time::Duration;

use rivya_wasm::contract::value::Value;
use rivya_wasm::emulator::random::SplitMix64;
use rivya_wasm::platform::{Answer, Exchange, Local, Platform, Request, Store, StoreError};

use super::executor::{Executor, Owner, once};
use super::server::{EPOCH_MS, Server};
use super::tally::Tally;

/// What the simulated API says.
#[derive(Clone, Debug)]
pub struct Json(pub Rc<serde_json::Value>);

impl Json {
    fn at(&self, path: &[&str]) -> Option<&serde_json::Value> {
        path.iter().try_fold(&*self.0, |value, name| value.get(name))
    }
}

impl Answer for Json {
    fn text(&self, path: &[&str]) -> Option<String> {
        self.at(path)?.as_str().map(str::to_owned)
    }

    fn number(&self, path: &[&str]) -> Option<f64> {
        self.at(path)?.as_f64()
    }

    fn count(&self, path: &[&str]) -> Option<usize> {
        self.at(path)?.as_array().map(Vec::len)
    }

    fn nests_deeper(&self, levels: u32) -> bool {
        fn depth(value: &serde_json::Value) -> u32 {
            match value {
                serde_json::Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or_default(),
                serde_json::Value::Object(members) => {
                    1 + members.values().map(depth).max().unwrap_or_default()
                }
                _ => 0,
            }
        }
        depth(&self.0) > levels
    }
}

/// What all pages of one browser share.
pub struct Browser {
    pub executor: Rc<Executor>,
    pub server: Rc<Server>,
    pub texts: Rc<RefCell<BTreeMap<String, String>>>,
    pub locks: Locks,
    marks: Rc<RefCell<BTreeMap<String, usize>>>,
    random: RefCell<SplitMix64>,
    pub features: Features,
    pub store_fault_rate: Cell<f64>,
    is_hidden: Cell<bool>,
    waiting: RefCell<Vec<Waker>>,
    pub tally: Rc<Tally>,
}

/// What kind of platform it is.
#[derive(Clone, Copy, Debug)]
pub struct Features {
    pub has_store: bool,
    pub has_locks: bool,
    /// Workers: no call may be woken by another.
    pub separates_calls: bool,
    pub tells_causes: bool,
}

impl Browser {
    pub fn new(
        executor: Rc<Executor>,
        server: Rc<Server>,
        texts: Rc<RefCell<BTreeMap<String, String>>>,
        features: Features,
        seed: u64,
        tally: Rc<Tally>,
    ) -> Rc<Self> {
        Rc::new(Self {
            executor,
            server,
            texts,
            locks: Locks::default(),
            marks: Rc::default(),
            random: RefCell::new(SplitMix64::new(seed)),
            features,
            store_fault_rate: Cell::new(0.02),
            is_hidden: Cell::new(false),
            waiting: RefCell::default(),
            tally,
        })
    }

    pub fn unit(&self) -> f64 {
        self.random.borrow_mut().unit()
    }

    /// The network is lost, or comes back.
    pub fn set_offline(&self, is_offline: bool) {
        self.server.is_offline.set(is_offline);
        self.tell();
    }

    /// The tab is hidden, or seen again.
    pub fn set_hidden(&self, is_hidden: bool) {
        self.is_hidden.set(is_hidden);
        self.tell();
    }

    fn tell(&self) {
        for waker in self.waiting.take() {
            waker.wake();
        }
    }
}

/// Locks by name: those that one has at a time, whoever came first.
#[derive(Clone, Default)]
pub struct Locks(Rc<RefCell<BTreeMap<String, LockState>>>);

#[derive(Default)]
struct LockState {
    is_held: bool,
    next_ticket: u64,
    queue: VecDeque<(u64, Waker)>,
    granted: Option<u64>,
}

impl Locks {
    pub fn are_free(&self) -> bool {
        self.0.borrow().values().all(|lock| !lock.is_held && lock.granted.is_none())
    }

    fn request(&self, name: &str) -> Local<Held> {
        let mut request =
            LockRequest { locks: self.clone(), name: name.to_owned(), ticket: None, is_over: false };
        Box::pin(poll_fn(move |context| request.poll(context.waker())))
    }

    fn release(&self, name: &str) {
        let next = {
            let mut locks = self.0.borrow_mut();
            let lock = locks.entry(name.to_owned()).or_default();
            lock.is_held = false;
            lock.granted = None;
            lock.queue.pop_front().map(|(ticket, waker)| {
                lock.granted = Some(ticket);
                waker
            })
        };
        if let Some(waker) = next {
            waker.wake();
        }
    }
}

struct LockRequest {
    locks: Locks,
    name: String,
    ticket: Option<u64>,
    is_over: bool,
}

impl LockRequest {
    fn poll(&mut self, waker: &Waker) -> Poll<Held> {
        let mut locks = self.locks.0.borrow_mut();
        let lock = locks.entry(self.name.clone()).or_default();
        let is_free = !lock.is_held && lock.granted.is_none() && lock.queue.is_empty();
        let is_granted = self.ticket.is_some() && lock.granted == self.ticket;
        if is_granted || (self.ticket.is_none() && is_free) {
            lock.granted = None;
            lock.is_held = true;
            self.is_over = true;
            return Poll::Ready(Held::Alone { locks: self.locks.clone(), name: self.name.clone() });
        }
        match self.ticket {
            None => {
                lock.next_ticket += 1;
                self.ticket = Some(lock.next_ticket);
                lock.queue.push_back((lock.next_ticket, waker.clone()));
            }
            Some(ticket) => {
                for waiting in lock.queue.iter_mut().filter(|(other, _)| *other == ticket) {
                    waiting.1 = waker.clone();
                }
            }
        }
        Poll::Pending
    }
}

impl Drop for LockRequest {
    fn drop(&mut self) {
        let Some(ticket) = self.ticket.filter(|_| !self.is_over) else { return };
        let is_granted = {
            let mut locks = self.locks.0.borrow_mut();
            let lock = locks.entry(self.name.clone()).or_default();
            lock.queue.retain(|(other, _)| *other != ticket);
            lock.granted == Some(ticket)
        };
        if is_granted {
            self.locks.release(&self.name);
        }
    }
}

pub enum Held {
    Nothing,
    Alone { locks: Locks, name: String },
    Marked { marks: Rc<RefCell<BTreeMap<String, usize>>>, name: String },
}

impl Drop for Held {
    fn drop(&mut self) {
        match self {
            Self::Nothing => {}
            Self::Alone { locks, name } => locks.release(name),
            Self::Marked { marks, name } => {
                let mut marks = marks.borrow_mut();
                let count = marks.get_mut(name).expect("a mark is counted until it is dropped");
                *count -= 1;
                if *count == 0 {
                    marks.remove(name);
                }
            }
        }
    }
}

/// One page, script or isolate.
pub struct Tab {
    pub browser: Rc<Browser>,
    pub id: u64,
    /// Where there are no locks over pages.
    own_locks: Locks,
    store: Texts,
}

impl Tab {
    pub fn new(browser: Rc<Browser>, id: u64) -> Self {
        let store = Texts { browser: browser.clone() };
        Self { browser, id, own_locks: Locks::default(), store }
    }

    fn executor(&self) -> &Rc<Executor> {
        &self.browser.executor
    }

    /// Ends when `is_there` holds, which is asked again with each change of the browser's.
    fn until(&self, is_there: impl Fn(&Browser) -> bool + 'static) -> Local<()> {
        let browser = self.browser.clone();
        Box::pin(poll_fn(move |context| {
            if is_there(&browser) {
                return Poll::Ready(());
            }
            browser.waiting.borrow_mut().push(context.waker().clone());
            Poll::Pending
        }))
    }
}

impl Platform for Tab {
    type Answer = Json;
    type Lock = Held;

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
        self.executor().sleep(delay.as_secs_f64() * 1_000.0)
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
        *self.browser.marks.borrow_mut().entry(name.to_owned()).or_default() += 1;
        let held = Held::Marked { marks: self.browser.marks.clone(), name: name.to_owned() };
        Box::pin(std::future::ready(Some(held)))
    }

    fn marks(&self) -> Local<Vec<String>> {
        Box::pin(std::future::ready(self.browser.marks.borrow().keys().cloned().collect()))
    }

    fn is_offline(&self) -> bool {
        !self.browser.features.separates_calls && self.browser.server.is_offline.get()
    }

    fn online(&self) -> Local<()> {
        self.until(|browser| !browser.server.is_offline.get())
    }

    fn is_hidden(&self) -> bool {
        !self.browser.features.separates_calls && self.browser.is_hidden.get()
    }

    fn returned(&self) -> Local<()> {
        if self.browser.features.separates_calls {
            return Box::pin(std::future::pending());
        }
        let was = Cell::new(None);
        self.until(move |browser| {
            let is_away = browser.is_hidden.get() || browser.server.is_offline.get();
            was.replace(Some(is_away)) == Some(true) && !is_away
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

    fn warn(&self, message: &str) {
        assert!(!message.contains("rvya_sk"), "a warning holds the key: {message}");
    }
}

/// The store that all pages share. It is slow at times, and fails at times, having done its work or not.
struct Texts {
    browser: Rc<Browser>,
}

impl Texts {
    fn ask<T: 'static>(
        &self,
        work: impl FnOnce(&mut BTreeMap<String, String>) -> T + 'static,
    ) -> Local<Result<T, StoreError>> {
        let browser = self.browser.clone();
        let (luck, is_slow) = (browser.unit(), browser.unit() < browser.store_fault_rate.get() / 2.0);
        let delay_ms = if is_slow { 4_000.0 } else { browser.unit() * 8.0 };
        let (send, received) = once();
        // What was asked for is done, whoever waits for it.
        self.browser.executor.spawn(Owner::WORLD, async move {
            if is_slow {
                browser.tally.count("store: slow");
            }
            browser.executor.sleep(delay_ms).await;
            let rate = browser.store_fault_rate.get();
            if luck < rate / 2.0 {
                browser.tally.count("store: failed before");
                return send(Err(StoreError("the disk is full".to_owned())));
            }
            let done = work(&mut browser.texts.borrow_mut());
            if luck < rate {
                browser.tally.count("store: failed after");
                return send(Err(StoreError("the disk went away".to_owned())));
            }
            send(Ok(done));
        });
        received
    }
}

impl Store for Texts {
    fn get(&self, key: &str) -> Local<Result<Option<String>, StoreError>> {
        self.browser.executor.note(|| format!("reads {key}"));
        let key = key.to_owned();
        self.ask(move |texts| texts.get(&key).cloned())
    }

    fn set(&self, key: &str, text: &str) -> Local<Result<(), StoreError>> {
        self.browser.executor.note(|| format!("writes {key}: {text}"));
        assert!(!text.contains("rvya_sk"), "the store is given the key");
        let (key, text) = (key.to_owned(), text.to_owned());
        self.ask(move |texts| drop(texts.insert(key, text)))
    }

    fn delete(&self, key: &str) -> Local<Result<(), StoreError>> {
        self.browser.executor.note(|| format!("deletes {key}"));
        let key = key.to_owned();
        self.ask(move |texts| drop(texts.remove(&key)))
    }

    fn keys(&self, prefix: &str) -> Local<Result<Vec<String>, StoreError>> {
        let prefix = prefix.to_owned();
        self.ask(move |texts| texts.keys().filter(|key| key.starts_with(&prefix)).cloned().collect())
    }
}
