//! Clock, randomness and pauses of the platform.

use js_sys::{Promise, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{MessageChannel, MessagePort};

use crate::js::data::given;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = crypto, js_name = getRandomValues, catch)]
    fn get_random_values(array: &Uint8Array) -> Result<Uint8Array, JsValue>;
}

/// Random bytes of an id.
const ID_BYTES: u32 = 12;

/// Milliseconds since 1970.
pub(super) fn now_ms() -> u64 {
    js_sys::Date::now().max(0.0) as u64
}

/// A fresh id: the prefix and 24 hexadecimal digits.
pub(super) fn fresh_id(prefix: &str) -> Result<String, JsValue> {
    let bytes = get_random_values(&Uint8Array::new_with_length(ID_BYTES))?.to_vec();
    let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(format!("{prefix}_{digits}"))
}

/// Whether the platform has such a global function or class.
pub(super) fn has_global(name: &str) -> bool {
    given(&js_sys::global(), name).is_ok_and(|value| value.is_function())
}

/// Lets the event loop run once.
///
/// A message, not a timer, where there are messages: browsers stretch timers to a second in hidden tabs.
pub(super) async fn yield_now() -> Result<(), JsValue> {
    if !has_global("MessageChannel") {
        gloo_timers::future::TimeoutFuture::new(0).await;
        return Ok(());
    }
    let channel = MessageChannel::new()?;
    let (here, there) = (OpenPort(channel.port1()), channel.port2());
    let arrived = Promise::new(&mut |resolve, _| here.0.set_onmessage(Some(&resolve)));
    there.post_message(&JsValue::NULL)?;
    JsFuture::from(arrived).await.map(|_| ())
}

/// A listening port keeps Node alive; this one closes even where the wait is given up.
struct OpenPort(MessagePort);

impl Drop for OpenPort {
    fn drop(&mut self) {
        self.0.set_onmessage(None);
        self.0.close();
    }
}

/// Waits.
pub(super) async fn sleep(delay_ms: u64) {
    gloo_timers::future::TimeoutFuture::new(u32::try_from(delay_ms).unwrap_or(u32::MAX)).await;
}
