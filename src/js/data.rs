//! Plain data over the border: a caller's objects come in through a snapshot, ours go out as plain objects.

use js_sys::{JSON, Object, Reflect};
use serde::{Deserialize, Serialize};
use serde_wasm_bindgen::{Deserializer, Serializer};
use wasm_bindgen::prelude::*;

use super::error::{Error, wrong_argument};
use crate::contract::value::Value;

#[wasm_bindgen(module = "/src/js/snapshot.js")]
extern "C" {
    #[wasm_bindgen(catch)]
    fn snapshot(value: &JsValue, path: &str) -> Result<JsValue, JsValue>;
}

/// A caller's plain data, read once and bounded in depth and size, so that decoding can neither recurse without end nor meet a getter.
pub fn decode(value: &JsValue, path: &str) -> Result<Value, Error> {
    let copy = snapshot(value, path)?;
    Value::deserialize(Deserializer::from(copy)).map_err(|_| wrong_argument(&[path, " must be plain data"]))
}

/// The plain JavaScript object for data of ours.
pub fn encode(value: &Value) -> JsValue {
    value.serialize(&Serializer::json_compatible()).unwrap_or(JsValue::UNDEFINED)
}

/// A member of an object that came from `JSON.parse` or from us; undefined where there is none.
pub fn get(object: &JsValue, key: &str) -> JsValue {
    Reflect::get(object, &JsValue::from_str(key)).unwrap_or(JsValue::UNDEFINED)
}

/// A string member; None where there is none.
pub fn get_text(object: &JsValue, key: &str) -> Option<String> {
    get(object, key).as_string()
}

/// Sets a member of an object that we made.
pub fn set(object: &Object, key: &str, value: &JsValue) {
    // Fails only on frozen objects and proxies, which ours are not.
    let _ = Reflect::set(object, &JsValue::from_str(key), value);
}

/// `JSON.stringify` of plain data of ours.
pub fn to_json(value: &JsValue) -> String {
    JSON::stringify(value).map(String::from).unwrap_or_default()
}
