//! The only place where a Rust future becomes a promise, and where a panic becomes a rejection.

use std::future::Future;
use std::pin::Pin;
use std::sync::Once;

use js_sys::Promise;
use wasm_bindgen::prelude::*;

use super::error::Error;

#[wasm_bindgen(module = "/src/js/calls.js")]
extern "C" {
    fn crashed(message: &str);
}

/// A future whose type is forgotten, so that the glue behind a promise exists once in the module, not once for every export.
pub type Boxed<T> = Pin<Box<dyn Future<Output = T>>>;

/// The promise of a call.
pub fn promise(future: impl Future<Output = Result<JsValue, Error>> + 'static) -> Promise {
    let boxed: Boxed<Result<JsValue, JsValue>> =
        Box::pin(async move { future.await.map_err(Error::into_js) });
    wasm_bindgen_futures::future_to_promise(boxed)
}

/// On stable Rust a panic traps inside a microtask and the promise never settles: the hook rejects every call in flight first.
pub fn reject_calls_on_panic() {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| std::panic::set_hook(Box::new(|panic| crashed(&panic.to_string()))));
}
