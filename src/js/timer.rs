//! Timers that are gone when their future is dropped.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::Poll;

use js_sys::Promise;
use wasm_bindgen::prelude::*;

use super::exchange::held;

#[wasm_bindgen(module = "/src/js/timer.js")]
extern "C" {
    #[wasm_bindgen(js_name = sleep)]
    fn sleep_under(delay_ms: f64, controller: &JsValue) -> Promise;
}

/// Sleeps. Dropping the future clears the timer.
pub async fn sleep(delay_ms: f64) {
    if delay_ms > 0.0 {
        held(&|controller| sleep_under(delay_ms, controller)).await;
    }
}

/// Runs `future` for at most `limit_ms`; false when that ran out.
pub async fn ends_within(limit_ms: f64, mut future: Pin<&mut dyn Future<Output = ()>>) -> bool {
    let mut timer = pin!(sleep(limit_ms));
    poll_fn(|context| {
        if future.as_mut().poll(context).is_ready() {
            return Poll::Ready(true);
        }
        timer.as_mut().poll(context).map(|()| false)
    })
    .await
}
