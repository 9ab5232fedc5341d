//! A request that JavaScript has read (`request.js`), judged before anything is sent.

use js_sys::{Array, Uint8Array};
use wasm_bindgen::prelude::*;

use super::files::pixels;
use crate::contract::media_type::{MediaKind, MediaType};
use crate::contract::text::joined;
use crate::contract::validation::{
    self, Checked, Draft, Issue, Mode, Reference, Severity, Source, check_client_request_id, unknown_field,
};
use crate::contract::value::Value;
use crate::js::data::{self, record, set};
use crate::js::error::{Failure, issues_to_js, wrong_argument};
use crate::js::handle::Handle;
use crate::media::{dimensions, signature};

#[wasm_bindgen(module = "/src/js/warn.js")]
extern "C" {
    /// `console.warn`, once for one message.
    #[wasm_bindgen(js_name = warnOnce)]
    fn warn_once(message: &str);
}

/// How many bytes from the front of a file say what it is.
#[wasm_bindgen(js_name = headBytes)]
pub fn head_bytes() -> u32 {
    signature::HEAD_BYTES as u32
}

/// Everything that the catalogue knows of it.
pub(super) fn check(request: &Handle, mode: Mode) -> Checked {
    let (model, prompt) = (request.text("model"), request.string("prompt"));
    let client_request_id = request.string("client_request_id");
    let params = match data::read(&request.value("params")) {
        Value::Record(members) => members,
        _ => Vec::new(),
    };
    let (mut references, mut places) = (Vec::new(), Vec::new());
    for reference in list(request, "references").iter() {
        let reference: Handle = reference.unchecked_into();
        references.push(describe(&reference));
        places.push(reference.amount("index") as usize);
    }
    let draft = Draft {
        model: &model,
        prompt: prompt.as_deref(),
        params: &params,
        references: &references,
        client_request_id: client_request_id.as_deref(),
    };
    let mut checked = validation::check(&draft, mode);
    validation::name_by_place(&mut checked.issues, &places);
    for name in list(request, "unknown").iter() {
        checked.issues.extend(unknown_field(&name.as_string().unwrap_or_default(), mode));
    }
    checked
}

/// `{ params, kinds, types }`, or all that is wrong.
pub(super) fn travelling(request: &Handle, mode: Mode) -> Result<JsValue, Failure> {
    let checked = check(request, mode);
    settle(checked.issues)?;
    let (kinds, types) = (Array::new(), Array::new());
    let references = list(request, "references");
    for (kind, reference) in checked.kinds.iter().zip(references.iter()) {
        let kind = kind.unwrap_or(MediaKind::Image);
        let reference: Handle = reference.unchecked_into();
        kinds.push(&kind.as_str().into());
        types.push(
            &media_of(&reference).map_or(JsValue::UNDEFINED, |media| media.seen_as(kind).mime().into()),
        );
    }
    let travelling = record();
    set(&travelling, "params", &data::encode(&Value::Record(checked.params)));
    set(&travelling, "kinds", &kinds);
    set(&travelling, "types", &types);
    Ok(travelling.into())
}

/// `{ kind, type }` of a file that is uploaded by itself.
pub(super) fn travelling_file(file: &Handle, options: &Handle, mode: Mode) -> Result<JsValue, JsValue> {
    let media = media_of(file);
    let kind = given_kind(options);
    if mode != Mode::Off {
        settle(file_issues(file, options)).map_err(Failure::into_js)?;
    }
    let Some(kind) = kind.or_else(|| media.and_then(MediaType::kind)) else {
        return Err(wrong_argument(&["options.kind must say what the file is: its first bytes don't"]));
    };
    let travelling = record();
    set(&travelling, "kind", &kind.as_str().into());
    set(&travelling, "type", &media.map_or(JsValue::UNDEFINED, |media| media.seen_as(kind).mime().into()));
    Ok(travelling.into())
}

/// `{ kind, type, pixels, issues }` of a file, as far as they are known, without throwing.
pub(super) fn inspect(file: &Handle, options: &Handle) -> JsValue {
    let head = head_of(file);
    let media = signature::detect(&head);
    let kind = given_kind(options).or_else(|| media.and_then(MediaType::kind));
    let inspected = record();
    let size = media.and_then(|media| dimensions::of(media.format, &head));
    set(&inspected, "pixels", &pixels(size));
    set(&inspected, "kind", &kind.map_or(JsValue::UNDEFINED, |kind| kind.as_str().into()));
    set(&inspected, "type", &media.map_or(JsValue::UNDEFINED, |media| media.mime().into()));
    set(&inspected, "issues", &issues_to_js(&file_issues(file, options)));
    inspected.into()
}

/// Everything that is wrong with a file that is uploaded by itself.
fn file_issues(file: &Handle, options: &Handle) -> Vec<Issue> {
    let model = options.string("model");
    let bytes = sent_bytes(file) as u64;
    let mut issues =
        validation::check_upload(model.as_deref(), bytes, media_of(file), given_kind(options), "file");
    if let Some(id) = options.string("client_request_id") {
        issues.extend(check_client_request_id(&id, "client_request_id"));
    }
    issues
}

/// The option `kind`.
fn given_kind(options: &Handle) -> Option<MediaKind> {
    options.string("kind").and_then(|kind| MediaKind::parse(&kind))
}

/// How large a file is, as far as that is judged: one that is encoded anew will be as large as it may be.
fn sent_bytes(file: &Handle) -> f64 {
    if file.flag("shrinks") { 1.0 } else { file.number("bytes").unwrap_or(1.0) }
}

/// A list that `request.js` made; an empty one where there is none.
fn list(request: &Handle, key: &str) -> Array {
    request.value(key).dyn_into().unwrap_or_default()
}

/// What a file's first bytes say, once they were read.
pub(super) fn media_of(file: &Handle) -> Option<MediaType> {
    signature::detect(&head_of(file))
}

/// No bytes where they were not read.
fn head_of(file: &Handle) -> Vec<u8> {
    let head = file.value("head");
    if head.is_falsy() { Vec::new() } else { head.unchecked_into::<Uint8Array>().to_vec() }
}

/// A reference: an item has a `url`; a file has `bytes`, and a `head` once it was looked at; of a `blob:` URL nothing
/// is known yet.
fn describe(reference: &Handle) -> Reference {
    if let Some(url) = reference.string("url") {
        let kind = reference.string("kind").and_then(|kind| MediaKind::parse(&kind));
        return Reference { source: Source::Url { url }, kind };
    }
    let source = Source::File {
        bytes: sent_bytes(reference) as u64,
        media: media_of(reference),
        looked_at: reference.flag("head"),
        declared_type: reference.text("type"),
    };
    Reference { source, kind: None }
}

/// Errors end the call; warnings are told once by `console.warn`.
fn settle(issues: Vec<Issue>) -> Result<(), Failure> {
    if issues.iter().any(|issue| issue.severity == Severity::Error) {
        return Err(Failure::invalid(issues));
    }
    for issue in &issues {
        warn_once(&joined(&["rivya-wasm: ", &issue.path, ": ", &issue.message]));
    }
    Ok(())
}
