//! One exchange over a fetch, from the request to the last byte of its answer.

use std::rc::Rc;

use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    Headers, RequestCache, RequestCredentials, RequestInit, RequestRedirect, Response, ResponseType,
};

use super::abort::Abort;
use super::answer::JsAnswer;
use super::failure::describe;
use super::fetch::{Answering, Fetch};
use super::{body, runtime, timer};
use crate::futures::race::{First, first};
use crate::platform::{Exchange, Method, Request};

#[wasm_bindgen]
extern "C" {
    // As a bare global: called as anything else's method it is an illegal invocation.
    #[wasm_bindgen(js_name = fetch, catch)]
    fn platform_fetch(request: &web_sys::Request) -> Result<js_sys::Promise, JsValue>;
}

/// The platform's own.
pub(super) struct PlatformFetch;

impl Fetch for PlatformFetch {
    fn fetch(&self, request: web_sys::Request) -> Answering<'_, Result<Response, JsValue>> {
        Box::pin(async move {
            let answered = JsFuture::from(platform_fetch(&request)?).await?;
            answered.dyn_into::<Response>()
        })
    }
}

pub(super) async fn exchange(
    fetch: Rc<dyn Fetch>,
    credentials: Option<RequestCredentials>,
    request: Request,
) -> Exchange<JsAnswer> {
    let Some(abort) = Abort::new() else { return failed(&"this platform has no AbortController".into()) };
    let timeout = timer::sleep(request.timeout);
    match first(attempt(&*fetch, credentials, &request, &abort), timeout).await {
        First::Left(exchange) => exchange,
        First::Right(()) => Exchange::TimedOut,
    }
}

async fn attempt(
    fetch: &dyn Fetch,
    credentials: Option<RequestCredentials>,
    request: &Request,
    abort: &Abort,
) -> Exchange<JsAnswer> {
    let asked = match to_web(request, credentials, abort) {
        Ok(asked) => asked,
        Err(thrown) => return failed(&thrown),
    };
    let response = match fetch.fetch(asked).await {
        Ok(response) => response,
        Err(thrown) => return failed(&thrown),
    };
    let status = response.status();
    // A 3xx, or the empty answer that a page is given for one that it does not follow.
    if (300..400).contains(&status) || response.type_() == ResponseType::Opaqueredirect {
        return Exchange::Redirected { status };
    }
    let retry_after = response.headers().get("retry-after").ok().flatten();
    Exchange::Answered { status, retry_after, body: body::read(&response).await }
}

/// A redirect would carry the key elsewhere: `manual`, for `error` throws in workerd. `no-store`: the caches of
/// frameworks make polls endless.
fn to_web(
    request: &Request,
    credentials: Option<RequestCredentials>,
    abort: &Abort,
) -> Result<web_sys::Request, JsValue> {
    let headers = Headers::new()?;
    for (name, value) in &request.headers {
        headers.set(name, value)?;
    }
    let init = RequestInit::new();
    init.set_method(request.method.as_str());
    init.set_headers_headers(&headers);
    init.set_redirect(RequestRedirect::Manual);
    init.set_signal(Some(&abort.signal()));
    if let Some(body) = &request.body {
        init.set_body_opt_str(Some(body));
    }
    if let Some(credentials) = credentials {
        init.set_credentials(credentials);
    }
    if request.method == Method::Get && runtime::has_request_cache() {
        init.set_cache(RequestCache::NoStore);
    }
    web_sys::Request::new_with_str_and_init(&request.url, &init)
}

fn failed(thrown: &JsValue) -> Exchange<JsAnswer> {
    let (reason, causes) = describe(thrown);
    Exchange::Failed { reason, causes }
}
