//! Makes responses.

use js_sys::{Reflect, TypeError};
use serde_json::Value;
use wasm_bindgen::prelude::*;
use web_sys::{Blob, Headers, ReadableStream, Response, ResponseInit};

use super::super::conventions::{CORS_ALLOWED, CORS_EXPOSED, CORS_METHODS};
use super::super::problem::Problem;
use crate::js::data::record;

/// Seconds for which a browser may keep a preflight's answer.
const PREFLIGHT_SECONDS: &str = "600";
/// What a proxy in between might have said.
const GARBAGE: &str =
    "<!doctype html><title>502</title><p>upstream connect error or disconnect/reset before headers";

/// What a lost connection looks like to the caller of a fetch.
pub(super) fn dropped(fault: &str) -> JsValue {
    TypeError::new(&format!("fetch failed: the connection was dropped (fault {fault})")).into()
}

/// An answer of the API before it is one of the platform's.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: String,
    retry_after_seconds: Option<u64>,
    allow: Option<&'static str>,
}

impl Answer {
    pub(super) fn json(status: u16, body: &Value) -> Self {
        Self { status, body: body.to_string(), retry_after_seconds: None, allow: None }
    }

    pub(super) fn problem(problem: &Problem, request_id: &str) -> Self {
        let body = problem.to_json(request_id).to_string();
        let Problem { status, retry_after_seconds, allow, .. } = *problem;
        Self { status, body, retry_after_seconds, allow }
    }

    pub(super) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    fn headers(&self, request_id: &str, content_type: &str) -> Result<Headers, JsValue> {
        let headers = Headers::new()?;
        headers.set("Content-Type", content_type)?;
        headers.set("Cache-Control", "no-store")?;
        headers.set("X-Request-Id", request_id)?;
        if let Some(seconds) = self.retry_after_seconds {
            headers.set("Retry-After", &seconds.to_string())?;
        }
        if let Some(allow) = self.allow {
            headers.set("Allow", allow)?;
        }
        Ok(headers)
    }

    /// As it should be.
    pub(super) fn whole(&self, request_id: &str) -> Result<Response, JsValue> {
        let init = init(self.status, &self.headers(request_id, "application/json; charset=utf-8")?);
        Response::new_with_opt_str_and_init(Some(&self.body), &init)
    }

    /// With a body that is no JSON.
    pub(super) fn garbage(&self, request_id: &str) -> Result<Response, JsValue> {
        let init = init(self.status, &self.headers(request_id, "text/html")?);
        Response::new_with_opt_str_and_init(Some(GARBAGE), &init)
    }

    /// With a body that breaks off in the middle, as when a connection is lost.
    pub(super) fn truncated(&self, request_id: &str) -> Result<Response, JsValue> {
        let headers = self.headers(request_id, "application/json; charset=utf-8")?;
        headers.set("Content-Length", &self.body.len().to_string())?;
        let half = self.body.as_bytes().get(..self.body.len() / 2).unwrap_or_default().to_vec();
        let stream = broken_stream(half)?;
        Response::new_with_opt_readable_stream_and_init(Some(&stream), &init(self.status, &headers))
    }
}

/// Gives its bytes on the first pull and fails on the second.
fn broken_stream(bytes: Vec<u8>) -> Result<ReadableStream, JsValue> {
    let mut left = Some(bytes);
    let pull = Closure::<dyn FnMut(JsValue) -> Result<(), JsValue>>::new(move |controller: JsValue| {
        let (method, argument) = match left.take() {
            Some(bytes) => ("enqueue", JsValue::from(js_sys::Uint8Array::from(bytes.as_slice()))),
            None => ("error", dropped("truncate")),
        };
        let method: js_sys::Function = Reflect::get(&controller, &method.into())?.dyn_into()?;
        method.call1(&controller, &argument).map(|_| ())
    });
    let source = record();
    Reflect::set(&source, &"pull".into(), &pull.into_js_value())?;
    ReadableStream::new_with_underlying_source(&source)
}

fn init(status: u16, headers: &Headers) -> ResponseInit {
    let init: ResponseInit = record().unchecked_into();
    init.set_status(status);
    init.set_headers(headers);
    init
}

/// The bytes of an upload or a result; `None`: only the headers were asked for.
pub(super) fn file(blob: Option<&Blob>, content_type: &str) -> Result<Response, JsValue> {
    let headers = Headers::new()?;
    headers.set("Content-Type", content_type)?;
    headers.set("X-Content-Type-Options", "nosniff")?;
    if let Some(blob) = blob {
        headers.set("Content-Length", &blob.size().to_string())?;
    }
    Response::new_with_opt_blob_and_init(blob, &init(200, &headers))
}

/// The answer to a preflight.
pub(super) fn preflight() -> Result<Response, JsValue> {
    let headers = Headers::new()?;
    headers.set("Access-Control-Allow-Methods", CORS_METHODS)?;
    headers.set("Access-Control-Allow-Headers", CORS_ALLOWED)?;
    headers.set("Access-Control-Max-Age", PREFLIGHT_SECONDS)?;
    Response::new_with_opt_str_and_init(None, &init(204, &headers))
}

/// Lets pages elsewhere read it.
pub(super) fn allow_all_origins(response: &Response) -> Result<(), JsValue> {
    response.headers().set("Access-Control-Allow-Origin", "*")?;
    response.headers().set("Access-Control-Expose-Headers", CORS_EXPOSED)
}
