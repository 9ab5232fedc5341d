//! The whole job: check, upload, submit once, wait.

use std::rc::Rc;

use js_sys::{Array, Function};
use wasm_bindgen::prelude::*;

use super::Core;
use super::answers::Generation;
use super::looks::First;
use super::references::{self, Given, path_of};
use super::request::{Request, settle};
use super::submission::Key;
use super::upload::Parcel;
use super::waiting::{Wait, WaitOptions, report, result_of};
use crate::contract::media_type::{MediaKind, MediaType};
use crate::contract::validation::Mode;
use crate::js::concurrent::{self, try_all};
use crate::js::error::{Error, Failure};
use crate::js::platform::now_ms;
use crate::js::promise::ended_by;
use crate::js::shapes::{given_item, tell_submitting, tell_upload, uploaded_item};

/// Of `GenerateOptions`.
pub(crate) const SCHEMA: &str =
    "signal:a waitTimeoutMs:n=900000 onProgress:f idempotencyKey:i validation:strict|known|off";

/// One call of `client.generate`. Boxed: what a future holds is dropped at each of its ends, and a box is dropped by one call.
pub(crate) struct Job {
    pub request: Request,
    pub options: WaitOptions,
    pub key: Key,
    pub mode: Mode,
}

/// `client.generate`.
pub(crate) async fn generate(core: Rc<Core>, mut job: Box<Job>) -> Result<JsValue, Error> {
    let body = prepare(&core, &mut job).await?;
    // Aborted in the callback just now: nothing is paid for what nobody waits for.
    ended_by(job.options.signal.as_ref())?;
    let submitted_ms = now_ms();
    let generation = core.submit(body, &job.key, None).await?;
    follow(&core, &job, generation, submitted_ms).await.map_err(|failure| job.key.mark(failure).into())
}

/// Everything before the submission: nothing is paid yet. Gives the body.
async fn prepare(core: &Rc<Core>, job: &mut Job) -> Result<String, Error> {
    core.open_blob_urls(&mut job.request.references).await?;
    let looked = references::look_at_files(&job.request.references).await?;
    let checked = job.request.check(Some(&looked), job.mode);
    settle(checked.issues)?;
    let on_progress = job.options.on_progress.as_ref();
    let references = std::mem::take(&mut job.request.references);
    let items =
        upload_all(core, &job.request.model, references, &looked, &checked.kinds, on_progress).await?;
    if let Some(callback) = on_progress {
        tell_submitting(callback);
    }
    Ok(job.request.body(checked.params, &items))
}

/// Everything after it.
async fn follow(
    core: &Rc<Core>,
    job: &Job,
    generation: Generation,
    submitted_ms: f64,
) -> Result<JsValue, Failure> {
    if generation.status.is_terminal() {
        return result_of(generation);
    }
    let on_progress = job.options.on_progress.as_ref();
    report(on_progress, &generation, now_ms() - submitted_ms);
    let timeout_ms = job.options.wait_timeout_ms;
    let limit_ms = (submitted_ms + timeout_ms - now_ms()).max(0.0);
    let watcher = core.watch(&generation.id, First::AfterSubmission { limit_ms }, Some(&job.request.model));
    let mut wait = Wait { watcher, started_ms: submitted_ms, timeout_ms, last: Some(generation) };
    wait.until_ended(core, on_progress).await
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
) -> Result<Array, Failure> {
    let files = references.iter().filter(|given| matches!(given, Given::File(_))).count() as u32;
    let turns = core.uploads();
    let mut number: u32 = 0;
    let mut jobs: Vec<concurrent::Job> = Vec::with_capacity(references.len());
    for (index, given) in references.into_iter().enumerate() {
        let kind = kinds.get(index).copied().flatten().unwrap_or(MediaKind::Image);
        let file = match given {
            Given::File(file) => file,
            Given::Item { object, .. } => {
                jobs.push(Box::pin(std::future::ready(Ok(given_item(kind.as_str(), &object)))));
                continue;
            }
            // Opened before.
            Given::BlobUrl(_) => continue,
        };
        let (name, bytes) = (file.name(), file.bytes());
        let media = looked.get(index).copied().flatten();
        let mime = media.map(|media| media.seen_as(kind).mime());
        let parcel = Parcel {
            file,
            media,
            kind,
            model: Some(model),
            client_request_id: None,
            name: None,
            path: path_of(index),
            timeout_ms: None,
        };
        let (core, turns, call, callback) =
            (Rc::clone(core), turns.clone(), core.upload_call(parcel), on_progress.cloned());
        let this = number;
        jobs.push(Box::pin(async move {
            let tell = |loaded_bytes: f64| {
                if let Some(callback) = &callback {
                    tell_upload(callback, this, files, loaded_bytes, bytes);
                }
            };
            let _place = turns.enter().await;
            tell(0.0);
            let uploaded = core.send(&call).await?;
            tell(bytes);
            Ok(uploaded_item(kind.as_str(), &uploaded, name.as_deref(), mime))
        }));
        number = number.saturating_add(1);
    }
    try_all(jobs).await
}
