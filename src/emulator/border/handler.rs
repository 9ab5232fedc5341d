//! One request, from arrival to answer.

use js_sys::Uint8Array;
use serde_json::Value;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, File, FormData, Request, Response, Url};

use super::super::conventions::{
    FAULT_RETRY_AFTER_SECONDS, JSON_BODY_MAX_BYTES, STATUS_FILE_CREATED, STATUS_GENERATION_ACCEPTED,
    STATUS_OK,
};
use super::super::faults::FaultKind;
use super::super::files::{self, FileRecord, SNIFF_BYTES, UploadForm};
use super::super::painter::plan::content_type;
use super::super::problem::Problem;
use super::super::routes::Route;
use super::super::tables::Catalogue;
use super::super::world::Submission;
use super::abort::Abort;
use super::painting::paint;
use super::platform::{fresh_id, now_ms, sleep};
use super::respond::{self, Answer};
use super::shared::Shared;

/// Why there is no answer of the usual kind.
enum Stop {
    /// The API refuses.
    Refused(Problem),
    /// The caller went away, or the platform failed.
    Thrown(JsValue),
}

impl From<Problem> for Stop {
    fn from(problem: Problem) -> Self {
        Self::Refused(problem)
    }
}

impl From<JsValue> for Stop {
    fn from(thrown: JsValue) -> Self {
        Self::Thrown(thrown)
    }
}

/// Answers a request. The error is what a failed fetch would reject with.
pub(super) async fn handle(
    shared: &Shared,
    request: Request,
    form: Option<FormData>,
) -> Result<Response, JsValue> {
    let abort = Abort::of(&request);
    abort.check()?;
    let cors = shared.world.with(|world| world.settings().cors);
    let response = if cors && request.method() == "OPTIONS" {
        respond::preflight()?
    } else {
        answer(shared, &request, form, &abort).await?
    };
    if cors {
        respond::allow_all_origins(&response)?;
    }
    Ok(response)
}

async fn answer(
    shared: &Shared,
    request: &Request,
    form: Option<FormData>,
    abort: &Abort,
) -> Result<Response, JsValue> {
    let request_id = fresh_id("req")?;
    let public_url = shared.world.with(|world| world.settings().public_url.clone());
    let path = path_below(&request.url(), &public_url)?;
    let route = match Route::find(&request.method(), &path) {
        Ok(route) => route,
        Err(problem) => return Answer::problem(&problem, &request_id).whole(&request_id),
    };
    let fault = shared.world.with(|world| world.arrive(&route));
    let kind = fault.map(|fault| fault.kind);
    let refused = match kind {
        Some(FaultKind::DropBefore) => return Err(respond::dropped("drop_before")),
        Some(FaultKind::Status429) => Some(Problem::rate_limited(FAULT_RETRY_AFTER_SECONDS)),
        Some(FaultKind::Status500) => Some(Problem::internal("An unexpected error (fault status_500).")),
        Some(FaultKind::Status503) => Some(Problem::disabled()),
        _ => None,
    };
    if let Some(problem) = refused {
        return Answer::problem(&problem, &request_id).whole(&request_id);
    }
    if !route.is_api() {
        return match file(shared, request, &route, abort).await {
            Ok(response) => Ok(response),
            Err(Stop::Refused(problem)) => Answer::problem(&problem, &request_id).whole(&request_id),
            Err(Stop::Thrown(thrown)) => Err(thrown),
        };
    }
    let answer = match api(shared, request, form, &route, abort).await {
        Ok((status, body)) => Answer::json(status, &body),
        Err(Stop::Refused(problem)) => Answer::problem(&problem, &request_id),
        Err(Stop::Thrown(thrown)) => return Err(thrown),
    };
    match kind {
        Some(FaultKind::DropAfter) => Err(respond::dropped("drop_after")),
        Some(FaultKind::Truncate) if answer.is_success() => answer.truncated(&request_id),
        Some(FaultKind::Garbage) if answer.is_success() => answer.garbage(&request_id),
        Some(FaultKind::Slow) => {
            abort.race(sleep(fault.map_or(0, |fault| fault.delay_ms))).await?;
            answer.whole(&request_id)
        }
        _ => answer.whole(&request_id),
    }
}

/// The path of a request below the public URL's own path, which a server before this one may have kept or cut.
fn path_below(url: &str, public_url: &str) -> Result<String, JsValue> {
    let path = Url::new(url)?.pathname();
    let prefix = Url::new(public_url)?.pathname();
    let below = path.strip_prefix(prefix.trim_end_matches('/')).filter(|rest| rest.starts_with('/'));
    Ok(below.map_or_else(|| path.clone(), str::to_owned))
}

fn header(request: &Request, name: &str) -> Option<String> {
    request.headers().get(name).ok().flatten()
}

fn is_type(request: &Request, media_type: &str) -> bool {
    let declared = header(request, "Content-Type").unwrap_or_default().to_ascii_lowercase();
    declared.split(';').next().unwrap_or_default().trim() == media_type
}

