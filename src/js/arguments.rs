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

    /// The option `baseUrl`, taken apart.
    #[wasm_bindgen(js_name = baseUrl, catch)]
    pub fn base_url(value: &JsValue) -> Result<BaseUrl, JsValue>;

    /// The option `headers`, and whether a key is among them or beside them.
    #[wasm_bindgen(catch)]
    pub fn headers(value: &JsValue, has_key: bool) -> Result<GivenHeaders, JsValue>;

    /// The option `fetch` as a function of a URL and an init.
    #[wasm_bindgen(catch)]
    pub fn fetcher(value: &JsValue, path: &str) -> Result<Function, JsValue>;

    /// `request.references`: a [`Reference`](GivenReference) each.
    #[wasm_bindgen(catch)]
    pub fn references(value: &JsValue) -> Result<Array, JsValue>;
}

#[wasm_bindgen]
extern "C" {
    /// What [`checked`] returned: each member is undefined or of the type that the schema named.
    pub type Checked;

    /// `a`.
    #[wasm_bindgen(method, getter)]
    pub fn signal(this: &Checked) -> Option<AbortSignal>;
    /// `n`.
    #[wasm_bindgen(method, getter, js_name = timeoutMs)]
    pub fn timeout_ms(this: &Checked) -> Option<f64>;
    /// `n`.
    #[wasm_bindgen(method, getter, js_name = waitTimeoutMs)]
    pub fn wait_timeout_ms(this: &Checked) -> Option<f64>;
    /// `f`.
    #[wasm_bindgen(method, getter, js_name = onProgress)]
    pub fn on_progress(this: &Checked) -> Option<Function>;

    /// A string member.
    #[wasm_bindgen(method, structural, indexing_getter)]
    pub fn string(this: &Checked, key: &str) -> Option<String>;
    /// A number member.
    #[wasm_bindgen(method, structural, indexing_getter)]
    pub fn number(this: &Checked, key: &str) -> Option<f64>;
    /// Any member.
    #[wasm_bindgen(method, structural, indexing_getter)]
    pub fn value(this: &Checked, key: &str) -> JsValue;

    /// A URL, normalised by the platform.
    pub type BaseUrl;

    /// Without a slash at its end.
    #[wasm_bindgen(method, getter)]
    pub fn href(this: &BaseUrl) -> String;
    /// `https:`.
    #[wasm_bindgen(method, getter)]
    pub fn protocol(this: &BaseUrl) -> String;
    /// Without the port.
    #[wasm_bindgen(method, getter)]
    pub fn hostname(this: &BaseUrl) -> String;
    /// Credentials, a query or a fragment.
    #[wasm_bindgen(method, getter, js_name = hasExtras)]
    pub fn has_extras(this: &BaseUrl) -> bool;

    /// Headers of the caller's.
    pub type GivenHeaders;

    /// Name and value each: what `new Headers` takes.
    #[wasm_bindgen(method, getter)]
    pub fn pairs(this: &GivenHeaders) -> Array;
    /// Whether a key travels.
    #[wasm_bindgen(method, getter, js_name = holdsKey)]
    pub fn holds_key(this: &GivenHeaders) -> bool;

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
