//! What crosses the border, on a real platform: its objects, its errors, its calls and their ends.

mod calls;
mod cancelling;
mod client;
mod data;
mod errors;
mod progress;
mod settings;

use js_sys::{JSON, Reflect};
use wasm_bindgen::JsValue;

fn parse(json: &str) -> JsValue {
    JSON::parse(json).unwrap()
}

fn get(value: &JsValue, key: &str) -> JsValue {
    Reflect::get(value, &key.into()).unwrap()
}

fn text(value: &JsValue, key: &str) -> String {
    get(value, key).as_string().unwrap_or_default()
}

/// An object as text: errors have a message, which their own members leave out.
fn shown(value: &JsValue) -> String {
    JSON::stringify(value).map(String::from).unwrap()
}
