//! Objects that JavaScript has read and checked before (`arguments.js`, `exchange.js`): their members have the types that are asked for here.

use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// A plain object of ours, by handle: reading three members costs less than making a struct of thirty.
    #[derive(Clone)]
    pub type Handle;

    /// A string member.
    #[wasm_bindgen(method, structural, indexing_getter)]
    pub fn string(this: &Handle, key: &str) -> Option<String>;
    /// A number member.
    #[wasm_bindgen(method, structural, indexing_getter)]
    pub fn number(this: &Handle, key: &str) -> Option<f64>;
    /// Any member; undefined where there is none.
    #[wasm_bindgen(method, structural, indexing_getter)]
    pub fn value(this: &Handle, key: &str) -> JsValue;
}

impl Handle {
    /// A flag; false where it is undefined.
    pub fn flag(&self, key: &str) -> bool {
        self.value(key).is_truthy()
    }

    /// A number that is always there.
    pub fn amount(&self, key: &str) -> f64 {
        self.number(key).unwrap_or(0.0)
    }

    /// A string that is always there.
    pub fn text(&self, key: &str) -> String {
        self.string(key).unwrap_or_default()
    }
}
