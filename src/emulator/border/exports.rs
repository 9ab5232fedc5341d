//! What JavaScript sees of the emulator.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::Promise;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;
use web_sys::FormData;

use super::shared::Shared;
use super::{handler, options, platform, respond};
use crate::emulator::world::World;

/// The emulator as the JavaScript side holds it.
#[wasm_bindgen]
pub struct RawEmulator {
    shared: Rc<Shared>,
}

#[wasm_bindgen]
impl RawEmulator {
    /// Reads the options; a wrong one is a `TypeError` that names its path. Draws, starts and reads no clock.
    #[wasm_bindgen(constructor)]
    pub fn new(options: JsValue) -> Result<RawEmulator, JsValue> {
        let (settings, outcome) = options::read(&options)?;
        let shared = Shared {
            world: RefCell::new(World::new(settings)),
            outcome,
            uploads: RefCell::default(),
            results: RefCell::default(),
        };
        Ok(Self { shared: Rc::new(shared) })
    }

    /// Answers a `Request` with a `Response`; `form` is its body, where there is no need to read it. Rejects only where
    /// a network would have failed, or with the signal's reason.
    pub fn handle(&self, request: JsValue, form: Option<FormData>) -> Promise {
        let shared = Rc::clone(&self.shared);
        future_to_promise(async move {
            handler::handle(&shared, request.unchecked_into(), form).await.map(JsValue::from)
        })
    }

    /// `{ credits, charges, requests }`.
    pub fn ledger(&self) -> Result<JsValue, JsValue> {
        respond::to_js(&self.shared.world.borrow().ledger(platform::now_ms()))
    }

    /// When the next delivery of a webhook is due, in milliseconds since 1970.
    #[wasm_bindgen(js_name = nextDeliveryMs)]
    pub fn next_delivery_ms(&self) -> Option<f64> {
        self.shared.world.borrow().next_delivery_ms().map(|due_ms| due_ms as f64)
    }

    /// A delivery that is due: `{ id, url, headers, body, timeoutMs }`; undefined where none is. What came of it has to
    /// be told.
    #[wasm_bindgen(js_name = takeDelivery)]
    pub fn take_delivery(&self) -> Result<JsValue, JsValue> {
        let taken = self.shared.world.borrow_mut().take_delivery(platform::now_ms());
        taken.map_or(Ok(JsValue::UNDEFINED), |post| respond::to_js(&post))
    }

    /// What a delivery was answered with; 0 where it was not.
    #[wasm_bindgen(js_name = settleDelivery)]
    pub fn settle_delivery(&self, id: &str, status: u16) {
        self.shared.world.borrow_mut().settle_delivery(id, status, platform::now_ms());
    }

    /// What result and file URLs begin with, no slash at the end.
    #[wasm_bindgen(getter, js_name = publicUrl)]
    pub fn public_url(&self) -> String {
        self.shared.world.borrow().settings().public_url.clone()
    }

    /// The first key that is let in.
    #[wasm_bindgen(getter, js_name = apiKey)]
    pub fn api_key(&self) -> String {
        self.shared.world.borrow().settings().api_keys.first().cloned().unwrap_or_default()
    }
}
