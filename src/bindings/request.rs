//! A request that JavaScript has read (`request.js`).

use js_sys::Array;
use wasm_bindgen::prelude::*;

use crate::client::{Fit, GenerateRequest, Reference, ReferenceSource, UrlReference};
use crate::contract::media_type::MediaKind;
use crate::contract::value::Value;
use crate::js::data;
use crate::js::handle::Handle;
use crate::web::WebBlob;

/// The request.
pub(super) fn read(given: &Handle) -> GenerateRequest<WebBlob> {
    let mut request = GenerateRequest::new(&given.text("model"));
    request.prompt = given.string("prompt");
    if let Value::Record(params) = data::read(&given.value("params")) {
        request.params = params;
    }
    request.references = list(given, "references").map(|each| reference(&each.unchecked_into())).collect();
    request.client_request_id = given.string("client_request_id");
    request.keep_metadata = given.flag("keepMetadata");
    request.fit = fit(given);
    request.unknown = list(given, "unknown").filter_map(|name| name.as_string()).collect();
    request
}

/// The option `fit`.
pub(super) fn fit(given: &Handle) -> Fit {
    if given.string("fit").as_deref() == Some("limit") { Fit::Limit } else { Fit::Off }
}

/// The option `kind`.
pub(super) fn kind(given: &Handle) -> Option<MediaKind> {
    given.string("kind").and_then(|kind| MediaKind::parse(&kind))
}

/// A list that `request.js` made; an empty one where there is none.
fn list(given: &Handle, key: &str) -> impl Iterator<Item = JsValue> {
    given.value(key).dyn_into::<Array>().unwrap_or_default().to_vec().into_iter()
}

/// `{ blob }`, `{ blobUrl }` or an item with a `url`, each with its `index` in the caller's list.
fn reference(given: &Handle) -> Reference<WebBlob> {
    let blob = given.value("blob");
    // JavaScript has seen that it is one. One of a frame is no instance of this page's class.
    let source = if !blob.is_undefined() {
        ReferenceSource::File(WebBlob::new(blob.unchecked_into()))
    } else if let Some(url) = given.string("blobUrl") {
        ReferenceSource::BlobUrl(url)
    } else {
        ReferenceSource::Item(item(given))
    };
    Reference { source, index: given.number("index").map(|index| index as usize) }
}

fn item(given: &Handle) -> UrlReference {
    let mut item = UrlReference::new(&given.text("url"));
    item.kind = kind(given);
    item.name = given.string("name");
    item.mime_type = given.string("mimeType");
    item.duration_seconds = given.number("durationSeconds");
    item.duration_token = given.string("durationToken");
    item
}
