//! The calls of a client: arguments as the engine takes them, and what comes of it as JavaScript takes that.

use std::time::Duration;

use js_sys::Array;
use wasm_bindgen::prelude::*;

use super::calls::Outcome;
use super::files::{inspect_options, inspection_to_js, upload_options, uploaded_to_js};
use super::pending::to_js;
use super::progress::Callback;
use super::request;
use super::settings::{self, duration};
use crate::client::{DownloadOptions, DownloadProgress, Engine, GenerateOptions, urls_of};
use crate::js::handle::Handle;
use crate::platform::Local;
use crate::web::{JsAnswer, Web, WebBlob};

/// A method of the client that JavaScript sees.
#[wasm_bindgen]
#[derive(Clone, Copy)]
pub enum Method {
    /// `generate`, of a request.
    Generate,
    /// `generations.create`, of a request.
    Create,
    /// `generations.retrieve`, by an id.
    Retrieve,
    /// `generations.wait`, by an id.
    Wait,
    /// `resume`: its argument has a key, or else the id of a generation.
    Resume,
    /// `pending`.
    Pending,
    /// `forget`, by a key.
    Forget,
    /// `download`: of a generation its `id` and `result` were read.
    Download,
    /// `files.upload`, of a `Blob`.
    Upload,
    /// `files.inspect`, of a `Blob`.
    Inspect,
    /// `files.retrieve`, by an id.
    RetrieveFile,
    /// `models.list`.
    Models,
    /// `credits.retrieve`.
    Credits,
}

/// How long one attempt may take, where the caller has said so.
fn timeout(options: &Handle) -> Option<Duration> {
    options.number("timeoutMs").map(duration)
}

/// How long a wait may take.
pub(super) fn wait_timeout(options: &Handle) -> Duration {
    duration(options.amount("waitTimeoutMs"))
}

pub(super) fn on_progress(options: &Handle) -> Callback {
    Callback(options.value("onProgress").dyn_into().ok())
}

/// What a call answers with as the server sent it.
fn as_it_came(outcome: Outcome<JsAnswer>) -> Outcome<JsValue> {
    outcome.map(|answer| answer.0)
}

fn generate_options(options: &Handle) -> GenerateOptions {
    let standard = GenerateOptions::default();
    GenerateOptions {
        idempotency_key: options.string("idempotencyKey"),
        validation: settings::mode(options.string("validation")),
        wait_timeout: options.number("waitTimeoutMs").map_or(standard.wait_timeout, duration),
        tells_bytes: !options.value("onProgress").is_undefined(),
        ..standard
    }
}

/// A call of an engine, whose arguments are read now.
pub(super) fn call(
    engine: Engine<Web>,
    method: Method,
    argument: JsValue,
    options: Handle,
) -> Local<Outcome<JsValue>> {
    let text = argument.as_string().unwrap_or_default();
    let timeout = timeout(&options);
    match method {
        Method::Generate => {
            let progress = on_progress(&options);
            let (request, options) = (request::read(argument.unchecked_ref()), generate_options(&options));
            Box::pin(async move {
                as_it_came(engine.generate(&request, &options, &|told| progress.tell_progress(told)).await)
            })
        }
        Method::Create => {
            let (request, options) = (request::read(argument.unchecked_ref()), generate_options(&options));
            Box::pin(async move { as_it_came(engine.create(&request, &options, timeout).await) })
        }
        Method::Retrieve => Box::pin(async move { as_it_came(engine.retrieve(&text, timeout).await) }),
        Method::Wait => {
            let (limit, progress) = (wait_timeout(&options), on_progress(&options));
            Box::pin(async move {
                as_it_came(engine.wait(&text, limit, &|told| progress.tell_progress(told)).await)
            })
        }
        Method::Resume => {
            let (limit, progress) = (wait_timeout(&options), on_progress(&options));
            Box::pin(async move {
                let which: Handle = argument.unchecked_into();
                let tell = |told| progress.tell_progress(told);
                as_it_came(match which.string("idempotencyKey") {
                    Some(key) => {
                        let id = which.string("generationId");
                        engine.resume_pending(&key, id.as_deref(), limit, &tell).await
                    }
                    None => engine.resume_id(&which.text("generationId"), limit, &tell).await,
                })
            })
        }
        Method::Pending => {
            Box::pin(
                async move { Ok(engine.pending().await.into_iter().map(to_js).collect::<Array>().into()) },
            )
        }
        Method::Forget => Box::pin(async move {
            engine.forget(&text).await;
            Ok(JsValue::UNDEFINED)
        }),
        Method::Download => {
            let progress = on_progress(&options);
            Box::pin(async move {
                let urls = urls_of(&JsAnswer(argument.clone()))?;
                let tell = |told: DownloadProgress| progress.tell_bytes(told.loaded_bytes, told.total_bytes);
                let id = argument.unchecked_ref::<Handle>().text("id");
                let results = engine.download(&id, &urls, &DownloadOptions { timeout }, &tell).await?;
                Ok(results.iter().map(|result| result.as_blob().clone()).collect::<Array>().into())
            })
        }
        Method::Upload => {
            let (progress, options) = (on_progress(&options), upload_options(&options));
            Box::pin(async move {
                let file = WebBlob::new(argument.unchecked_into());
                let uploaded = engine.upload(&file, &options, &|told| progress.tell_upload(told)).await;
                uploaded.map(uploaded_to_js)
            })
        }
        Method::Inspect => {
            let options = inspect_options(&options);
            Box::pin(async move {
                let file = WebBlob::new(argument.unchecked_into());
                engine.inspect(&file, &options).await.map(inspection_to_js)
            })
        }
        Method::RetrieveFile => {
            Box::pin(async move { as_it_came(engine.retrieve_file(&text, timeout).await) })
        }
        Method::Models => Box::pin(async move { as_it_came(engine.models(timeout).await) }),
        Method::Credits => Box::pin(async move { as_it_came(engine.credits(timeout).await) }),
    }
}
