//! A request that is given up with the future that asked for it.

use std::cell::Cell;

use js_sys::Promise;
use wasm_bindgen::prelude::*;
use web_sys::{AbortController, AbortSignal};

use super::settled::Settled;

#[wasm_bindgen(module = "/src/web/abort.js")]
extern "C" {
    #[wasm_bindgen(js_name = untilAborted)]
    fn until_aborted(promise: &Promise, signal: &AbortSignal) -> Promise;
}

/// Dropped, it aborts, unless the request is over: a caller's own fetch hears no signal of an answer that was read.
pub(super) struct Abort {
    controller: AbortController,
    is_over: Cell<bool>,
}

impl Abort {
    pub(super) fn new() -> Result<Self, JsValue> {
        Ok(Self { controller: AbortController::new()?, is_over: Cell::new(false) })
    }

    pub(super) fn signal(&self) -> AbortSignal {
        self.controller.signal()
    }

    /// What a promise gives, up to the abort.
    pub(super) fn heard(&self, promise: &Promise) -> Settled {
        Settled::from(until_aborted(promise, &self.signal()))
    }

    /// The request is over, and nothing is left to abort.
    pub(super) fn disarm(&self) {
        self.is_over.set(true);
    }
}

impl Drop for Abort {
    fn drop(&mut self) {
        if !self.is_over.get() {
            self.controller.abort();
        }
    }
}
