//! Calls as promises. JavaScript makes the promise, and hands over what settles it (`call.js`).

use js_sys::Function;
use wasm_bindgen::prelude::*;

use super::executor;
use super::failure::into_js;
use crate::client::Failure;
use crate::platform::Local;
use crate::web::JsAnswer;

/// What a call of the engine comes to.
pub type Outcome<T> = Result<T, Failure<JsAnswer>>;

/// Begins a call; answers the number by which [`cancel_call`] cancels it. Nothing of it runs before this returns.
/// `resolve` and `reject` are a promise's own: they throw nothing, and one of them is called once, unless the call is
/// cancelled before.
pub fn begin(call: Local<Outcome<JsValue>>, resolve: Function, reject: Function) -> f64 {
    executor::start(Box::pin(async move {
        let outcome = call.await;
        // It may be cancelled by a callback within the very poll in which it ends.
        if executor::is_cancelled() {
            return;
        }
        let (settle, value) = match outcome {
            Ok(value) => (resolve, value),
            Err(failure) => (reject, into_js(failure)),
        };
        let _ = settle.call1(&JsValue::UNDEFINED, &value);
    }))
}

/// Drops a call that nobody waits for any more: what it has under way is aborted, and nothing is told of it. A number
/// that is no call's, or is one's that is over, does nothing.
#[wasm_bindgen(js_name = cancelCall)]
pub fn cancel_call(number: f64) {
    executor::cancel(number);
}
