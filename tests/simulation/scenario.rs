//! One run: pages come and go, calls are made and given up, the network fails, the machine sleeps; all of it from one
//! seed. At its end everything works again, a last page takes up what is pending, and then the invariants must hold.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use rivya_wasm::client::{Engine, Failure, GenerateOptions, GenerateRequest, Progress, Settings};
use rivya_wasm::emulator::random::SplitMix64;
use rivya_wasm::emulator::settings::Habit;

use super::executor::{Executor, Owner};
use super::platform::{Browser, Features, Json, Tab};
use super::server::{BASE_URL, KEY, Server};
use super::tally::Tally;

/// How long a run goes on before everything works again, in milliseconds.
const SPAN_MS: f64 = 90_000.0;
const HOUR_MS: f64 = 3_600_000.0;

#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    Generate,
    Create,
    Resume { key: String },
    Wait { id: String },
}

/// What a call came to.
#[derive(Clone, Debug)]
pub struct Ended {
    pub at_ms: f64,
    pub result: Result<String, Failure<Json>>,
}

/// One call of a client.
#[derive(Debug)]
pub struct Made {
    pub owner: Owner,
    pub kind: Kind,
    pub began_ms: f64,
    pub limit_ms: Option<f64>,
    pub was_dropped: bool,
    pub ended: Rc<RefCell<Option<Ended>>>,
    task: u64,
}

pub struct Run {
    pub executor: Rc<Executor>,
    pub server: Rc<Server>,
    pub browser: Rc<Browser>,
    pub calls: Vec<Made>,
    pub tally: Rc<Tally>,
    pub habit: Habit,
    /// Whether the store answers each question.
    pub is_store_sound: bool,
    tabs: BTreeMap<u64, Engine<Tab>>,
    random: SplitMix64,
    next_tab: u64,
    next_call: u64,
    generations: u64,
}

impl Run {
    pub fn new(seed: u64, habit: Habit, tally: Rc<Tally>) -> Self {
        let mut random = SplitMix64::new(seed);
        let executor = Rc::<Executor>::default();
        let texts = Rc::<RefCell<BTreeMap<String, String>>>::default();
        let separates_calls = random.unit() < 0.15;
        let features = Features {
            has_store: random.unit() < 0.9,
            has_locks: !separates_calls && random.unit() < 0.8,
            separates_calls,
            tells_causes: random.unit() < 0.3,
        };
        let server = Server::new(executor.clone(), habit, random.next_u64(), texts.clone(), tally.clone());
        let browser =
            Browser::new(executor.clone(), server.clone(), texts, features, random.next_u64(), tally.clone());
        server.fault_rate.set([0.0, 0.1, 0.3, 0.6][random.below(4)]);
        let is_store_sound = random.unit() < 0.6;
        browser.store_fault_rate.set(if is_store_sound { 0.0 } else { 0.05 });
        tally.count(&format!("habit: {habit:?}"));
        tally.count(if separates_calls { "platform: calls apart" } else { "platform: calls together" });
        tally.count(if features.has_locks { "platform: locks" } else { "platform: no locks" });
        tally.count(if features.has_store { "platform: store" } else { "platform: no store" });
        Self {
            executor,
            server,
            browser,
            calls: Vec::new(),
            tally,
            habit,
            is_store_sound,
            tabs: BTreeMap::new(),
            random,
            next_tab: 0,
            next_call: 0,
            generations: 0,
        }
    }

    /// Runs to the end; how many generations were asked for.
    pub fn run(&mut self) -> u64 {
        self.open_tab();
        let events = 3 + self.random.below(12);
        let mut times: Vec<f64> = (0..events).map(|_| self.random.unit() * SPAN_MS).collect();
        times.sort_by(f64::total_cmp);
        self.generate();
        for at_ms in times {
            self.go_on_until(at_ms);
            self.event();
        }
        self.go_on_until(SPAN_MS);
        self.recover();
        self.generations
    }

    fn go_on_until(&mut self, at_ms: f64) {
        loop {
            let random = &mut self.random;
            self.executor.run_ready(|count| random.below(count));
            if !self.executor.advance(at_ms) {
                return;
            }
        }
    }

