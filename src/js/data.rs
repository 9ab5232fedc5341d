//! Plain data over the border: a caller's objects come in through a snapshot, ours go out as plain objects.

use js_sys::{JSON, Object, Reflect};
use serde::{Deserialize, Serialize};
use serde_wasm_bindgen::Serializer;
use wasm_bindgen::prelude::*;

use super::error::Error;
use crate::contract::value::Value;

#[wasm_bindgen(module = "/src/js/snapshot.js")]
extern "C" {
    #[wasm_bindgen(catch)]
    fn snapshot(value: &JsValue, path: &str) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(catch)]
    fn read(object: &JsValue, key: &str, path: &str) -> Result<JsValue, JsValue>;
}

/// What snapshot.js threw is a `TypeError` with its path; its text is the whole message.
fn thrown(error: &JsValue) -> Error {
    let message = get(error, "message").as_string().unwrap_or_default();
    Error::Argument { message, cause: get(error, "cause") }
}

/// A caller's plain data, read once and bounded in depth and size, so that decoding can neither recurse without end nor meet a getter.
pub fn decode(value: &JsValue, path: &str) -> Result<Value, Error> {
    let copy = snapshot(value, path).map_err(|error| thrown(&error))?;
    Value::deserialize(serde_wasm_bindgen::Deserializer::from(copy))
        .map_err(|error| Error::argument(format!("{path}: {error}")))
}

/// The plain JavaScript object for data of ours.
pub fn encode(value: &Value) -> JsValue {
    value.serialize(&Serializer::json_compatible()).unwrap_or(JsValue::UNDEFINED)
}

/// A member of a caller's object; a getter that throws is a `TypeError` naming `path`.
pub fn member(object: &JsValue, key: &str, path: &str) -> Result<JsValue, Error> {
    read(object, key, path).map_err(|error| thrown(&error))
}

/// A member of an object that came from `JSON.parse` or from us; undefined where there is none.
pub fn get(object: &JsValue, key: &str) -> JsValue {
    Reflect::get(object, &JsValue::from_str(key)).unwrap_or(JsValue::UNDEFINED)
}

/// Sets a member of an object that we made.
pub fn set(object: &Object, key: &str, value: &JsValue) {
    // Fails only on frozen objects and proxies, which ours are not.
    let _ = Reflect::set(object, &JsValue::from_str(key), value);
}

/// A plain object of ours.
pub fn object<const N: usize>(members: [(&str, JsValue); N]) -> Object {
    let object = Object::new();
    for (key, value) in &members {
        set(&object, key, value);
    }
    object
}

/// `JSON.parse`; None where the text is no JSON.
pub fn parse_json(text: &str) -> Option<JsValue> {
    JSON::parse(text).ok()
}

/// `JSON.stringify` of plain data of ours.
pub fn to_json(value: &JsValue) -> String {
    JSON::stringify(value).map(String::from).unwrap_or_default()
}
