//! Warnings to whoever writes the page.

use wasm_bindgen::prelude::*;

use crate::contract::redaction::redact;
use crate::futures::slot::Slot;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = console, js_name = warn)]
    fn console_warn(message: &str);
}

/// So many messages are remembered.
const MAX_REMEMBERED: usize = 100;

thread_local! {
    /// What was told already.
    static TOLD: Slot<Vec<String>> = Slot::default();
}

/// Tells a message once about one thing: a page may make the same request a thousand times.
pub(super) fn warn(about: &str, message: &str) {
    let is_new = TOLD.with(|told| {
        told.with(|told| {
            let is_new = !told.iter().any(|other| other == about);
            if is_new && told.len() < MAX_REMEMBERED {
                told.push(about.to_owned());
            }
            is_new
        })
    });
    if is_new {
        console_warn(&redact(message));
    }
}