async fn api(
    shared: &Shared,
    request: &Request,
    form: Option<FormData>,
    route: &Route,
    abort: &Abort,
) -> Result<(u16, Value), Stop> {
    let authorization = header(request, "Authorization");
    shared.world.with(|world| world.admit(route, authorization.as_deref(), now_ms()))?;
    match route {
        Route::CreateGeneration => create_generation(shared, request, abort).await,
        Route::CreateFile => create_file(shared, request, form, abort).await,
        Route::Generation(id) => Ok((STATUS_OK, shared.world.with(|world| world.poll(id, now_ms()))?)),
        Route::File(id) => {
            Ok((STATUS_OK, shared.world.with(|world| world.file(id).map(FileRecord::to_json))?))
        }
        Route::Credits => Ok((STATUS_OK, shared.world.with(|world| world.balance(now_ms())))),
        Route::Models | Route::Upload(_) | Route::Result(..) => Ok((STATUS_OK, Catalogue::get().list())),
    }
}

async fn create_generation(shared: &Shared, request: &Request, abort: &Abort) -> Result<(u16, Value), Stop> {
    if !is_type(request, "application/json") {
        return Err(Problem::validation("Content-Type: must be application/json.").into());
    }
    let text = abort.race(JsFuture::from(request.text()?)).await??;
    let body = text.as_string().unwrap_or_default();
    if body.len() > JSON_BODY_MAX_BYTES {
        return Err(Problem::validation(format!("The body is over {JSON_BODY_MAX_BYTES} bytes.")).into());
    }
    let key = header(request, "Idempotency-Key");
    // From here to the end nothing waits: two requests with one key cannot both find it unused.
    let now_ms = now_ms();
    let submission = shared.world.with(|world| world.submit(&body, key.as_deref(), now_ms))?;
    let accepted = match submission {
        Submission::Replay(answer) => return Ok((STATUS_GENERATION_ACCEPTED, answer)),
        Submission::New(accepted) => accepted,
    };
    let outcome = match &shared.decide {
        Some(decide) => decide(&accepted, &body)?,
        None => shared.world.with(|world| world.settings().outcome),
    };
    let id = fresh_id("task")?;
    let answer =
        shared.world.with(|world| world.open(accepted, &body, key.as_deref(), outcome, id, now_ms))?;
    Ok((STATUS_GENERATION_ACCEPTED, answer))
}

async fn create_file(
    shared: &Shared,
    request: &Request,
    form: Option<FormData>,
    abort: &Abort,
) -> Result<(u16, Value), Stop> {
    if !is_type(request, "multipart/form-data") {
        return Err(Problem::validation("Content-Type: must be multipart/form-data.").into());
    }
    let form: FormData = match form {
        Some(form) => form,
        None => {
            let form = abort.race(JsFuture::from(request.form_data()?)).await?;
            form.map_err(|_| Problem::validation("The form could not be read."))?.unchecked_into()
        }
    };
    let part = form.get("file");
    let Some(blob) = part.dyn_ref::<Blob>() else {
        return Err(Problem::validation("file: a file part is required.").into());
    };
    let field = |name: &str| form.get(name).as_string();
    let upload = UploadForm {
        kind: field("kind"),
        model: field("model"),
        client_request_id: field("client_request_id"),
        name: part.dyn_ref::<File>().map(File::name).unwrap_or_default(),
        declared_type: blob.type_(),
        size_bytes: blob.size() as u64,
    };
    let head = blob.slice_with_i32_and_i32(0, SNIFF_BYTES)?;
    let head = abort.race(JsFuture::from(head.array_buffer())).await??;
    let record = files::judge(&upload, &Uint8Array::new(&head).to_vec())?;
    let (id, token) = (fresh_id("file")?, fresh_id("dur")?);
    shared.uploads.with(|uploads| uploads.insert(id.clone(), blob.clone()));
    let record = shared.world.with(|world| world.store(record, id, token, now_ms()));
    Ok((STATUS_FILE_CREATED, record.to_json()))
}

async fn file(shared: &Shared, request: &Request, route: &Route, abort: &Abort) -> Result<Response, Stop> {
    let head_only = request.method() == "HEAD";
    match route {
        Route::Upload(id) => {
            let mime = shared.world.with(|world| world.file(id).map(|file| file.mime.clone()))?;
            let blob = shared.uploads.with(|uploads| uploads.get(id).cloned());
            Ok(respond::file(blob.as_ref().filter(|_| !head_only), &mime)?)
        }
        Route::Result(id, name) => {
            let (accepted, index) = shared.world.with(|world| {
                world.result(id, name, now_ms()).map(|(task, index)| (task.request.clone(), index))
            })?;
            let extension = name.rsplit('.').next().unwrap_or_default();
            if head_only {
                return Ok(respond::file(None, content_type(extension))?);
            }
            let place = (id.clone(), index);
            let kept = shared.results.with(|results| results.get(&place).cloned());
            // Two who come at once both paint: on Workers one request must not wait for another.
            let blob = match kept {
                Some(blob) => blob,
                None => paint(shared, &accepted, index, extension, abort).await?,
            };
            shared.results.with(|results| results.insert(place, blob.clone()));
            Ok(respond::file(Some(&blob), content_type(extension))?)
        }
        _ => Err(Problem::not_found("This file").into()),
    }
}
