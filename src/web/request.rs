//! What a fetch is asked with.

use wasm_bindgen::prelude::*;
use web_sys::{Headers, RequestCache, RequestCredentials, RequestInit, RequestRedirect};

use super::abort::Abort;
use super::object::record;
use super::runtime::Runtime;
use crate::platform::{Method, Request, ResultRequest, ResultSource};

/// A URL, and what `fetch` takes beside it: an object without a prototype, of which the platform reads what we have set
/// and nothing that another script has put on `Object.prototype`.
pub(super) struct Asked {
    pub(super) url: String,
    pub(super) init: RequestInit,
    pub(super) abort: Abort,
}

impl Asked {
    /// `body`: null where there is none. It is told in any case: Node's own fetch looks for one on `Object.prototype`
    /// otherwise.
    fn new(url: &str, method: Method, body: &JsValue) -> Result<Self, JsValue> {
        let abort = Abort::new()?;
        let init: RequestInit = record().unchecked_into();
        init.set_method(method.as_str());
        init.set_body(body);
        init.set_signal(Some(abort.signal()));
        Ok(Self { url: url.to_owned(), init, abort })
    }

    /// A call of the API, with its own body, or with `form`. A redirect would carry the key elsewhere: `manual`, for
    /// `error` throws in workerd. `no-store`: the caches of frameworks make polls endless.
    pub(super) fn of_api(
        request: &Request,
        form: Option<&JsValue>,
        credentials: Option<RequestCredentials>,
        runtime: Runtime,
    ) -> Result<Self, JsValue> {
        let text = request.body.as_ref().map_or(JsValue::NULL, |text| text.into());
        let asked = Self::new(&request.url, request.method, form.unwrap_or(&text))?;
        asked.like_the_api(request.method, &request.headers, credentials, runtime)
    }

    /// A call for a result.
    pub(super) fn of_result(
        request: &ResultRequest,
        credentials: Option<RequestCredentials>,
        runtime: Runtime,
    ) -> Result<Self, JsValue> {
        let asked = Self::new(&request.url, Method::Get, &JsValue::NULL)?;
        match &request.from {
            ResultSource::Host { follows_redirects: true } => {}
            ResultSource::Host { follows_redirects: false } => {
                asked.init.set_redirect(RequestRedirect::Manual);
            }
            ResultSource::Proxy { headers } => {
                return asked.like_the_api(Method::Get, headers, credentials, runtime);
            }
        }
        Ok(asked)
    }

    fn like_the_api(
        self,
        method: Method,
        pairs: &[(String, String)],
        credentials: Option<RequestCredentials>,
        runtime: Runtime,
    ) -> Result<Self, JsValue> {
        let headers = Headers::new()?;
        for (name, value) in pairs {
            // A caller may say one twice. What the client accepts is its own to say.
            if name.eq_ignore_ascii_case("accept") {
                headers.set(name, value)?;
            } else {
                headers.append(name, value)?;
            }
        }
        self.init.set_redirect(RequestRedirect::Manual);
        self.init.set_headers(&headers);
        if let Some(credentials) = credentials {
            self.init.set_credentials(credentials);
        }
        if method == Method::Get && runtime.has_request_cache {
            self.init.set_cache(RequestCache::NoStore);
        }
        Ok(self)
    }
}
