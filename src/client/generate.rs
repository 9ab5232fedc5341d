//! The whole job: check, upload, submit once, wait.

use std::rc::Rc;

use js_sys::Function;
use wasm_bindgen::prelude::*;

use super::Core;
use super::config;
use super::looks::First;
use super::references::{self, Given, Item};
use super::request::{Request, settle};
use super::submission::Key;
use super::upload::Fields;
use super::waiting::{Wait, WaitOptions, report, result_of};
use crate::contract::media_type::{MediaKind, MediaType};
use crate::contract::value::Value;
use crate::js::arguments::Arguments;
use crate::js::concurrent::try_all;
use crate::js::data;
use crate::js::error::Error;
use crate::js::platform::{notify, now_ms};
use crate::js::promise::Boxed;
use crate::js::scope::abortable;

/// `client.generate`.
pub(crate) async fn generate(core: Rc<Core>, request: JsValue, options: JsValue) -> Result<JsValue, Error> {
    let arguments = Arguments::optional(options, "options")?;
    let options = WaitOptions::read(&arguments)?;
    let key = Key::option(&arguments)?;
    let mode = config::mode(&arguments)?.unwrap_or(core.config.mode);
    let mut request = Request::read(request, true)?;
    let signal = options.signal.clone();
    abortable(signal, async move {
        // What needs no file read is refused before any file is read.
        settle_errors(&request, mode)?;
        core.open_blob_urls(&mut request.references).await?;
        let looked = references::look_at_files(&request.references).await?;
        let checked = request.check(Some(&looked), mode);
        settle(checked.issues)?;
        let references = std::mem::take(&mut request.references);
        let on_progress = options.on_progress.as_ref();
        let items =
            upload_all(&core, &request.model, references, &looked, &checked.kinds, on_progress).await?;
        let body = request.body(checked.params, items);
        if let Some(callback) = on_progress {
            notify(callback, &data::object([("phase", "submitting".into())]));
        }
        let submitted_ms = now_ms();
        let generation = core.submit(body, &key, None).await?;
        let mark = |failure| Error::from(key.mark(failure));
        if generation.status.is_terminal() {
            return result_of(generation).map_err(mark);
        }
        report(on_progress, &generation, now_ms() - submitted_ms);
        let limit_ms = (submitted_ms + options.wait_timeout_ms - now_ms()).max(0.0);
        let watcher =
            core.watch(&generation.id, First::AfterSubmission { limit_ms }, Some(&request.model))?;
        let mut wait = Wait {
            watcher,
            started_ms: submitted_ms,
            timeout_ms: options.wait_timeout_ms,
            last: Some(generation),
        };
        wait.until_ended(&core, on_progress).await.map_err(mark)
    })
    .await
}

fn settle_errors(request: &Request, mode: crate::contract::validation::Mode) -> Result<(), Error> {
    let mut issues = request.check(None, mode).issues;
    issues.retain(|issue| issue.severity == crate::contract::validation::Severity::Error);
    settle(issues)
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
) -> Result<Vec<Value>, Error> {
    let files = references.iter().filter(|given| matches!(given, Given::File(_))).count();
    let turns = core.uploads();
    let mut file_number: usize = 0;
    let mut jobs: Vec<Boxed<Result<Value, Error>>> = Vec::with_capacity(references.len());
    for (index, given) in references.into_iter().enumerate() {
        let media = looked.get(index).copied().flatten();
        let kind = kinds.get(index).copied().flatten().unwrap_or(MediaKind::Image);
        match given {
            Given::Item(item) => jobs.push(Box::pin(std::future::ready(Ok(item.into_value(kind))))),
            Given::File(file) => {
                let (core, turns, model, callback) =
                    (Rc::clone(core), turns.clone(), model.to_owned(), on_progress.cloned());
                let number = file_number;
                file_number = file_number.saturating_add(1);
                jobs.push(Box::pin(async move {
                    let total_bytes = file.bytes as f64;
                    let tell = |loaded_bytes: f64| {
                        let Some(callback) = &callback else { return };
                        let progress = data::object([
                            ("phase", "uploading".into()),
                            ("file", (number as f64).into()),
                            ("files", (files as f64).into()),
                            ("loadedBytes", loaded_bytes.into()),
                            ("totalBytes", total_bytes.into()),
                        ]);
                        notify(callback, &progress);
                    };
                    tell(0.0);
                    let fields = Fields {
                        kind,
                        model: Some(&model),
                        client_request_id: None,
                        name: None,
                        path: format!("references[{index}]"),
                        timeout_ms: None,
                    };
                    let name = file.name.clone();
                    let uploaded = core.upload(file, media, fields, &turns).await?;
                    tell(total_bytes);
                    Ok(item_of(&uploaded, name, media).into_value(kind))
                }));
            }
            Given::BlobUrl(_) => return Err(Error::argument(format!("references[{index}] was not read"))),
        }
    }
    try_all(jobs).await
}

/// The item for an uploaded file; `duration_token` becomes `durationToken` (contract, section 5).
fn item_of(uploaded: &JsValue, name: Option<String>, media: Option<MediaType>) -> Item {
    let mut details = Vec::new();
    if let Some(name) = name {
        details.push(("name", Value::String(name)));
    }
    if let Some(media) = media {
        details.push(("mimeType", Value::String(media.mime().to_owned())));
    }
    if let Some(token) = data::get(uploaded, "duration_token").as_string() {
        details.push(("durationToken", Value::String(token)));
    }
    Item { url: data::get(uploaded, "url").as_string().unwrap_or_default(), kind: None, details }
}
