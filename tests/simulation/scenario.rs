//! One run: pages come and go, calls are made and given up, the network fails, the machine sleeps; all of it from one
//! seed. At its end everything works again, a last page takes up what is pending, and then the invariants must hold.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use rivya_wasm::client::{Engine, Settings};
use rivya_wasm::emulator::random::SplitMix64;
use rivya_wasm::emulator::settings::Habit;

use super::browser::{Browser, Features};
use super::calls::Made;
use super::executor::Executor;
use super::folder::Folder;
use super::garbage::Garbage;
use super::json::Json;
use super::platform::Tab;
use super::result_files::MAX_RESULT_BYTES;
use super::server::{ACCOUNTS, Account, BASE_URL, Server};
use super::tally::Tally;

/// How long a run goes on before everything works again, in milliseconds.
const SPAN_MS: f64 = 90_000.0;

pub struct Run {
    pub executor: Rc<Executor>,
    pub server: Rc<Server>,
    pub browser: Rc<Browser>,
    pub calls: Vec<Made>,
    pub tally: Rc<Tally>,
    pub habit: Habit,
    /// Whether the store answers each question.
    pub is_store_sound: bool,
    pub max_concurrent_uploads: usize,
    pub max_retries: u32,
    pub folder: Folder,
    /// How many accounts share the browser.
    pub accounts: usize,
    pub garbage: Garbage,
    /// Generations with results, each once.
    pub results: Rc<RefCell<Vec<Json>>>,
    pub(super) tabs: BTreeMap<u64, Page>,
    /// Whose client each page has, also of those that are closed.
    pub account_of_tab: BTreeMap<u64, usize>,
    /// Keys of callers' own, each with the number of its request and its account.
    pub(super) callers_keys: Vec<(String, u64, usize)>,
    /// Keys that were taken off the journal by their callers.
    pub forgotten: BTreeSet<String>,
    pub(super) random: SplitMix64,
    pub(super) next_call: u64,
    pub(super) generations: u64,
}

/// A page that is open.
#[derive(Clone)]
pub struct Page {
    pub engine: Engine<Tab>,
    pub account: usize,
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
            sees_bytes: random.unit() < 0.5,
            tells_changes: random.unit() < 0.7,
        };
        let accounts = if random.unit() < 0.25 { ACCOUNTS.len() } else { 1 };
        let max_concurrent_uploads = 1 + random.below(4);
        let max_retries = [4, 4, 1, 0][random.below(4)];
        let server = Server::new(executor.clone(), habit, random.next_u64(), texts.clone(), tally.clone());
        let browser =
            Browser::new(executor.clone(), server.clone(), texts, features, random.next_u64(), tally.clone());
        let folder = Folder::new(browser.machine.clone(), &mut random);
        server.fault_rate.set([0.0, 0.1, 0.3, 0.6][random.below(4)]);
        let is_store_sound = random.unit() < 0.6;
        browser.store_fault_rate.set(if is_store_sound { 0.0 } else { 0.05 });
        tally.count(&format!("habit: {habit:?}"));
        tally.count(if separates_calls { "platform: calls apart" } else { "platform: calls together" });
        tally.count(if features.has_locks { "platform: locks" } else { "platform: no locks" });
        tally.count(if features.has_store { "platform: store" } else { "platform: no store" });
        tally.count(if accounts > 1 { "accounts: several" } else { "accounts: one" });
        Self {
            executor,
            server,
            browser,
            calls: Vec::new(),
            tally,
            habit,
            is_store_sound,
            max_concurrent_uploads,
            max_retries,
            folder,
            accounts,
            garbage: Garbage::default(),
            results: Rc::default(),
            tabs: BTreeMap::new(),
            account_of_tab: BTreeMap::new(),
            callers_keys: Vec::new(),
            forgotten: BTreeSet::new(),
            random,
            next_call: 0,
            generations: 0,
        }
    }

    /// Runs to the end; how many generations were asked for.
    pub fn run(&mut self) -> u64 {
        self.open_tab(0);
        let events = 4 + self.random.below(18);
        let mut times: Vec<f64> = (0..events).map(|_| self.random.unit() * SPAN_MS).collect();
        times.sort_by(f64::total_cmp);
        self.generate();
        for at_ms in times {
            self.go_on_until(at_ms);
            self.event();
        }
        self.go_on_until(SPAN_MS);
        self.download_some();
        self.recover();
        self.generations
    }

    pub(super) fn go_on_until(&mut self, at_ms: f64) {
        loop {
            self.run_ready();
            if !self.executor.advance(at_ms) {
                return;
            }
        }
    }

    /// Polls what is ready. Pages are closed and calls given up in the middle of it, too.
    fn run_ready(&mut self) {
        loop {
            let random = &mut self.random;
            if self.executor.run_ready(|count| random.below(count)) {
                return;
            }
            if self.random.unit() < 0.5 {
                self.tally.count("tab: closed between two polls");
                self.close_tab();
            } else {
                self.tally.count("call: given up between two polls");
                self.drop_call();
            }
        }
    }

    /// Goes on until nothing happens any more; whether it came to that within so long.
    pub(super) fn settle(&mut self, within_ms: f64) -> bool {
        let end_ms = self.executor.awake_ms() + within_ms;
        loop {
            self.run_ready();
            if self.executor.owners().is_empty() {
                return true;
            }
            if !self.executor.advance(end_ms) {
                return false;
            }
        }
    }

    pub(super) fn open_tab(&mut self, account: usize) {
        let id = self.account_of_tab.len() as u64 + 1;
        let tab = Tab::new(self.browser.clone(), id, account);
        let is_page = self.browser.hosts.wire.is_page;
        let Account { name, key } = ACCOUNTS[account];
        let settings = Settings {
            headers: vec![("Authorization".to_owned(), format!("Bearer {key}"))],
            account: name.map(str::to_owned),
            max_concurrent_uploads: self.max_concurrent_uploads,
            max_result_bytes: MAX_RESULT_BYTES,
            max_retries: self.max_retries,
            is_page,
            holds_key: !is_page,
            ..Settings::new(BASE_URL)
        };
        self.tabs.insert(id, Page { engine: Engine::new(tab, settings), account });
        self.account_of_tab.insert(id, account);
        self.tally.count("tab: opened");
    }

    pub fn close(&mut self) {
        self.tabs.clear();
    }
}
