//! What JavaScript sees of the client: the class that stands behind the package's own (`npm/client.js`), arguments
//! read, promises settled, errors made. No rule and no flow.

mod calls;
mod client;
mod executor;
mod failure;
mod files;
mod methods;
mod pending;
mod progress;
mod request;
mod settings;
mod watching;

pub use calls::{Outcome, begin, cancel_call};
pub use client::JsEngine;
pub use methods::Method;
pub use watching::Watching;

use wasm_bindgen::prelude::*;

use crate::contract::idempotency_key;
use crate::contract::path;

/// An id as a segment of a path; undefined where it can't be one.
#[wasm_bindgen(js_name = encodeId)]
pub fn encode_id(id: &str) -> Option<String> {
    path::encode_id(id)
}

/// Whether a caller's idempotency key can be sent.
#[wasm_bindgen(js_name = isValidKey)]
pub fn is_valid_key(key: &str) -> bool {
    idempotency_key::is_valid(key)
}
