//! What JavaScript runs here, and what its global object says of the machine.

use js_sys::{Function, Object, global};
use wasm_bindgen::prelude::*;

use super::object::{given, global_of};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = performance, js_name = now)]
    fn performance_now() -> f64;

    #[wasm_bindgen(js_namespace = crypto, js_name = getRandomValues, catch)]
    fn get_random_values(bytes: &js_sys::Uint8Array) -> Result<JsValue, JsValue>;
}

/// What a client asks of its platform for each call, found once: in a page, looking it up in the global object was a
/// tenth of what a call does by itself.
#[derive(Clone, Copy)]
pub(super) struct Runtime {
    /// Cloudflare Workers.
    pub(super) is_workerd: bool,
    /// A page, or a worker of one.
    pub(super) is_browser: bool,
    /// Whether requests have an HTTP cache.
    pub(super) has_request_cache: bool,
}

impl Runtime {
    pub(super) fn find() -> Self {
        Self { is_workerd: is_workerd(), is_browser: is_browser(), has_request_cache: has_request_cache() }
    }
}

/// A member of an object of the platform's; undefined where there is none, or where reading it throws.
fn member(object: &JsValue, name: &str) -> JsValue {
    let has_members = object.is_object() || object.is_function();
    if has_members { given(object, name).unwrap_or_default() } else { JsValue::UNDEFINED }
}

pub(super) fn monotonic_ms() -> f64 {
    performance_now()
}

/// Bytes that nobody can guess, as each platform has them, also a page on plain http. Workers refuse them outside of a
/// request, where no call is made: what is taken there only has to differ.
pub(super) fn random_bytes() -> [u8; 16] {
    let bytes = js_sys::Uint8Array::new_with_length(16);
    if get_random_values(&bytes).is_err() {
        for place in 0..16 {
            bytes.set_index(place, (js_sys::Math::random() * 256.0) as u8);
        }
    }
    let mut copy = [0; 16];
    bytes.copy_to(&mut copy);
    copy
}

/// Cloudflare Workers, on whichever date of compatibility.
pub(super) fn is_workerd() -> bool {
    let agent = member(&global_of("navigator"), "userAgent");
    agent.as_string().as_deref() == Some("Cloudflare-Workers") || global_of("WebSocketPair").is_function()
}

/// A document, or a browser's worker scope. Workers, Deno, Bun and Node have scopes of their own.
pub(super) fn is_browser() -> bool {
    if is_workerd() {
        return false;
    }
    if global_of("document").is_object() {
        return true;
    }
    let scope = global_of("WorkerGlobalScope").dyn_into::<Function>().ok();
    let is_worker = scope
        .and_then(|scope| member(&scope, "prototype").dyn_into::<Object>().ok())
        .is_some_and(|prototype| prototype.is_prototype_of(&global()));
    is_worker && global_of("Deno").is_undefined() && global_of("Bun").is_undefined()
}

pub(super) fn has_indexed_db() -> bool {
    global_of("indexedDB").is_object()
}

/// Whether requests have an HTTP cache: workerd with an older compatibility date throws where one is named.
fn has_request_cache() -> bool {
    let prototype = member(&global_of("Request"), "prototype").dyn_into::<Object>();
    prototype.is_ok_and(|prototype| Object::has_own(&prototype, &"cache".into()))
}

pub(super) fn has_locks() -> bool {
    !is_workerd() && member(&global_of("navigator"), "locks").is_object()
}

pub(super) fn has_xhr() -> bool {
    global_of("XMLHttpRequest").is_function()
}

pub(super) fn has_canvas() -> bool {
    global_of("createImageBitmap").is_function() && global_of("OffscreenCanvas").is_function()
}

pub(super) fn is_offline() -> bool {
    hears_events() && member(&global_of("navigator"), "onLine") == JsValue::FALSE
}

pub(super) fn is_hidden() -> bool {
    member(&global_of("document"), "hidden") == JsValue::TRUE
}

pub(super) fn hears_events() -> bool {
    !is_workerd() && global_of("addEventListener").is_function()
}

/// The document of a page.
pub(super) fn document() -> Option<web_sys::EventTarget> {
    Some(global_of("document")).filter(JsValue::is_object).map(JsCast::unchecked_into)
}
