//! Whatever answers like fetch.

use std::future::Future;
use std::pin::Pin;

use wasm_bindgen::JsValue;

/// A future of what is asked, which may borrow who is asked.
pub type Answering<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// Whatever answers like fetch: the platform's own, a service binding, a test.
/// ```no_run
/// use rivya_wasm::api::{Answering, Client, Error, Fetch};
/// use wasm_bindgen::JsValue;
/// use web_sys::{Request, Response, ResponseInit};
///
/// /// For a test of a page: what it says where nothing can be paid for.
/// struct NoCredits;
///
/// impl Fetch for NoCredits {
///     fn fetch(&self, _: Request) -> Answering<'_, Result<Response, JsValue>> {
///         let body = r#"{"error":{"code":"insufficient_credits","message":"Not enough credits"}}"#;
///         let init = ResponseInit::new();
///         init.set_status(402);
///         Box::pin(async move { Response::new_with_opt_str_and_init(Some(body), &init) })
///     }
/// }
///
/// fn without_credits() -> Result<Client, Error> {
///     Client::builder().base_url("https://example.com/api/rivya").fetch(NoCredits).build()
/// }
/// ```
pub trait Fetch {
    /// Answers a request. The error is what was thrown.
    fn fetch(&self, request: web_sys::Request) -> Answering<'_, Result<web_sys::Response, JsValue>>;
}
