//! The store of texts, as a browser has it on its disk.

use std::collections::BTreeMap;
use std::rc::Rc;

use rivya_wasm::platform::{Local, Store, StoreError};

use super::browser::Browser;
use super::executor::{Owner, once};

/// The store that all pages share. It is slow at times, and fails at times, having done its work or not.
pub struct Texts {
    pub browser: Rc<Browser>,
    pub account: usize,
}

impl Texts {
    fn ask<T: 'static>(
        &self,
        work: impl FnOnce(&mut BTreeMap<String, String>) -> T + 'static,
    ) -> Local<Result<T, StoreError>> {
        let browser = self.browser.clone();
        let (luck, is_slow) = (browser.unit(), browser.unit() < browser.store_fault_rate.get() / 2.0);
        let delay_ms = if is_slow { 4_000.0 } else { browser.store_ms.get() + browser.unit() * 8.0 };
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

impl Texts {
    /// What one account has written is neither read nor changed by another.
    fn check_writer(&self, key: &str) {
        let writer = self.browser.writers.borrow().get(key).copied();
        assert!(writer.is_none_or(|writer| writer == self.account), "{key} belongs to another account");
    }
}

impl Store for Texts {
    fn get(&self, key: &str) -> Local<Result<Option<String>, StoreError>> {
        self.browser.executor.note(|| format!("reads {key}"));
        self.check_writer(key);
        if self.browser.hanging_key.borrow().as_ref().is_some_and(|part| key.contains(part.as_str())) {
            return Box::pin(std::future::pending());
        }
        let key = key.to_owned();
        self.ask(move |texts| texts.get(&key).cloned())
    }

    fn set(&self, key: &str, text: &str) -> Local<Result<(), StoreError>> {
        self.browser.executor.note(|| format!("writes {key}: {text}"));
        assert!(!text.contains("rvya_sk"), "the store is given the key");
        self.check_writer(key);
        // How long models take is nobody's secret.
        if !key.starts_with("rivya-wasm/durations/") {
            self.browser.writers.borrow_mut().insert(key.to_owned(), self.account);
        }
        let (key, text) = (key.to_owned(), text.to_owned());
        self.ask(move |texts| drop(texts.insert(key, text)))
    }

    fn delete(&self, key: &str) -> Local<Result<(), StoreError>> {
        self.browser.executor.note(|| format!("deletes {key}"));
        self.check_writer(key);
        let key = key.to_owned();
        self.ask(move |texts| drop(texts.remove(&key)))
    }

    fn keys(&self, prefix: &str) -> Local<Result<Vec<String>, StoreError>> {
        let prefix = prefix.to_owned();
        self.ask(move |texts| texts.keys().filter(|key| key.starts_with(&prefix)).cloned().collect())
    }
}
