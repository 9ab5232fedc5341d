//! Paints a result without holding up the page.

use js_sys::{Array, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Blob, BlobPropertyBag};

use super::super::checks::Accepted;
use super::super::painter::plan::{content_type, start};
use super::abort::Abort;
use super::platform::{now_ms, yield_now};
use super::shared::Shared;
use super::thumbnails;
use crate::js::data::record;

/// How long one slice works before the event loop gets its turn; a frame of a page has 16 ms.
const SLICE_MS: u64 = 8;

/// Paints the n-th result of a request into a `Blob`.
pub(super) async fn paint(
    shared: &Shared,
    request: &Accepted,
    index: usize,
    extension: &str,
    abort: &Abort,
) -> Result<Blob, JsValue> {
    let thumbnails = abort.race(thumbnails::of(shared, &request.references)).await?;
    let mut render =
        start(request, index, thumbnails).map_err(|error| JsValue::from(js_sys::Error::new(&error.0)))?;
    let parts = Array::new();
    let mut done = false;
    while !done {
        let started_ms = now_ms();
        let mut out = Vec::new();
        while !done && now_ms().saturating_sub(started_ms) < SLICE_MS {
            done = render.step(&mut out).map_err(|error| JsValue::from(js_sys::Error::new(&error.0)))?;
        }
        if !out.is_empty() {
            parts.push(&Uint8Array::from(out.as_slice()));
        }
        if !done {
            abort.race(yield_now()).await??;
        }
    }
    let options: BlobPropertyBag = record().unchecked_into();
    options.set_type(content_type(extension));
    Blob::new_with_u8_array_sequence_and_options(&parts, &options)
}
