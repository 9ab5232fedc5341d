//! JSON that a server sent, as the JavaScript value that it is.

use js_sys::{Array, JSON, Object, Reflect};
use wasm_bindgen::prelude::*;

use crate::contract::value::Value;
use crate::platform::Answer;

/// How deep a value of ours may nest: what is deeper was not written by us.
const MAX_LEVELS: u32 = 32;

/// What the API said, whole.
#[derive(Clone, Debug)]
pub struct JsAnswer(pub JsValue);

/// An own member of what `JSON.parse` made: what another script has put on a prototype is none.
fn member(object: &JsValue, name: &str) -> JsValue {
    match object.dyn_ref::<Object>() {
        Some(record) if Object::has_own(record, &name.into()) => {
            Reflect::get(object, &name.into()).unwrap_or_default()
        }
        _ => JsValue::UNDEFINED,
    }
}

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

    fn nests_deeper(&self, levels: u32) -> bool {
        nests_deeper(&self.0, levels)
    }
}

/// It goes down by at most so many levels: the stack of a module is small.
fn nests_deeper(value: &JsValue, levels: u32) -> bool {
    let Some(object) = value.dyn_ref::<Object>() else { return false };
    match levels.checked_sub(1) {
        None => true,
        Some(left) => Object::values(object).iter().any(|member| nests_deeper(&member, left)),
    }
}

/// A value as JSON text.
pub(super) fn to_json(value: &Value) -> String {
    JSON::stringify(&encode(value)).map(String::from).unwrap_or_default()
}

fn encode(value: &Value) -> JsValue {
    match value {
        Value::Null => JsValue::NULL,
        Value::Bool(flag) => JsValue::from_bool(*flag),
        Value::Number(number) => JsValue::from_f64(*number),
        Value::String(text) => JsValue::from_str(text),
        Value::List(items) => items.iter().map(encode).collect::<Array>().into(),
        Value::Record(members) => {
            let entries = members.iter().map(|(name, member)| Array::of2(&name.into(), &encode(member)));
            // Each entry defines an own member, whatever setters a prototype has.
            Object::from_entries(&entries.collect::<Array>()).unwrap_or_default().into()
        }
    }
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
