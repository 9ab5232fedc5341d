//! What JavaScript sees of the emulator.

use js_sys::Promise;
use serde::Serialize;
use serde_json::Value;
use serde_wasm_bindgen::Serializer;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;
use web_sys::FormData;

use super::emulator::Emulator;
use super::{js_options, platform};

/// The emulator as the JavaScript side holds it.
#[wasm_bindgen]
pub struct RawEmulator {
    emulator: Emulator,
}

#[wasm_bindgen]
impl RawEmulator {
    /// Reads the options; a wrong one is a `TypeError` that names its path. Draws, starts and reads no clock.
    #[wasm_bindgen(constructor)]
    pub fn new(options: JsValue) -> Result<RawEmulator, JsValue> {
        Ok(Self { emulator: Emulator::new(js_options::read(&options)?) })
    }

    /// Answers a `Request` with a `Response`; `form` is its body, where there is no need to read it. Rejects only where
    /// a network would have failed, or with the signal's reason.
    pub fn handle(&self, request: JsValue, form: Option<FormData>) -> Promise {
        let emulator = self.emulator.clone();
        future_to_promise(
            async move { emulator.answer(request.unchecked_into(), form).await.map(JsValue::from) },
        )
    }

    /// `{ credits, charges, requests }`.
    pub fn ledger(&self) -> Result<JsValue, JsValue> {
        to_js(&self.emulator.ledger().to_json())
    }

    /// When the next delivery of a webhook is due, in milliseconds since 1970.
    #[wasm_bindgen(js_name = nextDeliveryMs)]
    pub fn next_delivery_ms(&self) -> Option<f64> {
        self.emulator.world().with(|world| world.next_delivery_ms()).map(|due_ms| due_ms as f64)
    }

    /// A delivery that is due: `{ id, url, headers, body, timeoutMs }`; undefined where none is. What came of it has to
    /// be told.
    #[wasm_bindgen(js_name = takeDelivery)]
    pub fn take_delivery(&self) -> Result<JsValue, JsValue> {
        let taken = self.emulator.world().with(|world| world.take_delivery(platform::now_ms()));
        taken.map_or(Ok(JsValue::UNDEFINED), |post| to_js(&post))
    }

    /// What a delivery was answered with; 0 where it was not.
    #[wasm_bindgen(js_name = settleDelivery)]
    pub fn settle_delivery(&self, id: &str, status: u16) {
        self.emulator.world().with(|world| world.settle_delivery(id, status, platform::now_ms()));
    }

    /// What result and file URLs begin with, no slash at the end.
    #[wasm_bindgen(getter, js_name = publicUrl)]
    pub fn public_url(&self) -> String {
        self.emulator.public_url()
    }

    /// The first key that is let in.
    #[wasm_bindgen(getter, js_name = apiKey)]
    pub fn api_key(&self) -> String {
        self.emulator.api_key()
    }
}

/// A JSON value as a JavaScript one: plain objects, as `JSON.parse` would give.
fn to_js(value: &Value) -> Result<JsValue, JsValue> {
    Ok(value.serialize(&Serializer::json_compatible())?)
}
