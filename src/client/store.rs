//! The platform's store, with an end to each question.

use std::cell::Cell;
use std::rc::Rc;

use super::time::sleep_time;
use crate::futures::race::{First, first};
use crate::platform::{Local, Platform, Store, StoreError};

/// What takes longer has failed (our convention).
const LIMIT_MS: f64 = 2_000.0;
/// Timers of browsers end a little before their time.
const EARLY_MS: f64 = 50.0;

/// The store did not answer; it was told to the developer.
pub(crate) struct Unanswered;

/// A store of which each question is given 2 s. That it fails is told once.
pub(crate) struct BoundedStore<P> {
    platform: Rc<P>,
    /// When it has answered last, by the monotonic clock.
    answered_ms: Cell<f64>,
}

impl<P: Platform> BoundedStore<P> {
    pub(crate) fn new(platform: Rc<P>) -> Self {
        Self { platform, answered_ms: Cell::new(f64::NEG_INFINITY) }
    }

    /// Whether anything is remembered at all.
    pub(crate) fn is_there(&self) -> bool {
        self.platform.store().is_some()
    }

    /// Whether it has answered nothing since a moment, and for as long as a question may take.
    pub(crate) fn is_silent_since(&self, moment_ms: f64) -> bool {
        let silent_ms = self.platform.monotonic_ms() - self.answered_ms.get().max(moment_ms);
        self.is_there() && silent_ms >= LIMIT_MS - EARLY_MS
    }

    /// The text under a key; `None` where there is none.
    pub(crate) async fn get(&self, key: &str) -> Result<Option<String>, Unanswered> {
        self.ask(|store| store.get(key)).await.map(Option::flatten)
    }

    pub(crate) async fn set(&self, key: &str, text: &str) -> Result<(), Unanswered> {
        self.ask(|store| store.set(key, text)).await.map(|_| ())
    }

    pub(crate) async fn delete(&self, key: &str) -> Result<(), Unanswered> {
        self.ask(|store| store.delete(key)).await.map(|_| ())
    }

    /// The keys that begin with a prefix; none where the store fails.
    pub(crate) async fn keys(&self, prefix: &str) -> Vec<String> {
        let keys = self.ask(|store| store.keys(prefix)).await.ok().flatten().unwrap_or_default();
        keys.into_iter().filter(|key| key.starts_with(prefix)).collect()
    }

    /// `None` where there is no store.
    async fn ask<T>(
        &self,
        question: impl FnOnce(&dyn Store) -> Local<Result<T, StoreError>>,
    ) -> Result<Option<T>, Unanswered> {
        let Some(store) = self.platform.store() else { return Ok(None) };
        let StoreError(why) = match first(question(store), self.platform.sleep(sleep_time(LIMIT_MS))).await {
            First::Left(Ok(answer)) => {
                self.answered_ms.set(self.platform.monotonic_ms());
                return Ok(Some(answer));
            }
            First::Left(Err(failure)) => failure,
            First::Right(()) => StoreError("it took longer than 2 s".to_owned()),
        };
        let message =
            ["rivya-wasm: the store failed (", &why, "): what is generated meanwhile is not remembered"];
        self.platform.warn("store", &message.concat());
        Err(Unanswered)
    }
}
