//! Abort: a call is a future; when its caller's signal fires, the future is dropped, and every timer, request, listener and place in a queue
//! that it holds goes with it.

use std::cell::RefCell;
use std::future::Future;
use std::pin::pin;
use std::rc::Rc;
use std::task::{Poll, Waker};

use wasm_bindgen::prelude::*;
use web_sys::{AbortController, AbortSignal};

use super::data;
use super::error::Error;

/// One listener on a caller's signal. `AbortSignal.any` is not used: on a long-lived signal its dependents pile up unseen.
struct Listener {
    signal: AbortSignal,
    closure: Closure<dyn FnMut()>,
}

impl Listener {
    fn on(signal: AbortSignal, waker: Rc<RefCell<Option<Waker>>>) -> Self {
        let closure = Closure::<dyn FnMut()>::new(move || {
            if let Some(waker) = waker.borrow_mut().take() {
                waker.wake();
            }
        });
        let _ = signal.add_event_listener_with_callback("abort", closure.as_ref().unchecked_ref());
        Self { signal, closure }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let _ =
            self.signal.remove_event_listener_with_callback("abort", self.closure.as_ref().unchecked_ref());
    }
}

/// Runs a call under its caller's signal: rejects with the signal's reason in the microtask after it fired.
pub async fn abortable<T>(
    signal: Option<AbortSignal>,
    future: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    let Some(signal) = signal else { return future.await };
    if signal.aborted() {
        return Err(Error::Aborted(reason(&signal)));
    }
    let waker = Rc::new(RefCell::new(None));
    let listener = Listener::on(signal, Rc::clone(&waker));
    let mut future = pin!(future);
    std::future::poll_fn(move |context| {
        if listener.signal.aborted() {
            return Poll::Ready(Err(Error::Aborted(reason(&listener.signal))));
        }
        let poll = future.as_mut().poll(context);
        if poll.is_pending() {
            *waker.borrow_mut() = Some(context.waker().clone());
        }
        poll
    })
    .await
}

fn reason(signal: &AbortSignal) -> JsValue {
    data::get(signal, "reason")
}

/// An `AbortController` for one request: aborts it when dropped, unless it was let go.
pub struct Abort {
    controller: Option<AbortController>,
}

impl Abort {
    /// A fresh one. None only where the platform has no `AbortController` at all: below our floor.
    pub fn new() -> Self {
        Self { controller: AbortController::new().ok() }
    }

    /// What the request listens to.
    pub fn signal(&self) -> Option<AbortSignal> {
        self.controller.as_ref().map(AbortController::signal)
    }

    /// The request has ended: nothing to abort any more.
    pub fn let_go(mut self) {
        self.controller = None;
    }
}

impl Default for Abort {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Abort {
    fn drop(&mut self) {
        if let Some(controller) = &self.controller {
            controller.abort();
        }
    }
}
