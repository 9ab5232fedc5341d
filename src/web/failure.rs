//! What a fetch or a store has thrown, in its own words. It may be anything, and its getters may throw, too.

use js_sys::{JsString, Reflect};
use wasm_bindgen::prelude::*;

use super::object::given;

#[wasm_bindgen]
extern "C" {
    // It calls `toString` of a caller's object.
    #[wasm_bindgen(js_name = String, catch)]
    fn text_of(value: &JsValue) -> Result<JsString, JsValue>;
    // Throws for a proxy that was revoked.
    #[wasm_bindgen(js_namespace = Array, js_name = isArray, catch)]
    fn is_array(value: &JsValue) -> Result<bool, JsValue>;
}

/// An error within an error within an error: no platform nests deeper.
const MAX_DEPTH: u32 = 4;
/// A host has no more addresses than that.
const MAX_CAUSES: usize = 20;
/// How much of a message is shown.
const EXCERPT_CHARACTERS: u32 = 200;
const NO_REASON: &str = "no reason was given";

/// The beginning of a text.
pub(super) fn excerpt(text: &JsString) -> String {
    text.slice(0, EXCERPT_CHARACTERS).into()
}

/// The words of what was thrown, with those of its causes, and the causes: each as its code, the innermost as their
/// words where they have none. Node.js and Deno say "fetch failed" alone, and keep the rest in `cause`.
pub(super) fn describe(thrown: &JsValue) -> (String, Vec<String>) {
    let (mut words, mut causes) = (Vec::new(), Vec::new());
    follow(thrown, 0, &mut words, &mut causes);
    let reason = excerpt(&words.join(": ").into());
    (if reason.is_empty() { NO_REASON.to_owned() } else { reason }, causes)
}

fn follow(thrown: &JsValue, depth: u32, words: &mut Vec<String>, causes: &mut Vec<String>) {
    // What goes on without an end is nothing that we know.
    if depth > MAX_DEPTH || causes.len() >= MAX_CAUSES {
        return causes.push(String::new());
    }
    let message = words_of(thrown);
    // An AggregateError of Node's has no message of its own.
    if !message.is_empty() && !words.contains(&message) {
        words.push(message.clone());
    }
    let code = member(thrown, "code").and_then(|code| code.as_string());
    let has_code = code.is_some();
    causes.extend(code);
    let inner = inner_of(thrown);
    if inner.is_empty() && !has_code {
        causes.push(message);
    }
    for cause in inner {
        follow(&cause, depth.saturating_add(1), words, causes);
    }
}

/// `None` where there is no such member, or where it can't be read.
fn member(thrown: &JsValue, name: &str) -> Option<JsValue> {
    let has_members = thrown.is_object() || thrown.is_function();
    let found = if has_members { given(thrown, name).ok()? } else { return None };
    (!found.is_undefined() && !found.is_null()).then_some(found)
}

/// What an error was caused by: an AggregateError has several, and may have a cause besides.
fn inner_of(thrown: &JsValue) -> Vec<JsValue> {
    let mut inner = Vec::new();
    if let Some(errors) = member(thrown, "errors").filter(|errors| is_array(errors).unwrap_or_default()) {
        // One more than is followed, by which the rest is told.
        for index in 0..=MAX_CAUSES as u32 {
            let error = Reflect::get_u32(&errors, index).unwrap_or_default();
            if !error.is_undefined() && !error.is_null() {
                inner.push(error);
            }
        }
    }
    inner.extend(member(thrown, "cause"));
    inner
}

/// The message of what was thrown, or else the thing itself as a text.
fn words_of(thrown: &JsValue) -> String {
    let has_members = thrown.is_object() || thrown.is_function();
    let words = if has_members { Reflect::get(thrown, &"message".into()) } else { Ok(thrown.clone()) };
    let words = words.map(|message| {
        let is_none = message.is_undefined() || message.is_null();
        if is_none { thrown.clone() } else { message }
    });
    let text = words.and_then(|words| text_of(&words));
    text.map_or_else(|_| NO_REASON.to_owned(), |text| excerpt(&text))
}
