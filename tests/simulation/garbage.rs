//! What may lie in a store that is nobody's entry: strangers, older and newer versions, and broken disks write there,
//! too.

use std::collections::{BTreeMap, BTreeSet};

use rivya_wasm::contract::fingerprint::fingerprint;
use rivya_wasm::emulator::random::SplitMix64;
use serde_json::{Value, json};

use super::browser::Browser;
use super::events::any;
use super::server::{ACCOUNTS, BASE_URL, EPOCH_MS};

const HUGE_BYTES: usize = 60_000;
const PREFIX: &str = "garbage-";

#[derive(Clone, Copy, Debug)]
enum Kind {
    NoJson,
    OtherVersion,
    Truncated,
    OtherKey,
    Huge,
    /// A true entry is cut short.
    Damaged,
}

const KINDS: [Kind; 6] =
    [Kind::NoJson, Kind::OtherVersion, Kind::Truncated, Kind::OtherKey, Kind::Huge, Kind::Damaged];

#[derive(Default)]
pub struct Garbage {
    /// What was thrown where nothing lay, by its place in the store.
    thrown: BTreeMap<String, String>,
    /// The keys of entries that were cut short.
    damaged: BTreeSet<String>,
}

impl Garbage {
    pub fn throw(&mut self, browser: &Browser, account: usize, random: &mut SplitMix64) {
        let kind = KINDS[random.below(KINDS.len())];
        let key = format!("{PREFIX}{}", self.thrown.len());
        let text = match kind {
            Kind::Damaged => return self.damage(browser, account, random),
            Kind::NoJson => ["", "null", "7", "not an entry", "{\"version\":1}"][random.below(5)].to_owned(),
            Kind::OtherVersion => entry(&key, 2),
            Kind::Truncated => cut_short(&entry(&key, 1), random),
            Kind::OtherKey => entry(&format!("{PREFIX}of-another-key"), 1),
            Kind::Huge => "[".repeat(HUGE_BYTES),
        };
        browser.tally.count(&format!("garbage: {kind:?}"));
        let name = prefix_of(account) + &key;
        browser.executor.note(|| format!("{kind:?} lies at {name}"));
        browser.texts.borrow_mut().insert(name.clone(), text.clone());
        self.thrown.insert(name, text);
    }

    fn damage(&mut self, browser: &Browser, account: usize, random: &mut SplitMix64) {
        let prefix = prefix_of(account);
        let mut texts = browser.texts.borrow_mut();
        let is_entry = |name: &&String| name.starts_with(&prefix) && !self.thrown.contains_key(*name);
        let names: Vec<String> = texts.keys().filter(is_entry).cloned().collect();
        let Some(name) = any(&names, random) else { return };
        browser.tally.count("garbage: Damaged");
        browser.executor.note(|| format!("{name} is cut short"));
        let text = cut_short(&texts[&name], random);
        self.damaged.extend(name.strip_prefix(&prefix).map(str::to_owned));
        texts.insert(name, text);
    }

    /// Keys under which no entry ever lay.
    pub fn keys(&self) -> impl Iterator<Item = String> {
        self.thrown.keys().filter_map(|name| Some(name.rsplit_once('/')?.1.to_owned()))
    }

    pub fn is_refuse(&self, key: &str) -> bool {
        key.starts_with(PREFIX)
    }

    /// Whether an entry was lost with what was cut off.
    pub fn has_damaged(&self, key: &str) -> bool {
        self.damaged.contains(key)
    }

    /// It is nobody's to change.
    pub fn check(&self, browser: &Browser) {
        let texts = browser.texts.borrow();
        for (name, text) in &self.thrown {
            assert_eq!(texts.get(name), Some(text), "what lay at {name} was changed");
        }
    }
}

/// How the names of an account's entries begin.
pub(super) fn prefix_of(account: usize) -> String {
    format!("rivya-wasm/{}/", fingerprint(&json!([BASE_URL, ACCOUNTS[account].name]).to_string()))
}

fn entry(key: &str, version: u32) -> String {
    let body = json!({ "model": "nano-banana-2", "prompt": "Garbage" }).to_string();
    let entry: Value = json!({
        "version": version, "key": key, "model": "nano-banana-2", "prompt": "Garbage", "startedMs": EPOCH_MS,
        "digest": "digest", "body": body, "until": "result", "state": "unsubmitted",
    });
    entry.to_string()
}

fn cut_short(text: &str, random: &mut SplitMix64) -> String {
    text.chars().take(random.below(text.chars().count().max(1))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::{PAGE, World};

    /// Else what is thrown would be left alone for another reason than the one that it is thrown for.
    #[test]
    fn an_entry_of_this_form_is_taken_up() {
        let world = World::new(7, PAGE, |_| ());
        world.browser.texts.borrow_mut().insert(prefix_of(0) + "stranger", entry("stranger", 1));
        let engine = world.engine.clone();
        let pending = world.end_of(&world.call(async move { engine.pending().await }));
        assert_eq!(pending.len(), 1);
        assert_eq!(pending[0].idempotency_key, "stranger");
        let engine = world.engine.clone();
        let limit = std::time::Duration::from_secs(600);
        world.end_of(&world.call(async move { engine.resume("stranger", limit, &|_| ()).await })).unwrap();
        assert_eq!(world.bodies(), [json!({ "model": "nano-banana-2", "prompt": "Garbage" }).to_string()]);
    }
}
