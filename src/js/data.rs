//! Plain data over the border, both ways.

use js_sys::{Array, Object, Reflect};
use wasm_bindgen::prelude::*;

use crate::contract::value::Value;

/// Plain data as a value: what `snapshot.js` made of a caller's object, bounded in depth and size. By hand: `serde_wasm_bindgen` formats floats in its error messages, and that alone is 20 kB of a module.
pub fn read(copy: &JsValue) -> Value {
    if let Some(text) = copy.as_string() {
        return Value::String(text);
    }
    if let Some(number) = copy.as_f64() {
        return Value::Number(number);
    }
    if let Some(flag) = copy.as_bool() {
        return Value::Bool(flag);
    }
    if copy.is_null() || copy.is_undefined() {
        return Value::Null;
    }
    if let Some(list) = copy.dyn_ref::<Array>() {
        let mut items = Vec::with_capacity(list.length() as usize);
        for item in list.iter() {
            items.push(read(&item));
        }
        return Value::List(items);
    }
    let members = Object::entries(copy.unchecked_ref());
    let mut record = Vec::with_capacity(members.length() as usize);
    for member in members.iter() {
        let member: Array = member.unchecked_into();
        record.push((member.get(0).as_string().unwrap_or_default(), read(&member.get(1))));
    }
    Value::Record(record)
}

/// The plain JavaScript value for data of ours.
pub fn encode(value: &Value) -> JsValue {
    match value {
        Value::Null => JsValue::NULL,
        Value::Bool(flag) => JsValue::from_bool(*flag),
        Value::Number(number) => JsValue::from_f64(*number),
        Value::String(text) => JsValue::from_str(text),
        Value::List(items) => {
            let list = Array::new();
            for item in items {
                list.push(&encode(item));
            }
            list.into()
        }
        Value::Record(members) => {
            let object = Object::new();
            for (key, member) in members {
                set(&object, key, &encode(member));
            }
            object.into()
        }
    }
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
