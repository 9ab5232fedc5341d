//! What a fetch has thrown, in its own words. It may be anything, and its getters may throw, too.

use js_sys::{Array, JsString, Reflect};
use wasm_bindgen::prelude::*;

/// An error within an error within an error: no platform nests deeper.
const MAX_DEPTH: u32 = 4;
/// A host has no more addresses than that.
const MAX_CAUSES: usize = 20;
/// How much of a message is shown.
const EXCERPT_CHARS: usize = 200;

fn member(object: &JsValue, name: &str) -> JsValue {
    if object.is_object() {
        Reflect::get(object, &name.into()).unwrap_or_default()
    } else {
        JsValue::UNDEFINED
    }
}

/// The beginning of a text.
pub(super) fn excerpt(text: &str) -> String {
    text.chars().take(EXCERPT_CHARS).collect()
}

/// The words of what was thrown, with those of its causes, and the causes: each as its code, the innermost as their
/// words where they have none. Node.js and Deno say "fetch failed" alone, and keep the rest in `cause`.
pub(super) fn describe(thrown: &JsValue) -> (String, Vec<String>) {
    let (mut words, mut causes) = (Vec::new(), Vec::new());
    follow(thrown, 0, &mut words, &mut causes);
    let reason = excerpt(&words.join(": "));
    (if reason.is_empty() { "no reason was given".to_owned() } else { reason }, causes)
}

fn follow(thrown: &JsValue, depth: u32, words: &mut Vec<String>, causes: &mut Vec<String>) {
    // What goes on without an end is nothing that we know.
    if depth > MAX_DEPTH || causes.len() >= MAX_CAUSES {
        return causes.push(String::new());
    }
    let message = words_of(thrown);
    if !message.is_empty() && !words.contains(&message) {
        words.push(message.clone());
    }
    let code = member(thrown, "code").as_string();
    let has_code = code.is_some();
    causes.extend(code);
    // An AggregateError has several causes, and may have one besides.
    let several = member(thrown, "errors").dyn_into::<Array>().unwrap_or_default();
    let one = Some(member(thrown, "cause")).filter(|cause| !cause.is_undefined() && !cause.is_null());
    let inner: Vec<JsValue> = several.iter().take(MAX_CAUSES.saturating_add(1)).chain(one).collect();
    if inner.is_empty() && !has_code {
        causes.push(message);
    }
    for cause in inner {
        follow(&cause, depth.saturating_add(1), words, causes);
    }
}

fn words_of(thrown: &JsValue) -> String {
    let text = member(thrown, "message").as_string().or_else(|| thrown.as_string());
    let text = text.or_else(|| thrown.dyn_ref::<JsString>().map(String::from));
    excerpt(&text.unwrap_or_default())
}
