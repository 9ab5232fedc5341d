//! Callbacks that the platform calls by itself: a timer, an event of the page. In the npm package a trap in one of them
//! ends every call in flight, as one in the pump of its executor does: their promises would never settle.

use js_sys::Function;
use wasm_bindgen::closure::WasmClosure;
use wasm_bindgen::prelude::*;

#[cfg(feature = "npm")]
#[wasm_bindgen(module = "/src/js/crash.js")]
extern "C" {
    #[wasm_bindgen(js_name = guarded)]
    fn guarded_in_js(callback: &Function) -> Function;
}

/// The callback as a function of JavaScript's.
pub(super) fn guarded<T: WasmClosure + ?Sized>(callback: &Closure<T>) -> Function {
    let callback: &Function = callback.as_ref().unchecked_ref();
    #[cfg(feature = "npm")]
    return guarded_in_js(callback);
    #[cfg(not(feature = "npm"))]
    callback.clone()
}
