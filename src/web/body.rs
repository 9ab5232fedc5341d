//! The body of an answer, received piece by piece, and no more of it than any answer of this API has.

use js_sys::{JsString, Promise};
use wasm_bindgen::prelude::*;
use web_sys::AbortSignal;

use super::abort::Abort;
use super::answer::JsAnswer;
use super::failure::{describe, excerpt};
use super::promise::Settling;
use crate::platform::Body;

#[wasm_bindgen(module = "/src/web/text.js")]
extern "C" {
    /// Receives nothing more once the signal is aborted.
    #[wasm_bindgen(js_name = textOf)]
    fn text_of(response: &JsValue, signal: &AbortSignal) -> Promise;
}

#[wasm_bindgen(module = "/src/web/body.js")]
extern "C" {
    /// Gives up a body that nobody reads.
    #[wasm_bindgen(js_name = giveUp)]
    pub(super) fn give_up(response: &JsValue);
}

#[wasm_bindgen]
extern "C" {
    // Of a text of JavaScript's: megabytes of it would be copied to this module and back.
    #[wasm_bindgen(js_namespace = JSON, js_name = parse, catch)]
    fn parse_json(text: &JsString) -> Result<JsValue, JsValue>;
}

/// What a response says. One that is cut off has a status all the same: that of an error is enough to judge it.
pub(super) async fn read(response: &JsValue, abort: &Abort) -> Body<JsAnswer> {
    let text = match Settling::of(&text_of(response, abort.signal())).await {
        Ok(text) => text,
        Err(thrown) => return Body::Other { excerpt: describe(&thrown).0 },
    };
    let Ok(text) = text.dyn_into::<JsString>() else {
        return Body::Other { excerpt: "a body longer than any of this API's".to_owned() };
    };
    let excerpt = excerpt(&text);
    match parse_json(&text) {
        Ok(json) => Body::Json { answer: JsAnswer(json), excerpt },
        Err(_) if excerpt.is_empty() => Body::Other { excerpt: "an empty body".to_owned() },
        Err(_) => Body::Other { excerpt },
    }
}
