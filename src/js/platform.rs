//! What the platform is, and what only it can answer: see `platform.js`.

use js_sys::{Promise, Uint8Array};
use wasm_bindgen::prelude::*;

#[wasm_bindgen(module = "/src/js/platform.js")]
extern "C" {
    /// An array, and no revoked proxy of one.
    #[wasm_bindgen(js_name = isArray)]
    pub fn is_array(value: &JsValue) -> bool;

    /// `navigator.onLine === false`.
    #[wasm_bindgen(js_name = isOffline)]
    pub fn is_offline() -> bool;

    /// Resolves with true at the next `online` event, with false after `limit_ms` without one, or when the
    /// controller is aborted.
    #[wasm_bindgen(js_name = nextOnline)]
    pub fn next_online(limit_ms: f64, controller: &JsValue) -> Promise;

    /// `crypto.getRandomValues`: present on plain http, too, where `randomUUID` is not.
    #[wasm_bindgen(js_name = randomBytes, catch)]
    fn random_bytes_of(count: u32) -> Result<Uint8Array, JsValue>;

    /// `console.warn`, once for one message.
    #[wasm_bindgen(js_name = warnOnce)]
    pub fn warn_once(message: &str);
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
