//! A request that is given up with the future that asked for it.

use std::cell::Cell;

use wasm_bindgen::prelude::*;
use web_sys::{AbortController, AbortSignal};

/// Dropped, it aborts, unless the request is over: a caller's own fetch hears no signal of an answer that was read.
pub(super) struct Abort {
    controller: AbortController,
    signal: AbortSignal,
    is_over: Cell<bool>,
}

impl Abort {
    pub(super) fn new() -> Result<Self, JsValue> {
        let controller = AbortController::new()?;
        let signal = controller.signal();
        Ok(Self { controller, signal, is_over: Cell::new(false) })
    }

    pub(super) fn signal(&self) -> &AbortSignal {
        &self.signal
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