    /// Goes on until nothing happens any more; whether it came to that within so long.
    fn settle(&mut self, within_ms: f64) -> bool {
        let end_ms = self.executor.awake_ms() + within_ms;
        loop {
            let random = &mut self.random;
            self.executor.run_ready(|count| random.below(count));
            if self.executor.owners().is_empty() {
                return true;
            }
            if !self.executor.advance(end_ms) {
                return false;
            }
        }
    }

    fn event(&mut self) {
        match self.random.below(14) {
            0..=3 => self.generate(),
            4 => self.call(Kind::Create),
            5 | 6 => self.resume_any(),
            7 => self.wait_for_any(),
            8 => self.drop_call(),
            9 => self.close_tab(),
            10 => self.open_tab(),
            11 => {
                let is_offline = !self.server.is_offline.get();
                self.tally.count(if is_offline { "network: lost" } else { "network: back" });
                self.browser.set_offline(is_offline);
            }
            12 => {
                let is_hidden = self.random.unit() < 0.5;
                self.tally.count(if is_hidden { "tab: hidden" } else { "tab: seen" });
                self.browser.set_hidden(is_hidden);
            }
            _ => {
                let hours = if self.random.unit() < 0.1 { 30.0 } else { self.random.unit() };
                self.tally.count(if hours > 24.0 { "machine: slept over a day" } else { "machine: slept" });
                self.executor.sleep_machine(hours * HOUR_MS);
            }
        }
    }

    fn open_tab(&mut self) {
        self.next_tab += 1;
        let tab = Tab::new(self.browser.clone(), self.next_tab);
        let authorization = ("Authorization".to_owned(), format!("Bearer {KEY}"));
        let settings = Settings { headers: vec![authorization], ..Settings::new(BASE_URL) };
        self.tabs.insert(self.next_tab, Engine::new(tab, settings));
        self.tally.count("tab: opened");
    }

    fn any_tab(&mut self) -> Option<(u64, Engine<Tab>)> {
        let place = self.random.below(self.tabs.len());
        self.tabs.iter().nth(place).map(|(id, engine)| (*id, engine.clone()))
    }

    fn close_tab(&mut self) {
        let Some((tab, engine)) = self.any_tab() else { return };
        self.tabs.remove(&tab);
        self.executor.drop_tasks(|owner| owner.tab == tab);
        drop(engine);
        for call in self.calls.iter_mut().filter(|call| call.owner.tab == tab) {
            call.was_dropped |= call.ended.borrow().is_none();
        }
        self.executor.note(|| format!("tab {tab} is closed"));
        self.tally.count("tab: closed");
    }

    /// Gives up a call, as an abort does.
    fn drop_call(&mut self) {
        let running: Vec<usize> =
            (0..self.calls.len()).filter(|place| self.executor.is_running(self.calls[*place].task)).collect();
        if running.is_empty() {
            return;
        }
        let call = &mut self.calls[running[self.random.below(running.len())]];
        self.executor.drop_task(call.task);
        call.was_dropped = true;
        self.executor.note(|| format!("{:?} is given up", call.owner));
        self.tally.count("call: given up");
    }

    fn generate(&mut self) {
        self.call(Kind::Generate);
    }

    fn resume_any(&mut self) {
        let keys: Vec<String> = self.server.log.borrow().posts.keys().cloned().collect();
        if !keys.is_empty() {
            let key = keys[self.random.below(keys.len())].clone();
            self.call(Kind::Resume { key });
        }
    }

    fn wait_for_any(&mut self) {
        let ids: Vec<String> = self.server.log.borrow().gets.iter().map(|get| get.id.clone()).collect();
        if !ids.is_empty() {
            let id = ids[self.random.below(ids.len())].clone();
            self.call(Kind::Wait { id });
        }
    }

    fn call(&mut self, kind: Kind) {
        let limit_ms =
            if self.random.unit() < 0.3 { 1_000.0 } else { 20_000.0 + self.random.unit() * 880_000.0 };
        self.call_within(kind, limit_ms);
    }

