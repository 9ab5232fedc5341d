//! A fair semaphore: who asks first goes first, and a place is given back when its holder is dropped, however the call ended.

use js_sys::{Function, Promise};
use wasm_bindgen::prelude::*;

use super::exchange::held;

#[wasm_bindgen(module = "/src/js/timer.js")]
extern "C" {
    /// So many may pass at once.
    #[derive(Clone)]
    pub type Turnstile;

    /// `places` at once.
    #[wasm_bindgen(constructor)]
    pub fn new(places: u32) -> Turnstile;

    #[wasm_bindgen(method, js_name = enter)]
    fn enter_under(this: &Turnstile, controller: &JsValue) -> Promise;
}

/// A place held. Dropping it lets the next one pass.
pub struct Place(JsValue);

impl Turnstile {
    /// Waits for a place.
    pub async fn enter(&self) -> Place {
        Place(held(&|controller| self.enter_under(controller)).await)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = self.0.unchecked_ref::<Function>().call0(&JsValue::UNDEFINED);
    }
}
