//! What an answer says, be it a Response of the platform's or a look-alike that a caller's fetch has given. Nothing of
//! it is of the type that it should be until that was looked at: what a look-alike throws where web-sys expects
//! nothing of the kind would end the module's work in its middle.

use js_sys::TypeError;
use wasm_bindgen::prelude::*;

use super::abort::Abort;
use super::answer::JsAnswer;
use super::body;
use super::object::given;
use crate::platform::Exchange;

#[wasm_bindgen(module = "/src/web/body.js")]
extern "C" {
    #[wasm_bindgen(js_name = headerOf, catch)]
    fn header_of(response: &JsValue, name: &str) -> Result<Option<String>, JsValue>;
}

/// An answer of which the body has not been looked at.
pub(super) struct Answered {
    pub(super) response: JsValue,
    pub(super) status: u16,
    /// The kind of a Response: `opaqueredirect`, `cors`.
    kind: Option<String>,
}

impl Answered {
    /// The error is that it is no answer.
    pub(super) fn of(response: JsValue) -> Result<Self, JsValue> {
        let status = status_of(&response)?
            .ok_or_else(|| TypeError::new("the fetch answered with something that is no Response"))?;
        let kind = given(&response, "type")?.as_string();
        Ok(Self { response, status, kind })
    }

    pub(super) fn header(&self, name: &str) -> Result<Option<String>, JsValue> {
        header_of(&self.response, name)
    }

    /// Whether a page sees only some of its headers.
    pub(super) fn is_cross_origin(&self) -> bool {
        self.kind.as_deref() == Some("cors")
    }

    /// A 3xx, or the empty answer that a page is given for one that it does not follow.
    fn is_redirect(&self) -> bool {
        (300..400).contains(&self.status) || self.kind.as_deref() == Some("opaqueredirect")
    }

    /// All that the API says with it.
    pub(super) async fn read(&self, abort: &Abort) -> Result<Exchange<JsAnswer>, JsValue> {
        if self.is_redirect() {
            body::give_up(&self.response);
            return Ok(Exchange::Redirected { status: self.status });
        }
        let is_success = (200..300).contains(&self.status);
        let retry_after = if is_success { None } else { self.header("retry-after")? };
        let body = body::read(&self.response, abort).await;
        Ok(Exchange::Answered { status: self.status, retry_after, body })
    }
}

/// `None` where it has no status, or one that HTTP does not have.
fn status_of(response: &JsValue) -> Result<Option<u16>, JsValue> {
    if response.is_undefined() || response.is_null() {
        return Ok(None);
    }
    let status = given(response, "status")?.as_f64();
    Ok(status.filter(|status| (0.0..=999.0).contains(status) && status.fract() == 0.0).map(|it| it as u16))
}
