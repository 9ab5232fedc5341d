//! What the platform is, and what only it can answer: see `platform.js`.

use js_sys::{Promise, Uint8Array};
use wasm_bindgen::prelude::*;

#[wasm_bindgen(module = "/src/js/platform.js")]
extern "C" {
    /// A Blob or File of whatever realm.
    #[wasm_bindgen(js_name = isBlob)]
    pub fn is_blob(value: &JsValue) -> bool;

    /// An AbortSignal of whatever realm.
    #[wasm_bindgen(js_name = isAbortSignal)]
    pub fn is_abort_signal(value: &JsValue) -> bool;

    /// A URL object of whatever realm.
    #[wasm_bindgen(js_name = isUrl)]
    pub fn is_url(value: &JsValue) -> bool;

    /// An array, and no revoked proxy of one.
    #[wasm_bindgen(js_name = isArray)]
    pub fn is_array(value: &JsValue) -> bool;

    /// Cloudflare's runtime, where no call may be woken by another.
    #[wasm_bindgen(js_name = isWorkerd)]
    pub fn is_workerd() -> bool;

    /// A page, or a worker of one.
    #[wasm_bindgen(js_name = isBrowser)]
    pub fn is_browser() -> bool;

    /// Against what a relative URL is read; None outside a page.
    #[wasm_bindgen(js_name = locationBase)]
    pub fn location_base() -> Option<String>;

    /// Whether a request may name its cache mode.
    #[wasm_bindgen(js_name = hasRequestCache)]
    pub fn has_request_cache() -> bool;

    /// `navigator.onLine === false`.
    #[wasm_bindgen(js_name = isOffline)]
    pub fn is_offline() -> bool;

    /// Whether the platform tells of being online again.
    #[wasm_bindgen(js_name = hasOnlineEvent)]
    pub fn has_online_event() -> bool;

    /// Resolves at the next `online` event; aborting the signal removes the listener.
    #[wasm_bindgen(js_name = nextOnline)]
    pub fn next_online(signal: &web_sys::AbortSignal) -> Promise;

    /// `crypto.getRandomValues`: present on plain http, too, where `randomUUID` is not.
    #[wasm_bindgen(js_name = randomBytes, catch)]
    fn random_bytes_of(count: u32) -> Result<Uint8Array, JsValue>;

    /// The file behind a `data:` URL; throws where it is malformed.
    #[wasm_bindgen(js_name = blobOfDataUrl, catch)]
    pub fn blob_of_data_url(url: &JsValue) -> Result<web_sys::Blob, JsValue>;

    /// `console.warn`, once for one message.
    #[wasm_bindgen(js_name = warnOnce)]
    pub fn warn_once(message: &str);

    /// Calls a caller's callback; what it throws is reported as the caller's, and goes no further.
    pub fn notify(callback: &js_sys::Function, argument: &JsValue);
}

/// Random bytes for a key.
pub fn random_bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    if let Ok(random) = random_bytes_of(N as u32)
        && random.length() as usize == N
    {
        random.copy_to(&mut bytes);
    }
    bytes
}

/// A number in 0..1 for jitter.
pub fn random() -> f64 {
    js_sys::Math::random()
}

/// Milliseconds since 1970, by the platform's clock.
pub fn now_ms() -> f64 {
    js_sys::Date::now()
}
