//! What was met in all runs: a fault or a state that never occurs explores nothing.

use std::cell::RefCell;
use std::collections::BTreeMap;

#[derive(Default)]
pub struct Tally(RefCell<BTreeMap<String, u64>>);

impl Tally {
    pub fn count(&self, what: &str) {
        *self.0.borrow_mut().entry(what.to_owned()).or_default() += 1;
    }

    pub fn all(&self) -> BTreeMap<String, u64> {
        self.0.borrow().clone()
    }

    pub fn of(&self, what: &str) -> u64 {
        self.0.borrow().get(what).copied().unwrap_or_default()
    }

    pub fn print(&self) {
        for (what, count) in self.0.borrow().iter() {
            println!("{count:>12}  {what}");
        }
    }
}
