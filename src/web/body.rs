//! The body of an answer, received piece by piece, and no more of it than any answer of this API has.

use js_sys::{JSON, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{ReadableStreamDefaultReader, Response, TextDecodeOptions, TextDecoder};

use super::answer::JsAnswer;
use super::failure::{describe, excerpt};
use crate::platform::Body;

#[wasm_bindgen]
extern "C" {
    /// A stream whose `getReader` may throw, which web-sys does not expect: somebody may read the body already.
    type Stream;

    #[wasm_bindgen(method, js_name = getReader, catch)]
    fn get_reader(this: &Stream) -> Result<ReadableStreamDefaultReader, JsValue>;
}

/// The longest JSON text that is taken: the list of all models is about 100 kB.
const MAX_TEXT_BYTES: usize = 8_000_000;

/// Why a text was not received to its end.
enum Unread {
    TooLong,
    Failed(String),
}

/// What a response says. One that is cut off has a status all the same.
pub(super) async fn read(response: &Response) -> Body<JsAnswer> {
    let text = match text_of(response).await {
        Ok(text) => text,
        Err(Unread::TooLong) => {
            return Body::Other { excerpt: "a body longer than any of this API's".to_owned() };
        }
        Err(Unread::Failed(reason)) => return Body::Other { excerpt: reason },
    };
    let excerpt = excerpt(&text);
    match JSON::parse(&text) {
        Ok(json) => Body::Json { answer: JsAnswer(json), excerpt },
        Err(_) if excerpt.is_empty() => Body::Other { excerpt: "an empty body".to_owned() },
        Err(_) => Body::Other { excerpt },
    }
}

async fn text_of(response: &Response) -> Result<String, Unread> {
    let failed = |thrown: JsValue| Unread::Failed(describe(&thrown).0);
    let Some(body) = response.body() else { return Ok(String::new()) };
    let reading = Reading(body.unchecked_ref::<Stream>().get_reader().map_err(failed)?);
    let decoder = TextDecoder::new().map_err(failed)?;
    let options = TextDecodeOptions::new();
    options.set_stream(true);
    let (mut text, mut bytes) = (String::new(), 0_usize);
    loop {
        let piece = JsFuture::from(reading.0.read()).await.map_err(failed)?;
        let member = |name: &str| Reflect::get(&piece, &name.into()).unwrap_or_default();
        if member("done").is_truthy() {
            text.push_str(&decoder.decode().map_err(failed)?);
            return Ok(text);
        }
        let Ok(piece) = member("value").dyn_into::<Uint8Array>() else {
            return Err(Unread::Failed("the fetch answered with a body that is no bytes".to_owned()));
        };
        bytes = bytes.saturating_add(piece.length() as usize);
        if bytes > MAX_TEXT_BYTES {
            return Err(Unread::TooLong);
        }
        let decoded = decoder.decode_with_js_u8_array_and_options(&piece, &options).map_err(failed)?;
        text.push_str(&decoded);
    }
}

/// A body that nobody reads on is given up: it would hold its connection.
struct Reading(ReadableStreamDefaultReader);

impl Drop for Reading {
    fn drop(&mut self) {
        let given_up = self.0.cancel();
        // Its failure is nobody's concern, and must not be told as an unhandled rejection.
        wasm_bindgen_futures::spawn_local(async move { drop(JsFuture::from(given_up).await) });
    }
}
