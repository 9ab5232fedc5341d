//! Timers, and turns of the event loop.

use std::time::Duration;

use gloo_timers::future::TimeoutFuture;
use js_sys::Promise;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use crate::platform::Local;

#[wasm_bindgen(module = "/src/web/turn.js")]
extern "C" {
    #[wasm_bindgen(js_name = eventLoopTurn)]
    fn event_loop_turn() -> Promise;
}

/// The longest delay that `setTimeout` takes: a longer one would end at once.
const MAX_DELAY_MS: u32 = 2_147_483_647;

/// Ends after so long, or after 25 days. Dropped, it leaves no timer behind.
pub(super) fn sleep(delay: Duration) -> Local<()> {
    let delay_ms = u32::try_from(delay.as_millis()).unwrap_or(MAX_DELAY_MS).min(MAX_DELAY_MS);
    Box::pin(TimeoutFuture::new(delay_ms))
}

/// Ends when everything else on this thread has had its turn.
pub(super) fn turn() -> Local<()> {
    Box::pin(async { drop(JsFuture::from(event_loop_turn()).await) })
}
