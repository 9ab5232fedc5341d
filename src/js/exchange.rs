//! Exchanges over a fetch: see `exchange.js`, which does them; what follows from an answer is decided in Rust.

use js_sys::{Function, Object, Promise};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, Blob};

use super::arguments::Checked;

#[wasm_bindgen(module = "/src/js/exchange.js")]
extern "C" {
    /// What a call of the API is sent with: a body makes it a POST.
    #[wasm_bindgen(js_name = initOf)]
    pub fn init_of(
        settings: &Checked,
        body: &JsValue,
        idempotency_key: Option<&str>,
        version: &str,
    ) -> Object;

    /// What the proxy's results route is asked with.
    #[wasm_bindgen(js_name = resultInitOf)]
    pub fn result_init_of(settings: &Checked) -> Object;

    #[wasm_bindgen(js_name = exchange)]
    fn exchange_over(
        fetcher: &Function,
        url: &str,
        init: &Object,
        controller: &JsValue,
        timeout_ms: f64,
    ) -> Promise;

    #[wasm_bindgen(js_name = transfer)]
    fn transfer_over(
        fetcher: &Function,
        url: &str,
        init: &Object,
        controller: &JsValue,
        stall_ms: f64,
        on_bytes: &Closure<dyn FnMut(f64, f64)>,
    ) -> Promise;

    #[wasm_bindgen(js_name = readBlobUrl)]
    fn read_blob_url_over(url: &str, controller: &JsValue, timeout_ms: f64) -> Promise;
}

#[wasm_bindgen]
extern "C" {
    /// How an exchange ended.
    pub type Answer;

    /// HTTP status; 0 for an opaque redirect; None where there was no answer.
    #[wasm_bindgen(method, getter)]
    pub fn status(this: &Answer) -> Option<u16>;
    /// A redirect, which no route of the API gives.
    #[wasm_bindgen(method, getter)]
    pub fn redirected(this: &Answer) -> bool;
    /// The header `Retry-After`.
    #[wasm_bindgen(method, getter, js_name = retryAfter)]
    pub fn retry_after(this: &Answer) -> Option<String>;
    /// The same read as a date; NaN where it is none.
    #[wasm_bindgen(method, getter, js_name = retryDateMs)]
    pub fn retry_date_ms(this: &Answer) -> f64;
    /// The body's JSON; undefined where it is none.
    #[wasm_bindgen(method, getter)]
    pub fn json(this: &Answer) -> JsValue;
    /// The beginning of the body, or why it could not be read.
    #[wasm_bindgen(method, getter)]
    pub fn excerpt(this: &Answer) -> Option<String>;
    /// The bytes of a result.
    #[wasm_bindgen(method, getter)]
    pub fn blob(this: &Answer) -> Option<Blob>;
    /// Why there was no answer, in the platform's words.
    #[wasm_bindgen(method, getter)]
    pub fn failure(this: &Answer) -> Option<String>;
}

/// What ends a request: aborts it when dropped, unless it has ended by itself.
struct Abort {
    controller: JsValue,
    ended: bool,
}

impl Drop for Abort {
    fn drop(&mut self) {
        if !self.ended
            && let Some(controller) = self.controller.dyn_ref::<AbortController>()
        {
            controller.abort();
        }
    }
}

/// Waits for what `begin` starts under a controller of its own; dropping the future aborts that.
pub async fn held(begin: &dyn Fn(&JsValue) -> Promise) -> JsValue {
    let controller = AbortController::new().map_or(JsValue::UNDEFINED, JsValue::from);
    let mut abort = Abort { controller, ended: false };
    let answer = JsFuture::from(begin(&abort.controller)).await;
    abort.ended = true;
    // What is held here never rejects; a bug there would show as a failure without words.
    answer.unwrap_or_else(|_| Object::new().into())
}

/// A call of the API. No answer within `timeout_ms`: neither status nor failure.
pub async fn exchange(fetcher: &Function, url: &str, init: &Object, timeout_ms: f64) -> Answer {
    held(&|controller| exchange_over(fetcher, url, init, controller, timeout_ms)).await.unchecked_into()
}

/// The bytes of a result. `stall_ms` without a byte end it; `on_bytes(loaded, total)` is told of each piece, total NaN where it is unknown.
pub async fn transfer(
    fetcher: &Function,
    url: &str,
    init: &Object,
    stall_ms: f64,
    on_bytes: &Closure<dyn FnMut(f64, f64)>,
) -> Answer {
    held(&|controller| transfer_over(fetcher, url, init, controller, stall_ms, on_bytes))
        .await
        .unchecked_into()
}

/// The file that a `blob:` URL names.
pub async fn read_blob_url(url: &str, timeout_ms: f64) -> Answer {
    held(&|controller| read_blob_url_over(url, controller, timeout_ms)).await.unchecked_into()
}
