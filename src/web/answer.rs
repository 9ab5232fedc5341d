//! JSON that a server sent, as the JavaScript value that it is.

use js_sys::{Array, JSON, Object};
use wasm_bindgen::prelude::*;

use super::object::{member, nests_deeper};
use crate::contract::value::Value;
use crate::platform::Answer;

/// How deep a value of ours may nest: what is deeper was not written by us.
const MAX_LEVELS: u32 = 32;

/// What the API said, whole.
#[derive(Clone, Debug)]
pub struct JsAnswer(pub JsValue);

impl JsAnswer {
    fn at(&self, path: &[&str]) -> JsValue {
        path.iter().fold(self.0.clone(), |value, name| member(&value, name))
    }
}

impl Answer for JsAnswer {
    fn text(&self, path: &[&str]) -> Option<String> {
        self.at(path).as_string()
    }

    fn number(&self, path: &[&str]) -> Option<f64> {
        self.at(path).as_f64()
    }

    fn count(&self, path: &[&str]) -> Option<usize> {
        let list = self.at(path).dyn_into::<Array>().ok()?;
        usize::try_from(list.length()).ok()
    }

    fn value(&self, path: &[&str]) -> Value {
        decode(&self.at(path))
    }

    fn to_json(&self) -> String {
        JSON::stringify(&self.0).map(String::from).unwrap_or_default()
    }

    fn nests_deeper(&self, levels: u32) -> bool {
        nests_deeper(&self.0, levels)
    }
}

/// A value as JSON text. Of lists and records, `JSON.stringify` would ask a `toJSON`, which any script can put on their
/// prototypes: then something else would be sent, or written down, than what was checked.
pub(super) fn to_json(value: &Value) -> String {
    let mut text = String::new();
    write(value, &mut text);
    text
}

fn write(value: &Value, text: &mut String) {
    match value {
        Value::Null => text.push_str("null"),
        Value::Bool(true) => text.push_str("true"),
        Value::Bool(false) => text.push_str("false"),
        Value::Number(number) => write_plain(&JsValue::from_f64(*number), text),
        Value::String(string) => write_plain(&JsValue::from_str(string), text),
        Value::List(items) => {
            text.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                write(item, text);
            }
            text.push(']');
        }
        Value::Record(members) => {
            text.push('{');
            for (index, (name, member)) in members.iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                write_plain(&JsValue::from_str(name), text);
                text.push(':');
                write(member, text);
            }
            text.push('}');
        }
    }
}

/// What is no object has no `toJSON` that is asked.
fn write_plain(value: &JsValue, text: &mut String) {
    text.push_str(&JSON::stringify(value).map(String::from).unwrap_or_default());
}

/// The value of a JSON text.
pub(super) fn parse(text: &str) -> Option<Value> {
    let parsed = JSON::parse(text).ok()?;
    if nests_deeper(&parsed, MAX_LEVELS) { None } else { Some(decode(&parsed)) }
}

fn decode(value: &JsValue) -> Value {
    if let Some(text) = value.as_string() {
        return Value::String(text);
    }
    if let Some(number) = value.as_f64() {
        return Value::Number(number);
    }
    if let Some(flag) = value.as_bool() {
        return Value::Bool(flag);
    }
    if let Some(list) = value.dyn_ref::<Array>() {
        return Value::List(list.iter().map(|item| decode(&item)).collect());
    }
    let Some(object) = value.dyn_ref::<Object>() else { return Value::Null };
    let keys = Object::keys(object);
    let members = keys.iter().map(|key| {
        let name = key.as_string().unwrap_or_default();
        let member = decode(&member(value, &name));
        (name, member)
    });
    Value::Record(members.collect())
}