    fn call_within(&mut self, kind: Kind, limit_ms: f64) {
        let Some((tab, engine)) = self.any_tab() else { return };
        self.next_call += 1;
        let owner = Owner { tab, call: self.next_call };
        self.executor.note(|| format!("{owner:?} begins {kind:?} within {limit_ms:.0} ms"));
        let ended = Rc::new(RefCell::new(None));
        let (told, executor, tally) = (ended.clone(), self.executor.clone(), self.tally.clone());
        let number = self.generations;
        if matches!(kind, Kind::Generate | Kind::Create) {
            self.generations += 1;
        }
        let what = kind.clone();
        let task = self.executor.spawn(owner, async move {
            let request = {
                let mut request = GenerateRequest::new("nano-banana-2");
                request.prompt = Some(format!("Kite number {number}"));
                request
            };
            let mut options = GenerateOptions::default();
            let limit = Duration::from_secs_f64(limit_ms / 1_000.0);
            options.wait_timeout = limit;
            let reenters = Cell::new(true);
            let on_progress = |progress: Progress<Json>| {
                tally.count(match progress {
                    Progress::Submitting => "progress: submitting",
                    Progress::Queued(_) => "progress: queued",
                    Progress::Processing(_) => "progress: processing",
                    Progress::Offline { .. } => "progress: offline",
                    _ => "progress: other",
                });
                // A callback may call the client.
                if reenters.replace(false) {
                    let engine = engine.clone();
                    executor.spawn(executor.current(), async move { drop(engine.pending().await) });
                }
            };
            let result = match &what {
                Kind::Generate => engine.generate(&request, &options, &on_progress).await,
                Kind::Create => engine.create(&request, &options, None).await,
                Kind::Resume { key } => engine.resume(key, limit, &on_progress).await,
                Kind::Wait { id } => engine.wait(id, limit, &on_progress).await,
            };
            executor.note(|| format!("{what:?} came to {result:?}"));
            tally.count(&match &result {
                Ok(_) => format!("{}: succeeded", name_of(&what)),
                Err(failure) => format!("{}: {}", name_of(&what), failure.code),
            });
            let result = result.map(|generation| generation.0["id"].as_str().unwrap_or_default().to_owned());
            *told.borrow_mut() = Some(Ended { at_ms: executor.awake_ms(), result });
        });
        // A create is no wait: it has no limit of its own.
        let limit_ms = (kind != Kind::Create).then_some(limit_ms);
        let began_ms = self.executor.awake_ms();
        self.calls.push(Made { owner, kind, began_ms, limit_ms, was_dropped: false, ended, task });
    }

    /// Everything works again. What runs comes to its end, and a last page takes up what is pending.
    fn recover(&mut self) {
        self.server.fault_rate.set(0.0);
        self.browser.store_fault_rate.set(0.0);
        self.browser.set_hidden(false);
        self.browser.set_offline(false);
        assert!(self.settle(3.0 * HOUR_MS), "calls don't come to an end: {:?}", self.executor.owners());
        self.tabs.clear();
        self.open_tab();
        for _ in 0..3 {
            // An API that answers repeats with a conflict does so until its task has ended.
            self.go_on_until(self.executor.awake_ms() + 60_000.0);
            let Some((tab, engine)) = self.any_tab() else { return };
            let pending = Rc::new(RefCell::new(Vec::new()));
            let found = pending.clone();
            self.executor.spawn(Owner { tab, call: 0 }, async move {
                *found.borrow_mut() = engine.pending().await;
            });
            assert!(self.settle(HOUR_MS), "pending does not come to an end");
            for entry in pending.take() {
                self.tally.count("recovery: taken up");
                self.call_within(Kind::Resume { key: entry.idempotency_key }, 3.0 * HOUR_MS);
                assert!(self.settle(4.0 * HOUR_MS), "a resumed call does not come to an end");
            }
        }
    }

    pub fn close(&mut self) {
        self.tabs.clear();
    }
}

fn name_of(kind: &Kind) -> &'static str {
    match kind {
        Kind::Generate => "generate",
        Kind::Create => "create",
        Kind::Resume { .. } => "resume",
        Kind::Wait { .. } => "wait",
    }
}
