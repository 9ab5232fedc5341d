//! Objects that JavaScript has read and checked before (`arguments.js`, `exchange.js`): their members have the types
//! that are asked for here.

use wasm_bindgen::prelude::*;

use super::data::get;

#[wasm_bindgen]
extern "C" {
    /// A plain object of ours, by handle: reading three members costs less than making a struct of thirty.
    #[derive(Clone)]
    pub type Handle;
}

impl Handle {
    /// Any member; undefined where there is none.
    pub fn value(&self, key: &str) -> JsValue {
        get(self, key)
    }

    /// A string member.
    pub fn string(&self, key: &str) -> Option<String> {
        self.value(key).as_string()
    }

    /// A number member.
    pub fn number(&self, key: &str) -> Option<f64> {
        self.value(key).as_f64()
    }

    /// A flag; false where it is undefined.
    pub fn flag(&self, key: &str) -> bool {
        self.value(key).is_truthy()
    }

    /// A number that is always there.
    pub fn amount(&self, key: &str) -> f64 {
        self.number(key).unwrap_or(0.0)
    }

    /// Bytes; none where it is undefined.
    pub fn bytes(&self, key: &str) -> Vec<u8> {
        self.value(key).dyn_ref::<js_sys::Uint8Array>().map(js_sys::Uint8Array::to_vec).unwrap_or_default()
    }

    /// A string that is always there.
    pub fn text(&self, key: &str) -> String {
        self.string(key).unwrap_or_default()
    }
}
