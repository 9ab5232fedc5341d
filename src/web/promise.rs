//! Promises of whatever calls of the API are made of, as futures. A `JsFuture` makes two functions of JavaScript's for
//! each, holds its memory until the promise has settled, which that of a caller's own fetch may never do, and nobody
//! hears of what traps while it wakes somebody. A [`Settling`] makes no function, leaves nothing behind when it is
//! dropped, and its traps are [`guarded`].

use std::cell::Cell;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use js_sys::{Function, Promise};
use wasm_bindgen::prelude::*;

use super::guarded::guarded;
use crate::futures::slot::Slot;
use crate::futures::sorted_map::SortedMap;

#[wasm_bindgen(module = "/src/web/promise.js")]
extern "C" {
    #[wasm_bindgen(js_name = tellEnd)]
    fn tell_end(promise: &Promise, number: f64, tell: &Function);
}

thread_local! {
    static PROMISES: Promises = Promises::new();
}

/// The promises that are waited for, by number.
struct Promises {
    waiting: Slot<SortedMap<u64, Rc<End>>>,
    next_number: Cell<u64>,
    tell: Function,
    /// What `tell` calls.
    _heard: Closure<dyn Fn(f64, bool, JsValue)>,
}

/// The end of one promise, and who waits for it.
#[derive(Default)]
struct End {
    outcome: Cell<Option<Result<JsValue, JsValue>>>,
    waker: Cell<Option<Waker>>,
}

impl Promises {
    fn new() -> Self {
        let heard = Closure::<dyn Fn(f64, bool, JsValue)>::new(|number: f64, is_fulfilled, value| {
            let end = PROMISES
                .with(|promises| promises.waiting.with(|waiting| waiting.get(&(number as u64)).cloned()));
            // Nobody may be waiting any more.
            let Some(end) = end else { return };
            end.outcome.set(Some(if is_fulfilled { Ok(value) } else { Err(value) }));
            if let Some(waker) = end.waker.take() {
                waker.wake();
            }
        });
        Self { waiting: Slot::default(), next_number: Cell::new(0), tell: guarded(&heard), _heard: heard }
    }
}

/// What a promise comes to.
pub(super) struct Settling {
    number: u64,
    end: Rc<End>,
}

impl Settling {
    pub(super) fn of(promise: &Promise) -> Self {
        PROMISES.with(|promises| {
            let (number, end) = (promises.next_number.get(), Rc::<End>::default());
            promises.next_number.set(number.wrapping_add(1));
            promises.waiting.with(|waiting| waiting.insert(number, end.clone()));
            tell_end(promise, number as f64, &promises.tell);
            Self { number, end }
        })
    }
}

impl Future for Settling {
    type Output = Result<JsValue, JsValue>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        if let Some(outcome) = self.end.outcome.take() {
            return Poll::Ready(outcome);
        }
        self.end.waker.set(Some(context.waker().clone()));
        Poll::Pending
    }
}

impl Drop for Settling {
    fn drop(&mut self) {
        PROMISES.with(|promises| promises.waiting.with(|waiting| waiting.remove(&self.number)));
    }
}
