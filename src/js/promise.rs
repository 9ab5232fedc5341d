//! The only place where a Rust future becomes a promise, where a caller's signal ends one, and where a panic becomes a rejection.

use std::cell::RefCell;
use std::future::{Future, poll_fn};
use std::panic::PanicHookInfo;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Once;
use std::task::Waker;

use js_sys::Promise;
use wasm_bindgen::prelude::*;
use web_sys::AbortSignal;

use super::error::Error;
use crate::contract::text::push_digits;

#[wasm_bindgen(module = "/src/js/calls.js")]
extern "C" {
    fn crashed(message: &str);
}

#[wasm_bindgen(module = "/src/js/platform.js")]
extern "C" {
    #[wasm_bindgen(js_name = isAborted)]
    fn is_aborted(signal: &AbortSignal) -> bool;

    #[wasm_bindgen(js_name = abortReason)]
    fn abort_reason(signal: &AbortSignal) -> JsValue;

    #[wasm_bindgen(js_name = listen)]
    fn listen(signal: &AbortSignal, callback: &JsValue);

    #[wasm_bindgen(js_name = unlisten)]
    fn unlisten(signal: &AbortSignal, callback: &JsValue);
}

/// The signal's reason, if it has fired.
pub fn ended_by(signal: Option<&AbortSignal>) -> Result<(), Error> {
    match signal {
        Some(signal) if is_aborted(signal) => Err(Error::Thrown(abort_reason(signal))),
        _ => Ok(()),
    }
}

/// A future whose type is forgotten, so that the glue around it exists once in the module, not once for every export.
pub type Boxed<T> = Pin<Box<dyn Future<Output = T>>>;

/// A call under way.
pub type Call = Boxed<Result<JsValue, Error>>;

/// The promise of a call, or of what was wrong with its arguments. The caller's signal ends it: the call is dropped, and every timer,
/// request, listener and place in a queue that it holds goes with it.
pub fn promise(call: Result<(Option<AbortSignal>, Call), Error>) -> Promise {
    let future: Boxed<Result<JsValue, JsValue>> = Box::pin(async move {
        let result = match call {
            Ok((signal, call)) => abortable(signal, call).await,
            Err(error) => Err(error),
        };
        result.map_err(Error::into_js)
    });
    wasm_bindgen_futures::future_to_promise(future)
}

/// One listener on a caller's signal. `AbortSignal.any` is not used: on a long-lived signal its dependents pile up unseen.
struct Listener {
    signal: AbortSignal,
    closure: Closure<dyn FnMut()>,
}

impl Listener {
    fn on(signal: AbortSignal, waker: Rc<RefCell<Option<Waker>>>) -> Self {
        let closure = Closure::<dyn FnMut()>::new(move || {
            let waker = waker.borrow_mut().take();
            if let Some(waker) = waker {
                waker.wake();
            }
        });
        listen(&signal, closure.as_ref());
        Self { signal, closure }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        unlisten(&self.signal, self.closure.as_ref());
    }
}

/// Runs a call under a signal: it ends with the signal's reason in the microtask after that fired.
pub async fn abortable(signal: Option<AbortSignal>, mut call: Call) -> Result<JsValue, Error> {
    let Some(signal) = signal else { return call.await };
    let waker = Rc::new(RefCell::new(None));
    let listener = Listener::on(signal, Rc::clone(&waker));
    poll_fn(move |context| {
        // The waker is there before the call runs: the caller may abort from within, in a callback or a fetch of theirs.
        *waker.borrow_mut() = Some(context.waker().clone());
        ended_by(Some(&listener.signal))?;
        let poll = call.as_mut().poll(context);
        if poll.is_pending() {
            ended_by(Some(&listener.signal))?;
        }
        poll
    })
    .await
}

/// On stable Rust a panic traps inside a microtask and the promise never settles: the hook rejects every call in flight first.
pub fn reject_calls_on_panic() {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| std::panic::set_hook(Box::new(report)));
}

/// Says where, and what where that is plain text: most panics are. Formatting the rest would link the formatting of everything.
fn report(panic: &PanicHookInfo<'_>) {
    let mut message = panic.payload().downcast_ref::<&str>().copied().unwrap_or("panicked").to_owned();
    if let Some(location) = panic.location() {
        message.push_str(" at ");
        message.push_str(location.file());
        message.push(':');
        push_digits(&mut message, location.line().into());
    }
    crashed(&message);
}
