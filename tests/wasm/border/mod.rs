//! What crosses the border, on a real platform: its objects, its errors.

mod data;
mod rules;

use js_sys::JSON;
use wasm_bindgen::JsValue;

fn parse(json: &str) -> JsValue {
    JSON::parse(json).unwrap()
}
