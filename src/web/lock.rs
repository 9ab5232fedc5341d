//! Who is at a piece of work, in this page and in the others of its origin.

use std::cell::Cell;
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
    fn request_lock(name: &str, is_shared: bool, on_answer: &Closure<dyn FnMut(bool)>) -> Function;
    #[wasm_bindgen(js_name = namesHeld)]
    fn names_held() -> Promise;
}

thread_local! {
    /// All clients of a page take turns where there are no Web Locks: on plain http, and in frames that may not have
    /// them.
    static TURNS: KeyedTurns = KeyedTurns::default();
}

/// A lock that is held until it is dropped.
pub struct Lock {
    _held: Held,
}

enum Held {
    /// Where no call may be woken by another, nobody waits.
    Nothing,
    /// Within this page.
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
    _on_answer: Closure<dyn FnMut(bool)>,
}

impl WebLock {
    /// `None` where there is none to be had.
    async fn request(name: &str, is_shared: bool) -> Option<Self> {
        let answered = Rc::<(Signal, Cell<bool>)>::default();
        let told = answered.clone();
        let on_answer = Closure::new(move |is_held| {
            told.1.set(is_held);
            told.0.raise();
        });
        let give_back = request_lock(name, is_shared, &on_answer);
        let lock = Self { give_back, _on_answer: on_answer };
        answered.0.raised().await;
        Some(lock).filter(|_| answered.1.get())
    }
}

impl Drop for WebLock {
    fn drop(&mut self) {
        // It throws nothing.
        let _ = self.give_back.call0(&JsValue::UNDEFINED);
    }
}

/// Waits for a lock that one has at a time.
pub(super) fn alone(name: &str) -> Local<Lock> {
    let name = name.to_owned();
    Box::pin(async move {
        if is_workerd() {
            return Lock { _held: Held::Nothing };
        }
        let request = if has_locks() { WebLock::request(&name, false).await } else { None };
        let held = match request {
            Some(request) => Held::Web { _request: request },
            None => Held::Turn { _turn: TURNS.with(KeyedTurns::clone).enter(&name).await },
        };
        Lock { _held: held }
    })
}

/// A lock that many may have, for others to see.
pub(super) fn mark(name: &str) -> Local<Option<Lock>> {
    let name = name.to_owned();
    Box::pin(async move {
        let request = if has_locks() { WebLock::request(&name, true).await } else { None };
        request.map(|request| Lock { _held: Held::Web { _request: request } })
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
