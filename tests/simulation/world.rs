//! A small world for single calls: nothing fails but what a test says.

use std::cell::RefCell;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::rc::Rc;
use std::task::Poll;

use rivya_wasm::client::{Engine, Failure, GenerateOptions, GenerateRequest, Progress, Reference, Settings};
use rivya_wasm::emulator::random::SplitMix64;
use rivya_wasm::emulator::settings::Habit;

use super::browser::{Browser, Features};
use super::exchange_faults::Fault;
use super::executor::{Executor, Owner};
use super::files::File;
use super::json::Json;
use super::photos::{Disk, Kind};
use super::platform::Tab;
use super::server::{BASE_URL, KEY, Server};
use super::tally::Tally;
use super::uploads::Upload;

pub struct World {
    pub executor: Rc<Executor>,
    pub server: Rc<Server>,
    pub browser: Rc<Browser>,
    pub engine: Engine<Tab>,
    pub random: RefCell<SplitMix64>,
    /// In which order tasks are polled.
    order: RefCell<SplitMix64>,
    next_call: RefCell<u64>,
}

/// A call that somebody makes.
pub struct Call<T> {
    pub task: u64,
    ended: Rc<RefCell<Option<T>>>,
}

impl<T> Call<T> {
    pub fn ended(&self) -> Option<T> {
        self.ended.borrow_mut().take()
    }
}

pub const PAGE: Features = Features {
    has_store: true,
    has_locks: true,
    separates_calls: false,
    tells_causes: false,
    sees_bytes: true,
    tells_changes: true,
};

impl World {
    pub fn new(seed: u64, features: Features, change: impl FnOnce(&mut Settings)) -> Self {
        Self::with_habit(Habit::Replay, seed, features, change)
    }

    pub fn with_habit(
        habit: Habit,
        seed: u64,
        features: Features,
        change: impl FnOnce(&mut Settings),
    ) -> Self {
        let executor = Rc::<Executor>::default();
        let (texts, tally) = (Rc::<RefCell<_>>::default(), Rc::<Tally>::default());
        let server = Server::new(executor.clone(), habit, seed, texts.clone(), tally.clone());
        server.fault_rate.set(0.0);
        let browser = Browser::new(executor.clone(), server.clone(), texts, features, seed, tally);
        browser.store_fault_rate.set(0.0);
        let authorization = ("Authorization".to_owned(), format!("Bearer {KEY}"));
        let mut settings = Settings { headers: vec![authorization], ..Settings::new(BASE_URL) };
        change(&mut settings);
        let engine = Engine::new(Tab::new(browser.clone(), 1, 0), settings);
        let random = RefCell::new(SplitMix64::new(seed));
        let order = RefCell::new(SplitMix64::new(seed));
        Self { executor, server, browser, engine, random, order, next_call: RefCell::default() }
    }

    pub fn disk(&self, kind: Kind) -> Rc<Disk> {
        Disk::new(kind, &mut self.random.borrow_mut())
    }

    pub fn choose(&self, disk: &Rc<Disk>) -> File {
        File::choose(&self.browser.machine, disk)
    }

    pub fn photo(&self, kind: Kind) -> File {
        self.choose(&self.disk(kind))
    }

    /// Another page of the same browser.
    pub fn another_page(&self) -> Engine<Tab> {
        let authorization = ("Authorization".to_owned(), format!("Bearer {KEY}"));
        let settings = Settings { headers: vec![authorization], ..Settings::new(BASE_URL) };
        Engine::new(Tab::new(self.browser.clone(), 2, 0), settings)
    }

    /// What happens to the next exchanges with the API, uploads aside.
    pub fn script_exchanges(&self, faults: impl IntoIterator<Item = Fault>) {
        self.server.script.borrow_mut().extend(faults);
    }

    /// What happens to the next uploads.
    pub fn script(&self, faults: impl IntoIterator<Item = Fault>) {
        self.server.traffic.borrow_mut().script.extend(faults);
    }

    pub fn uploads(&self) -> Vec<Upload> {
        self.server.traffic.borrow().attempts.clone()
    }

    /// The bodies of all submissions.
    pub fn bodies(&self) -> Vec<String> {
        let log = self.server.log.borrow();
        log.posts.values().flatten().map(|post| post.body.clone()).collect()
    }

    pub fn call<T: 'static>(&self, work: impl Future<Output = T> + 'static) -> Call<T> {
        let call = self.next_call.replace_with(|last| *last + 1) + 1;
        let owner = Owner { tab: 1, call };
        let ended = Rc::new(RefCell::new(None));
        let told = ended.clone();
        let task = self.executor.spawn(owner, async move { *told.borrow_mut() = Some(work.await) });
        Call { task, ended }
    }

    /// `generate`, with what it was told of.
    pub fn generate(&self, request: GenerateRequest<File>) -> Generating {
        let (told, engine) = (Rc::new(RefCell::new(Vec::new())), self.engine.clone());
        let heard = told.clone();
        let call = self.call(async move {
            let on_progress = |progress| heard.borrow_mut().push(progress);
            engine.generate(&request, &GenerateOptions::default(), &on_progress).await
        });
        Generating { call, told }
    }

    fn run_ready(&self) {
        self.executor.run_ready(|count| self.order.borrow_mut().below(count));
    }

    pub fn go_on_until(&self, at_ms: f64) {
        loop {
            self.run_ready();
            if !self.executor.advance(at_ms) {
                return;
            }
        }
    }

    /// Goes on to the next timer, if there is one.
    fn go_on(&self) -> bool {
        self.executor.advance(self.executor.awake_ms() + 1e9)
    }

    /// Goes on until a call has ended.
    pub fn end_of<T>(&self, call: &Call<T>) -> T {
        loop {
            self.run_ready();
            if let Some(ended) = call.ended() {
                return ended;
            }
            assert!(self.go_on(), "a call does not come to its end");
        }
    }

    /// Goes on until nothing is left to do.
    pub fn settle(&self) {
        while !self.executor.owners().is_empty() {
            self.run_ready();
            assert!(self.executor.owners().is_empty() || self.go_on(), "something is left");
        }
        assert!(self.server.traffic.borrow().is_quiet(), "uploads are left");
        assert_eq!(self.browser.machine.open.get(), 0, "files are left open");
        assert!(!self.executor.has_timers(), "timers are left");
    }
}

pub struct Generating {
    pub call: Call<Result<Json, Failure<Json>>>,
    pub told: Rc<RefCell<Vec<Progress<Json>>>>,
}

pub fn edit_of(files: impl IntoIterator<Item = File>) -> GenerateRequest<File> {
    let mut request = GenerateRequest::new("nano-banana-2");
    request.prompt = Some("At night".to_owned());
    request.references = files.into_iter().map(Reference::file).collect();
    request
}

/// Work that is given up as soon as `is_over` says so, even within its own poll: an abort in a callback.
pub fn until<T>(
    work: impl Future<Output = T>,
    is_over: impl Fn() -> bool,
) -> impl Future<Output = Option<T>> {
    let mut work = Box::pin(work);
    poll_fn(move |context| {
        let polled = Pin::new(&mut work).poll(context);
        if is_over() { Poll::Ready(None) } else { polled.map(Some) }
    })
}
