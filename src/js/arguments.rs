//! Reads a caller's options one by one. Whatever is wrong is a `TypeError` that names its path, says what would be right and what it is.

use js_sys::{Function, JsString};
use wasm_bindgen::prelude::*;

use super::data;
use super::error::Error;
use super::platform::{is_abort_signal, is_array, is_blob};

/// No text that the API takes is longer; a longer one would only fill the module's memory.
const MAX_CHARACTERS: u32 = 1_000_000;

/// An object of a caller, and what it is called in messages.
#[derive(Debug, Clone)]
pub struct Arguments {
    value: JsValue,
    path: String,
}

impl Arguments {
    /// Options that may be left out: undefined and null are an empty object.
    pub fn optional(value: JsValue, path: &str) -> Result<Self, Error> {
        if value.is_undefined() || value.is_null() {
            Ok(Self { value: JsValue::UNDEFINED, path: path.to_owned() })
        } else {
            Self::required(value, path)
        }
    }

    /// An object that must be there.
    pub fn required(value: JsValue, path: &str) -> Result<Self, Error> {
        if value.is_object() && !is_array(&value) {
            Ok(Self { value, path: path.to_owned() })
        } else {
            Err(wrong(path, "an object", &value))
        }
    }

    /// The object itself.
    pub fn value(&self) -> &JsValue {
        &self.value
    }

    /// `options.timeoutMs`.
    pub fn path_of(&self, key: &str) -> String {
        format!("{}.{key}", self.path)
    }

    /// A member as it is; None where it is undefined or null.
    pub fn get(&self, key: &str) -> Result<Option<JsValue>, Error> {
        if self.value.is_undefined() {
            return Ok(None);
        }
        let value = data::member(&self.value, key, &self.path_of(key))?;
        Ok(if value.is_undefined() || value.is_null() { None } else { Some(value) })
    }

    /// A member that is wrong.
    pub fn wrong(&self, key: &str, expected: &str, value: &JsValue) -> Error {
        wrong(&self.path_of(key), expected, value)
    }

    /// A string.
    pub fn string(&self, key: &str) -> Result<Option<String>, Error> {
        self.get(key)?.map(|value| string(&value, &self.path_of(key))).transpose()
    }

    /// `true` or `false`.
    pub fn boolean(&self, key: &str) -> Result<Option<bool>, Error> {
        self.get(key)?
            .map(|value| value.as_bool().ok_or_else(|| self.wrong(key, "a boolean", &value)))
            .transpose()
    }

    /// A finite number of at least `min`.
    pub fn number(&self, key: &str, min: f64, expected: &str) -> Result<Option<f64>, Error> {
        let Some(value) = self.get(key)? else { return Ok(None) };
        match value.as_f64() {
            Some(number) if number.is_finite() && number >= min => Ok(Some(number)),
            _ => Err(self.wrong(key, expected, &value)),
        }
    }

    /// One of a few words.
    pub fn one_of(&self, key: &str, words: &[&'static str]) -> Result<Option<&'static str>, Error> {
        let Some(value) = self.get(key)? else { return Ok(None) };
        let found = value.as_string().and_then(|text| words.iter().find(|word| **word == text));
        found
            .copied()
            .map(Some)
            .ok_or_else(|| self.wrong(key, &format!("one of \"{}\"", words.join("\", \"")), &value))
    }

    /// A function.
    pub fn function(&self, key: &str) -> Result<Option<Function>, Error> {
        self.get(key)?
            .map(|value| value.dyn_into().map_err(|value| self.wrong(key, "a function", &value)))
            .transpose()
    }

    /// An `AbortSignal`, of whatever realm.
    pub fn signal(&self, key: &str) -> Result<Option<web_sys::AbortSignal>, Error> {
        let Some(value) = self.get(key)? else { return Ok(None) };
        if is_abort_signal(&value) {
            Ok(Some(value.unchecked_into()))
        } else {
            Err(self.wrong(key, "an AbortSignal", &value))
        }
    }
}

/// A string argument that must be there.
pub fn string(value: &JsValue, path: &str) -> Result<String, Error> {
    let Some(text) = value.dyn_ref::<JsString>().filter(|_| value.is_string()) else {
        return Err(wrong(path, "a string", value));
    };
    if text.length() > MAX_CHARACTERS {
        return Err(Error::argument(format!(
            "{path} must be a string of at most {MAX_CHARACTERS} characters"
        )));
    }
    Ok(String::from(text))
}

/// `options.timeoutMs must be a number, not a string`.
pub fn wrong(path: &str, expected: &str, value: &JsValue) -> Error {
    Error::argument(format!("{path} must be {expected}, not {}", describe(value)))
}

/// What a wrong value is, in a few words. Runs none of the caller's code.
fn describe(value: &JsValue) -> String {
    if let Some(text) = value.as_string() {
        let short: String = text.chars().take(40).collect();
        return format!("\"{short}\"");
    }
    if value.is_undefined() {
        return "undefined".into();
    }
    if value.is_null() {
        return "null".into();
    }
    if let Some(flag) = value.as_bool() {
        return flag.to_string();
    }
    if let Some(number) = value.as_f64() {
        return String::from(js_sys::JsString::from(js_sys::Number::from(number).to_locale_string("en")));
    }
    if is_blob(value) {
        return "a Blob".into();
    }
    match value.js_typeof().as_string().as_deref() {
        Some("function") => "a function",
        Some("symbol") => "a symbol",
        Some("bigint") => "a bigint",
        _ => "an object",
    }
    .into()
}
