//! A promise of JavaScript's that somebody in Rust waits for. `JsFuture` does the same, but what traps while it wakes
//! somebody is heard of nowhere, and it holds what waits until the promise settles, which a caller's may never do.

use std::cell::Cell;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use js_sys::{Function, Promise};
use wasm_bindgen::prelude::*;

use super::guarded::guarded;

#[wasm_bindgen(module = "/src/web/settled.js")]
extern "C" {
    fn observe(promise: &Promise, on_settled: &Function) -> Function;
}

/// What a promise comes to. Dropped, nobody waits for it any longer.
pub(super) struct Settled {
    observed: Rc<Observed>,
    leave: Function,
    /// Kept as long as JavaScript may call it.
    _on_settled: Closure<dyn FnMut(bool, JsValue)>,
}

#[derive(Default)]
struct Observed {
    outcome: Cell<Option<Result<JsValue, JsValue>>>,
    waker: Cell<Option<Waker>>,
}

impl From<Promise> for Settled {
    fn from(promise: Promise) -> Self {
        let observed = Rc::<Observed>::default();
        let told = observed.clone();
        let on_settled = Closure::<dyn FnMut(bool, JsValue)>::new(move |is_resolved, value| {
            told.outcome.set(Some(if is_resolved { Ok(value) } else { Err(value) }));
            if let Some(waker) = told.waker.take() {
                waker.wake();
            }
        });
        let leave = observe(&promise, &guarded(&on_settled));
        Self { observed, leave, _on_settled: on_settled }
    }
}

impl Future for Settled {
    type Output = Result<JsValue, JsValue>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match self.observed.outcome.take() {
            Some(outcome) => Poll::Ready(outcome),
            None => {
                self.observed.waker.set(Some(context.waker().clone()));
                Poll::Pending
            }
        }
    }
}

impl Drop for Settled {
    fn drop(&mut self) {
        // It throws nothing.
        let _ = self.leave.call0(&JsValue::UNDEFINED);
    }
}
