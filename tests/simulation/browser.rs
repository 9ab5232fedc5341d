//! What the pages of one browser share: a machine, a network, a store, locks.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Poll, Waker};

use rivya_wasm::emulator::random::SplitMix64;
use rivya_wasm::platform::Local;

use super::downloads::Hosts;
use super::executor::Executor;
use super::files::Machine;
use super::locks::{Locks, Marks};
use super::server::Server;
use super::tally::Tally;

/// What all pages of one browser share.
pub struct Browser {
    pub executor: Rc<Executor>,
    pub server: Rc<Server>,
    pub machine: Rc<Machine>,
    pub texts: Rc<RefCell<BTreeMap<String, String>>>,
    pub locks: Locks,
    pub marks: Marks,
    pub random: RefCell<SplitMix64>,
    pub features: Features,
    pub store_fault_rate: Cell<f64>,
    /// How long the store takes at least.
    pub store_ms: Cell<f64>,
    /// What lies under keys with this part is never read: the store does not answer.
    pub hanging_key: RefCell<Option<String>>,
    /// How many timers it still sets before it refuses them.
    pub timers_left: Cell<u64>,
    pub refused_timers: Cell<u64>,
    hidden_tabs: RefCell<BTreeSet<u64>>,
    waiting: RefCell<Vec<Waker>>,
    /// Which account has written what the store holds, by name.
    pub writers: RefCell<BTreeMap<String, usize>>,
    pub tally: Rc<Tally>,
    /// Where results lie.
    pub hosts: Rc<Hosts>,
}

/// What kind of platform it is.
#[derive(Clone, Copy, Debug)]
pub struct Features {
    pub has_store: bool,
    pub has_locks: bool,
    /// Workers: no call may be woken by another.
    pub separates_calls: bool,
    pub tells_causes: bool,
    /// Whether bytes can be seen leaving.
    pub sees_bytes: bool,
    /// Whether a file that has changed on the disk can be read no more; else its new bytes are read.
    pub tells_changes: bool,
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
        let machine = Rc::new(Machine {
            executor: executor.clone(),
            random: RefCell::new(SplitMix64::new(seed ^ 0xF11E)),
            tally: tally.clone(),
            tells_changes: features.tells_changes,
            open: Cell::new(0),
        });
        let may_be_page = !features.separates_calls;
        let hosts = Hosts::new(machine.clone(), server.clone(), may_be_page, seed, tally.clone());
        Rc::new(Self {
            executor,
            server,
            machine,
            texts,
            locks: Locks::default(),
            marks: Marks::default(),
            random: RefCell::new(SplitMix64::new(seed)),
            features,
            store_fault_rate: Cell::new(0.02),
            store_ms: Cell::new(0.0),
            hanging_key: RefCell::default(),
            timers_left: Cell::new(u64::MAX),
            refused_timers: Cell::new(0),
            hidden_tabs: RefCell::default(),
            waiting: RefCell::default(),
            writers: RefCell::default(),
            tally,
            hosts,
        })
    }

    /// Whether it sets one timer more.
    pub fn takes_timer(&self) -> bool {
        let left = self.timers_left.get();
        if left > 0 {
            self.timers_left.set(left - 1);
        } else {
            self.refused_timers.set(self.refused_timers.get() + 1);
        }
        left > 0
    }

    pub fn unit(&self) -> f64 {
        self.random.borrow_mut().unit()
    }

    /// The network is lost, or comes back.
    pub fn set_offline(&self, is_offline: bool) {
        self.server.is_offline.set(is_offline);
        self.tell();
    }

    /// A tab is hidden, or seen again.
    pub fn set_hidden(&self, tab: u64, is_hidden: bool) {
        if is_hidden {
            self.hidden_tabs.borrow_mut().insert(tab);
        } else {
            self.hidden_tabs.borrow_mut().remove(&tab);
        }
        self.tell();
    }

    pub fn is_hidden(&self, tab: u64) -> bool {
        self.hidden_tabs.borrow().contains(&tab)
    }

    /// Ends when `is_there` holds, which is asked again with each change.
    pub fn until(self: &Rc<Self>, mut is_there: impl FnMut(&Self) -> bool + 'static) -> Local<()> {
        let browser = self.clone();
        Box::pin(poll_fn(move |context| {
            if is_there(&browser) {
                return Poll::Ready(());
            }
            browser.waiting.borrow_mut().push(context.waker().clone());
            Poll::Pending
        }))
    }

    fn tell(&self) {
        for waker in self.waiting.take() {
            waker.wake();
        }
    }
}
