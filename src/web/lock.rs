//! Who is at a piece of work, in this page and in the others of its origin.

use std::rc::Rc;

use js_sys::{Array, Function, Promise};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use super::runtime::{has_locks, is_workerd};
use crate::futures::keyed::{KeyedTurns, Turn};
use crate::futures::signal::Signal;
use crate::platform::Local;

#[wasm_bindgen(module = "/src/web/lock.js")]
extern "C" {
    #[wasm_bindgen(js_name = requestLock)]
    fn request_lock(name: &str, is_shared: bool, on_granted: &Closure<dyn FnMut()>) -> Function;
    #[wasm_bindgen(js_name = namesHeld)]
    fn names_held() -> Promise;
}

/// A lock that is held until it is dropped.
pub struct Lock {
    _held: Held,
}

enum Held {
    /// Where no call may be woken by another, nobody waits.
    Nothing,
    /// Within this page: on plain http there are no Web Locks.
    Turn {
        _turn: Turn,
    },
    Web {
        _request: WebLock,
    },
}

struct WebLock {
    give_back: Function,
    /// Kept as long as JavaScript may call it.
    _on_granted: Closure<dyn FnMut()>,
}

impl WebLock {
    async fn request(name: String, is_shared: bool) -> Self {
        let granted = Rc::<Signal>::default();
        let raised = granted.clone();
        let on_granted = Closure::new(move || raised.raise());
        let give_back = request_lock(&name, is_shared, &on_granted);
        let lock = Self { give_back, _on_granted: on_granted };
        granted.raised().await;
        lock
    }
}

impl Drop for WebLock {
    fn drop(&mut self) {
        // It throws nothing.
        let _ = self.give_back.call0(&JsValue::UNDEFINED);
    }
}

/// Waits for a lock that one has at a time.
pub(super) fn alone(turns: KeyedTurns, name: &str) -> Local<Lock> {
    let name = name.to_owned();
    Box::pin(async move {
        let held = if is_workerd() {
            Held::Nothing
        } else if has_locks() {
            Held::Web { _request: WebLock::request(name, false).await }
        } else {
            Held::Turn { _turn: turns.enter(&name).await }
        };
        Lock { _held: held }
    })
}

/// A lock that many may have, for others to see.
pub(super) fn mark(name: &str) -> Local<Option<Lock>> {
    let name = name.to_owned();
    Box::pin(async move {
        if !has_locks() {
            return None;
        }
        Some(Lock { _held: Held::Web { _request: WebLock::request(name, true).await } })
    })
}

pub(super) async fn marks() -> Vec<String> {
    if !has_locks() {
        return Vec::new();
    }
    let names = JsFuture::from(names_held()).await.unwrap_or_default();
    let names = names.dyn_into::<Array>().unwrap_or_default();
    names.iter().filter_map(|name| name.as_string()).collect()
}
