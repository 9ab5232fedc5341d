//! Plain data over the border, both ways.

use js_sys::{Array, Object};
use wasm_bindgen::prelude::*;

use crate::contract::value::Value;

// Not `Reflect`: each of its calls makes a string of JavaScript's, and is ready for an exception.
#[wasm_bindgen(module = "/src/js/data.js")]
extern "C" {
    fn member(object: &JsValue, key: &str) -> JsValue;

    #[wasm_bindgen(js_name = setMember)]
    fn set_member(object: &Object, key: &str, value: &JsValue);

    #[wasm_bindgen(js_name = makeRecord)]
    fn make_record() -> Object;

    #[wasm_bindgen(js_name = given, catch)]
    fn given_member(object: &JsValue, key: &str) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(js_name = member, catch)]
    fn own_member(object: &JsValue, key: &str) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(js_name = nestsDeeper)]
    fn deeper(data: &JsValue, levels: u32) -> bool;
}

/// Plain data as a value: what `snapshot.js` made of a caller's object, bounded in depth and size. By hand:
/// `serde_wasm_bindgen` formats floats in its error messages, and that alone is 20 kB of a module.
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
    if copy.is_falsy() {
        return Value::Null;
    }
    if let Some(list) = copy.dyn_ref::<Array>() {
        let mut items = Vec::with_capacity(list.length() as usize);
        for item in list.iter() {
            items.push(read(&item));
        }
        return Value::List(items);
    }
    let keys = Object::keys(copy.unchecked_ref::<Object>());
    let mut record = Vec::with_capacity(keys.length() as usize);
    for key in keys.iter() {
        let key = key.as_string().unwrap_or_default();
        let value = read(&get(copy, &key));
        record.push((key, value));
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

/// A member of what came from `JSON.parse` or from us; undefined where there is none. What another script added to a
/// prototype is none.
pub fn get(object: &JsValue, key: &str) -> JsValue {
    member(object, key)
}

/// A string member; None where there is none.
pub fn get_text(object: &JsValue, key: &str) -> Option<String> {
    get(object, key).as_string()
}

/// A member of a caller's object, its own or one of its classes'; what its getters throw is the error. See `given` in
/// `data.js`.
pub fn given(object: &JsValue, key: &str) -> Result<JsValue, JsValue> {
    given_member(object, key)
}

/// An item of a caller's list: its own.
pub fn item(list: &JsValue, index: u32) -> Result<JsValue, JsValue> {
    own_member(list, &index.to_string())
}

/// An object for JavaScript of this package, which reads it by name: one without a prototype has no members but its
/// own.
pub fn record() -> Object {
    make_record()
}

/// Whether what `JSON.parse` made nests deeper than so many levels.
pub fn nests_deeper(data: &JsValue, levels: u32) -> bool {
    deeper(data, levels)
}

/// Sets a member of an object that we made.
pub fn set(object: &Object, key: &str, value: &JsValue) {
    set_member(object, key, value);
}
