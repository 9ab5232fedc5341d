//! The whole job: check, upload, submit once, wait.

use std::rc::Rc;

use js_sys::{Function, Object};
use wasm_bindgen::prelude::*;

use super::Core;
use super::looks::First;
use super::references::{self, Given, item, path_of};
use super::request::{Request, settle};
use super::submission::Key;
use super::upload::Parcel;
use super::waiting::{Wait, WaitOptions, report, result_of};
use crate::contract::media_type::MediaKind;
use crate::contract::media_type::MediaType;
use crate::contract::validation::Mode;
use crate::contract::value::Value;
use crate::js::concurrent::try_all;
use crate::js::data;
use crate::js::error::{Error, Failure};
use crate::js::platform::{notify, now_ms};
use crate::js::promise::Boxed;

/// Of `GenerateOptions`.
pub(crate) const SCHEMA: &str =
    "signal:a waitTimeoutMs:n onProgress:f idempotencyKey:i validation:strict|known|off";

/// `client.generate`.
pub(crate) async fn generate(
    core: Rc<Core>,
    mut request: Request,
    options: WaitOptions,
    key: Key,
    mode: Mode,
) -> Result<JsValue, Error> {
    core.open_blob_urls(&mut request.references).await?;
    let looked = references::look_at_files(&request.references).await?;
    let checked = request.check(Some(&looked), mode);
    settle(checked.issues)?;
    let on_progress = options.on_progress.as_ref();
    let references = std::mem::take(&mut request.references);
    let items = upload_all(&core, &request.model, references, &looked, &checked.kinds, on_progress).await?;
    let body = request.body(checked.params, items);
    tell(on_progress, "submitting", &[]);
    let submitted_ms = now_ms();
    let generation = core.submit(body, &key, None).await?;
    if generation.status.is_terminal() {
        return result_of(generation).map_err(|failure| key.mark(failure).into());
    }
    report(on_progress, &generation, now_ms() - submitted_ms);
    let limit_ms = (submitted_ms + options.wait_timeout_ms - now_ms()).max(0.0);
    let watcher = core.watch(&generation.id, First::AfterSubmission { limit_ms }, Some(&request.model))?;
    let mut wait = Wait {
        watcher,
        started_ms: submitted_ms,
        timeout_ms: options.wait_timeout_ms,
        last: Some(generation),
    };
    wait.until_ended(&core, on_progress).await.map_err(|failure| key.mark(failure).into())
}

/// Tells a caller's `onProgress` of a phase.
fn tell(callback: Option<&Function>, phase: &str, numbers: &[(&str, f64)]) {
    let Some(callback) = callback else { return };
    let progress = Object::new();
    data::set(&progress, "phase", &phase.into());
    for (key, number) in numbers {
        data::set(&progress, key, &(*number).into());
    }
    notify(callback, &progress);
}

/// Uploads the files among the references, a few at a time, and gives the items in the order of the references. The first failure drops,
/// and so aborts, the others: nothing was paid yet.
async fn upload_all(
    core: &Rc<Core>,
    model: &str,
    references: Vec<Given>,
    looked: &[Option<MediaType>],
    kinds: &[Option<MediaKind>],
    on_progress: Option<&Function>,
) -> Result<Vec<Value>, Failure> {
    let files = references.iter().filter(|given| matches!(given, Given::File(_))).count() as f64;
    let turns = core.uploads();
    let mut number = 0.0;
    let mut jobs: Vec<Boxed<Result<Value, Failure>>> = Vec::with_capacity(references.len());
    for (index, given) in references.into_iter().enumerate() {
        let kind = kinds.get(index).copied().flatten().unwrap_or(MediaKind::Image);
        let file = match given {
            Given::File(file) => file,
            Given::Item { url, object } => {
                jobs.push(Box::pin(std::future::ready(Ok(item(url, kind, &object)))));
                continue;
            }
            // Opened before.
            Given::BlobUrl(_) => continue,
        };
        let (core, turns, callback, bytes) =
            (Rc::clone(core), turns.clone(), on_progress.cloned(), file.bytes as f64);
        let parcel = Parcel {
            media: looked.get(index).copied().flatten(),
            kind,
            model: Some(model.to_owned()),
            client_request_id: None,
            name: None,
            path: path_of(index),
            timeout_ms: None,
            file,
        };
        let this = number;
        number += 1.0;
        jobs.push(Box::pin(async move {
            let tell_loaded = |loaded: f64| {
                let numbers =
                    [("file", this), ("files", files), ("loadedBytes", loaded), ("totalBytes", bytes)];
                tell(callback.as_ref(), "uploading", &numbers);
            };
            tell_loaded(0.0);
            let (name, mime) =
                (parcel.file.name.clone(), parcel.media.map(|media| media.seen_as(kind).mime()));
            let uploaded = core.upload(parcel, &turns).await?;
            tell_loaded(bytes);
            Ok(item_of(&uploaded, kind, name.as_deref(), mime))
        }));
    }
    try_all(jobs).await
}

/// The item for an uploaded file; `duration_token` becomes `durationToken` (contract, section 5).
fn item_of(uploaded: &JsValue, kind: MediaKind, name: Option<&str>, mime: Option<&str>) -> Value {
    let details = Object::new();
    let token = data::get_text(uploaded, "duration_token");
    for (key, value) in [("name", name), ("mimeType", mime), ("durationToken", token.as_deref())] {
        if let Some(value) = value {
            data::set(&details, key, &value.into());
        }
    }
    item(data::get_text(uploaded, "url").unwrap_or_default(), kind, &details)
}
