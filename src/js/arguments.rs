//! Callers' arguments: see `arguments.js`, which checks them against a schema. What it threw is the caller's `TypeError`, path and all.

use js_sys::{Array, Function};
use wasm_bindgen::prelude::*;
use web_sys::AbortSignal;

use super::file::FileHandle;

#[wasm_bindgen(module = "/src/js/arguments.js")]
extern "C" {
    /// The members of an options object that a schema names, each of its type.
    #[wasm_bindgen(catch)]
    pub fn checked(value: &JsValue, path: &str, schema: &str) -> Result<Checked, JsValue>;

    /// A string argument.
    #[wasm_bindgen(catch)]
    pub fn text(value: &JsValue, path: &str) -> Result<String, JsValue>;

    /// A file argument.
    #[wasm_bindgen(catch)]
    pub fn file(value: &JsValue, path: &str) -> Result<FileHandle, JsValue>;

    /// `ClientOptions`, checked, with their defaults.
    #[wasm_bindgen(catch)]
    pub fn settings(value: &JsValue) -> Result<Checked, JsValue>;

    /// Names of a request's members that its schema does not have.
    #[wasm_bindgen(js_name = unknownFields, catch)]
    pub fn unknown_fields(value: &JsValue, schema: &str) -> Result<Array, JsValue>;

    /// `request.references`: a [`Reference`](GivenReference) each.
    #[wasm_bindgen(catch)]
    pub fn references(value: &JsValue) -> Result<Array, JsValue>;
}

#[wasm_bindgen]
extern "C" {
    /// What [`checked`] returned: each member is undefined or of the type that the schema named.
    pub type Checked;

    /// A string member.
    #[wasm_bindgen(method, structural, indexing_getter)]
    pub fn string(this: &Checked, key: &str) -> Option<String>;
    /// A number member.
    #[wasm_bindgen(method, structural, indexing_getter)]
    pub fn number(this: &Checked, key: &str) -> Option<f64>;
    /// Any member.
    #[wasm_bindgen(method, structural, indexing_getter)]
    pub fn value(this: &Checked, key: &str) -> JsValue;

    /// A reference as [`references`] read it: a file, a `blob:` URL, or an item with its `url`.
    #[derive(Clone)]
    pub type GivenReference;

    /// Set where it is a `blob:` URL.
    #[wasm_bindgen(method, getter, js_name = blobUrl)]
    pub fn blob_url(this: &GivenReference) -> Option<String>;
    /// Set where it is an item.
    #[wasm_bindgen(method, getter)]
    pub fn url(this: &GivenReference) -> Option<String>;
    /// The kind that an item gives.
    #[wasm_bindgen(method, getter)]
    pub fn kind(this: &GivenReference) -> Option<String>;
}

impl Checked {
    /// A flag; false where it is undefined.
    pub fn flag(&self, key: &str) -> bool {
        self.value(key).is_truthy()
    }

    /// A number that has a default.
    pub fn amount(&self, key: &str) -> f64 {
        self.number(key).unwrap_or(0.0)
    }

    /// A function that has a default.
    pub fn call(&self, key: &str) -> Function {
        self.value(key).unchecked_into()
    }

    /// The caller's signal.
    pub fn signal(&self) -> Option<AbortSignal> {
        Some(self.value("signal")).filter(|signal| !signal.is_undefined()).map(JsCast::unchecked_into)
    }

    /// `timeoutMs`, where it was given.
    pub fn timeout_ms(&self) -> Option<f64> {
        self.number("timeoutMs")
    }

    /// `onProgress`, where it was given.
    pub fn on_progress(&self) -> Option<Function> {
        Some(self.value("onProgress")).filter(|callback| !callback.is_undefined()).map(JsCast::unchecked_into)
    }
}
