//! The results' bytes. They lie elsewhere than the API: the request carries no key and none of the caller's headers, and follows redirects.

use std::pin::pin;
use std::rc::Rc;

use js_sys::{Float64Array, Function, Object};
use wasm_bindgen::prelude::*;

use super::Core;
use super::answers::result_urls;
use super::call::{Cause, Failed, PATIENCE_MS, retry_after_ms, unanswered};
use crate::contract::path::encode_id;
use crate::contract::text::digits;
use crate::js::arguments::checked;
use crate::js::concurrent::{Job, try_all};
use crate::js::data;
use crate::js::error::{Error, Failure, wrong_argument};
use crate::js::exchange::{result_init_of, transfer};
use crate::js::promise::Call;
use crate::js::shapes::tell_download;
use crate::js::timer::{ends_within, sleep};
use crate::policy::retry::{Decision, is_retryable_status};

/// Of `DownloadOptions`.
pub(crate) const SCHEMA: &str = "signal:a timeoutMs:n onProgress:f";

/// One call of `client.download`.
struct Download {
    core: Rc<Core>,
    id: String,
    timeout_ms: f64,
    /// Loaded and total bytes of each result in a row.
    parts: Float64Array,
    on_progress: Option<Function>,
}

/// `client.download`.
pub(crate) fn download(
    core: Rc<Core>,
    generation: &JsValue,
    timeout_ms: Option<f64>,
    on_progress: Option<Function>,
) -> Result<Call, Error> {
    // Read as a stranger's object, though it is most often the one that the server sent.
    let generation = checked(generation, "generation", "id:s? result:o!")?;
    let result = data::decode(&generation.value("result"), "generation.result")?;
    let urls = result_urls(&result).map_err(|index| {
        wrong_argument(&[
            "generation.result.urls[",
            &digits(index as u64),
            "] must be a URL that is not empty",
        ])
    })?;
    let parts = Float64Array::new_with_length((urls.len() as u32).saturating_mul(2));
    // Unknown until the first answer.
    for index in 0..urls.len() as u32 {
        parts.set_index(index.saturating_mul(2).saturating_add(1), f64::NAN);
    }
    let download = Rc::new(Download {
        core,
        id: generation.string("id").unwrap_or_default(),
        timeout_ms: timeout_ms.unwrap_or(f64::INFINITY),
        parts,
        on_progress,
    });
    let mut jobs: Vec<Job> = Vec::with_capacity(urls.len());
    for (index, url) in urls.into_iter().enumerate() {
        let download = Rc::clone(&download);
        jobs.push(Box::pin(async move { download.one(index, &url).await }));
    }
    Ok(Box::pin(async move { Ok(try_all(jobs).await?.into()) }))
}

impl Download {
    async fn one(&self, index: usize, url: &str) -> Result<JsValue, Failure> {
        let config = &self.core.config;
        let mut attempts: u32 = 0;
        loop {
            attempts = attempts.saturating_add(1);
            let mut failed = match self
                .attempt(&config.settings.call("downloadFetch"), url, &Object::new(), index)
                .await
            {
                Ok(blob) => return Ok(blob),
                Err(failed) => failed,
            };
            if failed.cause == Cause::NoAnswer
                && let Some(route) = self.results_route(index)
            {
                let init = result_init_of(&config.settings);
                match self.attempt(&config.settings.call("fetch"), &route, &init, index).await {
                    Ok(blob) => return Ok(blob),
                    // What the proxy says counts; where it says nothing, the first failure does.
                    Err(answered) if answered.cause != Cause::NoAnswer => failed = answered,
                    Err(_) => {}
                }
            }
            match failed.decide(attempts, config.settings.amount("maxRetries") as u32, PATIENCE_MS) {
                Decision::Retry { delay_ms } => sleep(delay_ms).await,
                Decision::GiveUp { retry_after_ms } => {
                    failed.failure.attempts = attempts;
                    failed.failure.retry_after_ms = retry_after_ms;
                    return Err(failed.failure);
                }
            }
        }
    }

    /// Where a page may not read a result where it lies, its proxy serves it. Whoever holds a key talks to the API, which has no such route.
    fn results_route(&self, index: usize) -> Option<String> {
        let config = &self.core.config;
        let id = encode_id(&self.id)
            .filter(|_| !config.settings.flag("holdsKey") && config.settings.flag("browser"))?;
        Some([config.base_url.as_str(), "/generations/", &id, "/results/", &digits(index as u64)].concat())
    }

    /// One attempt: `stallMs` without a byte ends it.
    async fn attempt(
        &self,
        fetcher: &Function,
        url: &str,
        init: &Object,
        index: usize,
    ) -> Result<JsValue, Failed> {
        let (parts, callback) = (self.parts.clone(), self.on_progress.clone());
        let place = (index as u32).saturating_mul(2);
        let on_bytes = Closure::<dyn FnMut(f64, f64)>::new(move |loaded, total| {
            parts.set_index(place, loaded);
            parts.set_index(place.saturating_add(1), total);
            if let Some(callback) = &callback {
                tell_download(callback, &parts);
            }
        });
        let mut answer = None;
        {
            let stall_ms = self.core.config.settings.amount("stallMs");
            let mut moving =
                pin!(async { answer = Some(transfer(fetcher, url, init, stall_ms, &on_bytes).await) });
            ends_within(self.timeout_ms, moving.as_mut()).await;
        }
        let Some(answer) = answer else {
            let failure =
                Failure::new("timeout", &["The result did not arrive within `timeoutMs`"]).retryable();
            return Err(Failed { failure, cause: Cause::NoAnswer });
        };
        if let Some(blob) = answer.blob() {
            return Ok(blob.into());
        }
        let Some(status) = answer.status() else {
            return Err(unanswered("Reading the result where it lies", &answer));
        };
        // The host of a result is not the API: its errors have no envelope.
        let number = digits(status.into());
        let code =
            if status == 404 || status == 410 { "not_found".to_owned() } else { ["http_", &number].concat() };
        let mut failure = Failure::new(
            &code,
            &["The result was answered with ", &number, "; results may be kept for a limited time only"],
        );
        failure.status = Some(status);
        failure.retryable = is_retryable_status(status);
        Err(Failed { failure, cause: Cause::Status { retry_after_ms: retry_after_ms(&answer) } })
    }
}
