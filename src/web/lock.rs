//! Who is at a piece of work, in this page and in the others of its origin.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use js_sys::{Array, Function, Promise};
use wasm_bindgen::prelude::*;

use super::guarded::guarded;
use super::promise::Settling;
use super::runtime::{has_locks, is_workerd};
use super::timer;
use crate::futures::keyed::{KeyedTurns, Turn};
use crate::futures::signal::Signal;
use crate::platform::Local;

/// How long whoever was refused a lock leaves it before it asks again: no platform refuses one that is waited for, but
/// what another script has put in its place may.
const ASK_AGAIN: Duration = Duration::from_millis(250);

/// How many may have a lock at a time, in the words of the platform.
#[wasm_bindgen]
#[derive(Clone, Copy)]
enum LockMode {
    Exclusive = "exclusive",
    Shared = "shared",
}

/// What comes of a request for a lock.
#[wasm_bindgen]
#[derive(Clone, Copy)]
enum LockAnswer {
    Held = "held",
    /// Somebody else has it.
    Taken = "taken",
    /// There are no locks to be had.
    Unavailable = "unavailable",
}

#[wasm_bindgen(module = "/src/web/lock.js")]
extern "C" {
    #[wasm_bindgen(js_name = requestLock)]
    fn request_lock(name: &str, mode: LockMode, on_answer: &Function) -> Function;
    #[wasm_bindgen(js_name = namesHeld)]
    fn names_held() -> Promise;
}

type OnAnswer = Closure<dyn FnMut(LockAnswer)>;

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
    _on_answer: OnAnswer,
}

/// What was answered to a request for a lock.
enum Requested {
    Held(WebLock),
    Taken,
    Unavailable,
}

impl WebLock {
    async fn request(name: &str, mode: LockMode) -> Requested {
        if !has_locks() {
            return Requested::Unavailable;
        }
        let answered = Rc::<(Signal, Cell<Option<LockAnswer>>)>::default();
        let told = answered.clone();
        let on_answer = OnAnswer::new(move |answer| {
            told.1.set(Some(answer));
            told.0.raise();
        });
        let give_back = request_lock(name, mode, &guarded(&on_answer));
        let lock = Self { give_back, _on_answer: on_answer };
        answered.0.raised().await;
        match answered.1.get() {
            Some(LockAnswer::Held) => Requested::Held(lock),
            Some(LockAnswer::Taken) => Requested::Taken,
            _ => Requested::Unavailable,
        }
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
        loop {
            let held = match WebLock::request(&name, LockMode::Exclusive).await {
                Requested::Held(request) => Held::Web { _request: request },
                Requested::Taken => {
                    timer::sleep(ASK_AGAIN).await;
                    continue;
                }
                Requested::Unavailable => {
                    Held::Turn { _turn: TURNS.with(KeyedTurns::clone).enter(&name).await }
                }
            };
            return Lock { _held: held };
        }
    })
}

/// A lock that many may have, for others to see. `None` where somebody has it alone, too: nobody waits for a mark.
pub(super) fn mark(name: &str) -> Local<Option<Lock>> {
    let name = name.to_owned();
    Box::pin(async move {
        match WebLock::request(&name, LockMode::Shared).await {
            Requested::Held(request) => Some(Lock { _held: Held::Web { _request: request } }),
            Requested::Taken | Requested::Unavailable => None,
        }
    })
}

pub(super) async fn marks() -> Vec<String> {
    if !has_locks() {
        return Vec::new();
    }
    let names = Settling::of(&names_held()).await.unwrap_or_default();
    let names = names.dyn_into::<Array>().unwrap_or_default();
    names.iter().filter_map(|name| name.as_string()).collect()
}
