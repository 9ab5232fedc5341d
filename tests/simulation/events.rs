//! What happens in a run, at any time.

use rivya_wasm::emulator::random::SplitMix64;

use super::calls::Kind;
use super::scenario::{Page, Run};

const HOUR_MS: f64 = 3_600_000.0;
/// A page is closed, or a call given up, within so many polls of any task.
const DOOMED_POLLS: usize = 150;

impl Run {
    pub(super) fn event(&mut self) {
        match self.random.below(32) {
            0..=3 => self.generate(),
            4 => self.call(Kind::Create),
            5 | 6 => self.resume_any(),
            7 => self.wait_for_any(),
            8 => self.drop_call(),
            9 => self.close_tab(),
            10 => {
                let account = self.random.below(self.accounts);
                self.open_tab(account);
            }
            11 => self.lose_or_find_network(),
            12 => self.watch_any(),
            13 | 14 => self.download_any(),
            15 | 16 => self.hide_or_show_tab(),
            17 => self.sleep(),
            18 | 19 => self.call(Kind::Upload),
            20 | 30 => self.call(Kind::Inspect),
            21 => self.folder.change(&mut self.random, self.executor.awake_ms()),
            22 => self.folder.choose_again(&mut self.random),
            23 | 24 => self.executor.stop_after(self.random.below(DOOMED_POLLS) as u64),
            25..=27 => self.generate_under_a_key(),
            28 => self.throw_garbage(),
            31 => self.lose_any(),
            _ => self.forget_any(),
        }
    }

    fn lose_or_find_network(&mut self) {
        let is_offline = !self.server.is_offline.get();
        self.tally.count(if is_offline { "network: lost" } else { "network: back" });
        self.browser.set_offline(is_offline);
    }

    fn hide_or_show_tab(&mut self) {
        let Some((tab, _)) = self.any_tab() else { return };
        let is_hidden = !self.browser.is_hidden(tab);
        self.tally.count(if is_hidden { "tab: hidden" } else { "tab: seen" });
        self.browser.set_hidden(tab, is_hidden);
    }

    fn sleep(&mut self) {
        let hours = if self.random.unit() < 0.1 { 30.0 } else { self.random.unit() };
        self.tally.count(if hours > 24.0 { "machine: slept over a day" } else { "machine: slept" });
        self.executor.sleep_machine(hours * HOUR_MS);
    }

    pub(super) fn any_tab(&mut self) -> Option<(u64, Page)> {
        let place = self.random.below(self.tabs.len());
        self.tabs.iter().nth(place).map(|(id, page)| (*id, page.clone()))
    }

    pub(super) fn close_tab(&mut self) {
        let Some((tab, page)) = self.any_tab() else { return };
        self.tabs.remove(&tab);
        self.executor.drop_tasks(|owner| owner.tab == tab);
        drop(page);
        for call in self.calls.iter_mut().filter(|call| call.owner.tab == tab) {
            call.was_dropped |= call.ended.borrow().is_none();
        }
        self.executor.note(|| format!("tab {tab} is closed"));
        self.tally.count("tab: closed");
    }

    /// Gives up a call, as an abort does.
    pub(super) fn drop_call(&mut self) {
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

    /// The API knows one of its generations no more: not often, for nothing else can happen to it then.
    fn lose_any(&mut self) {
        let ids: Vec<String> = self.server.charges().into_iter().map(|(_, id)| id).collect();
        if let Some(id) = any(&ids, &mut self.random).filter(|_| self.random.unit() < 0.3) {
            self.executor.note(|| format!("{id} is lost"));
            self.server.lost.borrow_mut().insert(id);
            self.tally.count("server: knows a generation no more");
        }
    }

    fn throw_garbage(&mut self) {
        if self.browser.features.has_store {
            let account = self.random.below(self.accounts);
            self.garbage.throw(&self.browser, account, &mut self.random);
        }
    }
}

/// One of them; `None` where there is none.
pub fn any<T: Clone>(items: &[T], random: &mut SplitMix64) -> Option<T> {
    if items.is_empty() { None } else { Some(items[random.below(items.len())].clone()) }
}
