//! What the border promises, on a real platform: its timers, its abort signals, its objects.

mod data;
mod ending;
mod turns;

use std::cell::Cell;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use js_sys::Promise;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

#[wasm_bindgen(inline_js = "export const macrotask = () => new Promise((resolve) => setTimeout(resolve));")]
extern "C" {
    fn macrotask() -> Promise;
}

/// After it every microtask has run that was due, whatever it led to.
async fn turn() {
    JsFuture::from(macrotask()).await.expect("it resolves");
}

/// Looks at a future once, as an executor would that nobody wakes.
fn poll_once<F: Future + ?Sized>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

/// Tells when it was dropped.
#[derive(Clone, Default)]
struct Dropped(Rc<Cell<bool>>);

impl Dropped {
    fn is_set(&self) -> bool {
        self.0.get()
    }

    /// What sets it at the end of its life.
    fn guard(&self) -> impl Drop + use<> {
        struct Guard(Rc<Cell<bool>>);
        impl Drop for Guard {
            fn drop(&mut self) {
                self.0.set(true);
            }
        }
        Guard(Rc::clone(&self.0))
    }
}
