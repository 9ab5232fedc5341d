//! What a fetch answered. A caller's fetch may answer with a look-alike, so every member is read as a stranger's.

use js_sys::{Function, JsString, Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

/// The longest JSON text that is taken: the list of all models is about 100 kB.
const MAX_TEXT_CHARACTERS: u32 = 8_000_000;

/// A `Response`, or what a caller's fetch gives for one.
pub struct Answer {
    response: JsValue,
    /// HTTP status; 0 for an opaque redirect.
    pub status: u16,
}

impl Answer {
    /// Checks that it can be one.
    pub fn of(response: JsValue) -> Result<Self, JsValue> {
        let status =
            if response.is_object() { Reflect::get(&response, &"status".into())?.as_f64() } else { None };
        match status {
            Some(status) => Ok(Self { response, status: status as u16 }),
            None => {
                Err(js_sys::TypeError::new("the fetch answered with something that is no Response").into())
            }
        }
    }

    /// Any 2xx.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// A 3xx, or the empty answer that `redirect: "manual"` gives for one in a page.
    pub fn is_redirect(&self) -> bool {
        (300..400).contains(&self.status)
            || Reflect::get(&self.response, &"type".into()).is_ok_and(|kind| kind == "opaqueredirect")
    }

    /// A header's value.
    pub fn header(&self, name: &str) -> Option<String> {
        let headers = Reflect::get(&self.response, &"headers".into()).ok()?;
        let get: Function = Reflect::get(&headers, &"get".into()).ok()?.dyn_into().ok()?;
        get.call1(&headers, &name.into()).ok()?.as_string()
    }

    async fn read(&self, method: &str) -> Result<JsValue, JsValue> {
        let method: Function = Reflect::get(&self.response, &method.into())?.dyn_into()?;
        let promise = Promise::resolve(&method.call0(&self.response)?);
        JsFuture::from(promise).await
    }

    /// The whole body as text.
    pub async fn text(&self) -> Result<String, JsValue> {
        let text = self.read("text").await?.dyn_into::<JsString>()?;
        if text.length() > MAX_TEXT_CHARACTERS {
            return Err(js_sys::RangeError::new("the answer is longer than any of this API's").into());
        }
        Ok(text.into())
    }

    /// The whole body as a Blob, for a look-alike without a stream.
    pub async fn blob(&self) -> Result<JsValue, JsValue> {
        self.read("blob").await
    }

    /// A reader of the body's stream; None where there is no stream.
    pub fn reader(&self) -> Result<Option<Reader>, JsValue> {
        let body = Reflect::get(&self.response, &"body".into())?;
        if !body.is_object() {
            return Ok(None);
        }
        let Ok(get_reader) = Reflect::get(&body, &"getReader".into())?.dyn_into::<Function>() else {
            return Ok(None);
        };
        Ok(Some(Reader { reader: get_reader.call0(&body)? }))
    }
}

/// Reads a body piece by piece; the pieces stay in JavaScript.
pub struct Reader {
    reader: JsValue,
}

impl Reader {
    /// The next piece, a `Uint8Array`; None at the end.
    pub async fn next(&self) -> Result<Option<JsValue>, JsValue> {
        let read: Function = Reflect::get(&self.reader, &"read".into())?.dyn_into()?;
        let step = JsFuture::from(Promise::resolve(&read.call0(&self.reader)?)).await?;
        let done = Reflect::get(&step, &"done".into())?.is_truthy();
        Ok(if done { None } else { Some(Reflect::get(&step, &"value".into())?) })
    }
}
