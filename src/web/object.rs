//! Members of JavaScript's objects, whatever other scripts have added to the prototypes that all objects share.

use js_sys::Object;
use wasm_bindgen::prelude::*;

// Not `Reflect`: it takes what stands on `Object.prototype` for a member of each object.
#[wasm_bindgen(module = "/src/js/data.js")]
extern "C" {
    /// An own member of what `JSON.parse` made; undefined where there is none.
    pub(super) fn member(object: &JsValue, key: &str) -> JsValue;

    /// A member of an object of the platform's or a caller's, its own or one of its classes'; undefined where there is
    /// none. The error is what its getter has thrown. Neither undefined nor null has members.
    #[wasm_bindgen(catch)]
    pub(super) fn given(object: &JsValue, key: &str) -> Result<JsValue, JsValue>;

    /// An object without a prototype. What the platform reads of it is what we have set, and nothing else.
    #[wasm_bindgen(js_name = makeRecord)]
    pub(super) fn record() -> Object;

    /// Sets a member of an object of ours.
    #[wasm_bindgen(js_name = setMember)]
    pub(super) fn set(object: &Object, key: &str, value: &JsValue);

    /// Whether what `JSON.parse` made has more levels of lists and objects in each other.
    #[wasm_bindgen(js_name = nestsDeeper)]
    pub(super) fn nests_deeper(data: &JsValue, levels: u32) -> bool;
}

/// A global of the platform; undefined where there is none, or where its very name throws: storage that is switched
/// off does that in some browsers.
pub(super) fn global_of(name: &str) -> JsValue {
    given(&js_sys::global(), name).unwrap_or_default()
}
