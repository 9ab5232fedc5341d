//! A request's signal, honoured in every wait.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;

use js_sys::{Function, Promise};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortSignal, Request};

/// Watches one signal.
pub(super) struct Abort {
    signal: AbortSignal,
}

/// Takes its listener off when the wait is over, however it ends.
struct Listener<'a> {
    signal: &'a AbortSignal,
    callback: Function,
}

impl Drop for Listener<'_> {
    fn drop(&mut self) {
        let _ = self.signal.remove_event_listener_with_callback("abort", &self.callback);
    }
}

impl Abort {
    pub(super) fn of(request: &Request) -> Self {
        Self { signal: request.signal() }
    }

    /// The signal's reason, if it has fired.
    pub(super) fn check(&self) -> Result<(), JsValue> {
        if self.signal.aborted() { Err(self.signal.reason()) } else { Ok(()) }
    }

    /// Waits for `work`, or for the signal, whose reason is the error.
    pub(super) async fn race<T>(&self, work: impl Future<Output = T>) -> Result<T, JsValue> {
        self.check()?;
        let mut callback = None;
        let fired = Promise::new(&mut |resolve, _| callback = Some(resolve));
        let _listener = callback.map(|callback| {
            let _ = self.signal.add_event_listener_with_callback("abort", &callback);
            Listener { signal: &self.signal, callback }
        });
        let (mut work, mut fired) = (pin!(work), pin!(JsFuture::from(fired)));
        poll_fn(|context| {
            if let Poll::Ready(done) = work.as_mut().poll(context) {
                return Poll::Ready(Ok(done));
            }
            fired.as_mut().poll(context).map(|_| Err(self.signal.reason()))
        })
        .await
    }
}
