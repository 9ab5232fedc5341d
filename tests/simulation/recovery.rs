//! The end of a run: everything works again, and what was left is taken up.

use std::cell::RefCell;
use std::rc::Rc;

use super::calls::Kind;
use super::executor::Owner;
use super::receiving::lasting_failure;
use super::scenario::Run;

const HOUR_MS: f64 = 3_600_000.0;

impl Run {
    /// Whoever was handed something goes on to its bytes, while things still fail.
    pub(super) fn download_some(&mut self) {
        let count = self.results.borrow().len();
        for place in 0..count {
            if self.random.unit() < 0.7 {
                self.call(Kind::Download { place });
            }
        }
        let pause_ms = self.random.unit() * 4_000.0;
        self.go_on_until(self.executor.awake_ms() + pause_ms);
        if self.random.unit() < 0.5 {
            self.drop_call();
        }
    }

    /// Everything works again. What runs comes to its end, and a last page of each account takes up what is pending.
    pub(super) fn recover(&mut self) {
        self.server.fault_rate.set(0.0);
        self.browser.store_fault_rate.set(0.0);
        for tab in self.tabs.keys() {
            self.browser.set_hidden(*tab, false);
        }
        self.browser.set_offline(false);
        assert!(self.settle(3.0 * HOUR_MS), "calls don't come to an end: {:?}", self.executor.owners());
        self.executor.stop_never();
        for account in 0..self.accounts {
            self.tabs.clear();
            self.open_tab(account);
            for _ in 0..3 {
                // An API that answers repeats with a conflict does so until its task has ended.
                self.go_on_until(self.executor.awake_ms() + 60_000.0);
                self.take_up(account);
            }
        }
        self.download_all();
    }

    fn take_up(&mut self, account: usize) {
        let Some((tab, page)) = self.any_tab() else { return };
        let pending = Rc::new(RefCell::new(Vec::new()));
        let found = pending.clone();
        self.executor.spawn(Owner { tab, call: 0 }, async move {
            *found.borrow_mut() = page.engine.pending().await;
        });
        assert!(self.settle(HOUR_MS), "pending does not come to an end");
        for entry in pending.take() {
            let key = entry.idempotency_key;
            self.is_the_accounts_own(&key, account);
            assert!(!self.garbage.is_refuse(&key), "pending tells of garbage: {key}");
            self.tally.count("recovery: taken up");
            let id = entry.generation_id.filter(|_| self.random.unit() < 0.5);
            self.call_within(Kind::Resume { key, id }, 3.0 * HOUR_MS);
            assert!(self.settle(4.0 * HOUR_MS), "a resumed call does not come to an end");
        }
    }

    /// No page of another account has sent it.
    fn is_the_accounts_own(&self, key: &str, account: usize) {
        let log = self.server.log.borrow();
        for post in log.posts.get(key).into_iter().flatten() {
            assert_eq!(self.account_of_tab[&post.owner.tab], account, "{key} is another account's");
        }
    }

    /// What failed in passing has cost nobody a result: now each of them is there, but for those that never are.
    fn download_all(&mut self) {
        let count = self.results.borrow().len();
        for place in 0..count {
            self.call_within(Kind::Download { place }, HOUR_MS);
            assert!(self.settle(HOUR_MS), "a download does not come to an end");
            let generation = self.results.borrow()[place].clone();
            let failure = self.calls.last().and_then(|call| call.result().expect("it has ended").err());
            let code = failure.map(|failure| failure.code.clone());
            let expected = lasting_failure(&self.browser.hosts, &generation);
            self.tally.count(match expected {
                None => "last download: there",
                Some(_) => "last download: never there",
            });
            assert_eq!(code.as_deref(), expected, "{generation:?}");
        }
    }
}
