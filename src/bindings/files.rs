//! Files that are uploaded or looked at by themselves.

use js_sys::Object;
use wasm_bindgen::prelude::*;

use super::progress::{or_null, words};
use super::request::{fit, kind};
use super::settings::duration;
use crate::client::{InspectOptions, Inspection, UploadOptions, Uploaded};
use crate::contract::media_type::MediaKind;
use crate::js::data::set;
use crate::js::error::issues_to_js;
use crate::js::handle::Handle;
use crate::web::JsAnswer;

/// `InspectOptions`.
pub(super) fn inspect_options(given: &Handle) -> InspectOptions {
    InspectOptions {
        kind: kind(given),
        model: given.string("model"),
        keep_metadata: given.flag("keepMetadata"),
        fit: fit(given),
    }
}

/// `UploadOptions`.
pub(super) fn upload_options(given: &Handle) -> UploadOptions {
    UploadOptions {
        looked_at: inspect_options(given),
        name: given.string("name"),
        client_request_id: given.string("client_request_id"),
        timeout: given.number("timeoutMs").map(duration),
        tells_bytes: !given.value("onProgress").is_undefined(),
    }
}

/// `UploadedFile`: what the server said, and what was cut out.
pub(super) fn uploaded_to_js(uploaded: Uploaded<JsAnswer>) -> JsValue {
    let answer = uploaded.answer.0;
    let Some(removed) = uploaded.removed else { return answer };
    // A copy: uploads of one file share what the server said.
    let copy = Object::new();
    for entry in Object::entries(answer.unchecked_ref()).iter() {
        let entry: js_sys::Array = entry.unchecked_into();
        set(&copy, &entry.get(0).as_string().unwrap_or_default(), &entry.get(1));
    }
    set(&copy, "removed", &words(&removed));
    copy.into()
}

/// `FileReport`.
pub(super) fn inspection_to_js(found: Inspection) -> JsValue {
    let report = Object::new();
    let set = |name: &str, value: JsValue| set(&report, name, &value);
    set("kind", or_null(found.kind.map(MediaKind::as_str)));
    set("mimeType", or_null(found.media_type));
    set("bytes", (found.bytes as f64).into());
    set("sentBytes", or_null(found.sent_bytes.map(|bytes| bytes as f64)));
    set("width", or_null(found.width));
    set("height", or_null(found.height));
    set("removed", words(&found.removed).into());
    set("shrinks", found.shrinks.into());
    set("issues", issues_to_js(&found.issues).into());
    report.into()
}
