//! Whatever answers like fetch.

use std::future::Future;
use std::pin::Pin;

use wasm_bindgen::JsValue;

/// A future of what is asked, which may borrow who is asked.
pub type Answering<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// Whatever answers like fetch: the platform's own, a service binding, a test.
pub trait Fetch {
    /// Answers a request. The error is what was thrown.
    fn fetch(&self, request: web_sys::Request) -> Answering<'_, Result<web_sys::Response, JsValue>>;
}
