//! Calls are made, with what is known by then.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use super::asked::Asked;
use super::calls::{Kind, Made};
use super::events::any;
use super::executor::Owner;
use super::one_task::{Reentry, Task};
use super::scenario::{Page, Run};

impl Run {
    pub(super) fn generate(&mut self) {
        self.call(Kind::Generate);
    }

    /// The same request under the same key, in whichever page of its account: a button that was pressed twice.
    pub(super) fn generate_under_a_key(&mut self) {
        let Some((_, page)) = self.any_tab() else { return };
        let account = page.account;
        let known: Vec<_> = self.callers_keys.iter().filter(|known| known.2 == account).cloned().collect();
        let repeated = any(&known, &mut self.random).filter(|_| self.random.unit() < 0.6);
        self.tally.count(if repeated.is_some() { "key: used again" } else { "key: a caller's" });
        let (key, number, _) = repeated.unwrap_or_else(|| {
            let made = (format!("order-{}", self.callers_keys.len()), self.generations, account);
            self.callers_keys.push(made.clone());
            made
        });
        // At once, or one after the other.
        let times = 1 + self.random.below(2);
        self.tally.count(if times > 1 { "key: used twice at once" } else { "key: used once" });
        for _ in 0..times {
            let limit_ms = self.any_limit_ms();
            let pages = self.tabs.iter().filter(|(_, page)| page.account == account);
            let pages: Vec<_> = pages.map(|(id, page)| (*id, page.clone())).collect();
            if let Some(page) = any(&pages, &mut self.random) {
                self.call_in(page, Kind::GenerateUnder { key: key.clone() }, limit_ms, number);
            }
        }
    }

    pub(super) fn resume_any(&mut self) {
        let mut keys: Vec<String> = self.server.log.borrow().posts.keys().cloned().collect();
        keys.extend(self.garbage.keys());
        if let Some(key) = any(&keys, &mut self.random) {
            self.call(Kind::Resume { key, id: None });
        }
    }

    pub(super) fn forget_any(&mut self) {
        let keys: Vec<String> = self.server.log.borrow().posts.keys().cloned().collect();
        if let Some(key) = any(&keys, &mut self.random) {
            self.forgotten.insert(key.clone());
            self.call(Kind::Forget { key });
        }
    }

    fn any_id(&mut self) -> Option<String> {
        let ids: Vec<String> = self.server.log.borrow().gets.iter().map(|get| get.id.clone()).collect();
        any(&ids, &mut self.random)
    }

    pub(super) fn wait_for_any(&mut self) {
        if let Some(id) = self.any_id() {
            let is_resumed = self.random.unit() < 0.5;
            self.call(if is_resumed { Kind::ResumeId { id } } else { Kind::Wait { id } });
        }
    }

    pub(super) fn watch_any(&mut self) {
        if let Some(id) = self.any_id() {
            let is_busy = self.random.unit() < 0.5;
            self.call(Kind::Watch { id, is_busy });
        }
    }

    pub(super) fn download_any(&mut self) {
        let count = self.results.borrow().len();
        if count > 0 {
            let place = self.random.below(count);
            self.call(Kind::Download { place });
        }
    }

    fn any_limit_ms(&mut self) -> f64 {
        if self.random.unit() < 0.3 { 1_000.0 } else { 20_000.0 + self.random.unit() * 880_000.0 }
    }

    pub(super) fn call(&mut self, kind: Kind) {
        let is_download = matches!(kind, Kind::Download { .. });
        let limit_ms = if is_download && self.random.unit() < 0.6 { 300.0 } else { self.any_limit_ms() };
        self.call_within(kind, limit_ms);
    }

    pub(super) fn call_within(&mut self, kind: Kind, limit_ms: f64) {
        if let Some(page) = self.any_tab() {
            self.call_in(page, kind, limit_ms, self.generations);
        }
    }

    /// `number`: of its request.
    pub(super) fn call_in(&mut self, (tab, page): (u64, Page), kind: Kind, limit_ms: f64, number: u64) {
        self.next_call += 1;
        let owner = Owner { tab, call: self.next_call };
        self.executor.note(|| format!("{owner:?} begins {kind:?} within {limit_ms:.0} ms"));
        if matches!(kind, Kind::Generate | Kind::Create | Kind::GenerateUnder { .. }) {
            self.generations += 1;
        }
        let asked = self.asked(tab, &kind);
        let ended = Rc::new(RefCell::new(None));
        let submitting_ms = Rc::new(Cell::new(None));
        let began_ms = self.executor.awake_ms();
        let task = Task {
            engine: page.engine,
            kind: kind.clone(),
            asked: asked.clone(),
            number,
            max_attempts: self.max_retries + 1,
            limit: Duration::from_secs_f64(limit_ms / 1_000.0),
            executor: self.executor.clone(),
            tally: self.tally.clone(),
            reentry: Reentry::ALL[self.random.below(Reentry::ALL.len())],
            results: self.results.clone(),
            submitting_ms: submitting_ms.clone(),
            ended: ended.clone(),
        };
        let task = self.executor.spawn(owner, task.run());
        let limit_ms = kind.has_limit().then_some(limit_ms);
        let was_dropped = false;
        self.calls.push(Made {
            owner,
            kind,
            began_ms,
            limit_ms,
            was_dropped,
            ended,
            asked,
            submitting_ms,
            task,
        });
    }

    /// Which files a call brings.
    fn asked(&mut self, tab: u64, kind: &Kind) -> Asked {
        let random = &mut self.random;
        let files = match kind {
            Kind::Generate | Kind::Create if random.unit() < 0.5 => {
                let count = 1 + random.below(3);
                (0..count).map(|_| self.folder.picture(tab, random)).collect()
            }
            Kind::Upload | Kind::Inspect => vec![self.folder.file(tab, random)],
            _ => return Asked::nothing(),
        };
        Asked::draw(files, random)
    }
}
