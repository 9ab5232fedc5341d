//! The results' bytes. They lie elsewhere than the API: the request carries no key and none of the caller's headers, and follows redirects.

use std::cell::RefCell;
use std::pin::pin;
use std::rc::Rc;

use js_sys::{Array, Function, Object};
use wasm_bindgen::prelude::*;

use super::Core;
use super::answers::result_urls;
use super::call::{Cause, Failed, PATIENCE_MS, retry_after_ms, unanswered};
use crate::contract::path::encode_id;
use crate::js::arguments::checked;
use crate::js::concurrent::try_all;
use crate::js::data;
use crate::js::error::{Error, Failure, wrong_argument};
use crate::js::exchange::transfer;
use crate::js::platform::notify;
use crate::js::promise::Boxed;
use crate::js::timer::{ends_within, sleep};
use crate::policy::retry::{Decision, is_retryable_status};

/// Of `DownloadOptions`.
pub(crate) const SCHEMA: &str = "signal:a timeoutMs:n onProgress:f";

/// How far along the results of one call are: loaded and total bytes of each; a total that a host doesn't say is NaN.
type Tally = Rc<RefCell<Vec<(f64, f64)>>>;

/// One call of `client.download`.
struct Download {
    core: Rc<Core>,
    id: String,
    timeout_ms: f64,
    tally: Tally,
    on_progress: Option<Function>,
}

/// `client.download`.
pub(crate) fn download(
    core: Rc<Core>,
    generation: &JsValue,
    timeout_ms: Option<f64>,
    on_progress: Option<Function>,
) -> Result<Boxed<Result<JsValue, Error>>, Error> {
    // Read as a stranger's object, though it is most often the one that the server sent.
    let generation = checked(generation, "generation", "id:s? result:o!")?;
    let result = data::decode(&generation.value("result"), "generation.result")?;
    let urls = result_urls(&result).map_err(|index| {
        wrong_argument(&["generation.result.urls[", &index.to_string(), "] must be a URL that is not empty"])
    })?;
    let download = Rc::new(Download {
        core,
        id: generation.string("id").unwrap_or_default(),
        timeout_ms: timeout_ms.unwrap_or(f64::INFINITY),
        tally: Rc::new(RefCell::new(vec![(0.0, f64::NAN); urls.len()])),
        on_progress,
    });
    let mut jobs: Vec<Boxed<Result<JsValue, Failure>>> = Vec::with_capacity(urls.len());
    for (index, url) in urls.into_iter().enumerate() {
        let download = Rc::clone(&download);
        jobs.push(Box::pin(async move { download.one(index, &url).await }));
    }
    Ok(Box::pin(async move {
        let blobs = Array::new();
        for blob in try_all(jobs).await? {
            blobs.push(&blob);
        }
        Ok(blobs.into())
    }))
}

impl Download {
    async fn one(&self, index: usize, url: &str) -> Result<JsValue, Failure> {
        let config = &self.core.config;
        let mut attempts: u32 = 0;
        loop {
            attempts = attempts.saturating_add(1);
            let mut failed = match self.attempt(&config.download_fetch, url, &Object::new(), index).await {
                Ok(blob) => return Ok(blob),
                Err(failed) => failed,
            };
            if failed.cause == Cause::NoAnswer
                && let Some(route) = self.results_route(index)
                && let Ok(blob) = self.attempt(&config.fetch, &route, &self.core.init_of_read(), index).await
            {
                return Ok(blob);
            }
            match failed.decide(attempts, config.max_retries, PATIENCE_MS) {
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
        let id = encode_id(&self.id).filter(|_| config.api_key.is_none() && config.browser)?;
        Some([config.base_url.as_str(), "/generations/", &id, "/results/", &index.to_string()].concat())
    }

    /// One attempt: `stallMs` without a byte ends it.
    async fn attempt(
        &self,
        fetcher: &Function,
        url: &str,
        init: &Object,
        index: usize,
    ) -> Result<JsValue, Failed> {
        let (tally, callback) = (Rc::clone(&self.tally), self.on_progress.clone());
        let on_bytes = Closure::<dyn FnMut(f64, f64)>::new(move |loaded, total| {
            tell(&tally, callback.as_ref(), index, (loaded, total))
        });
        let mut answer = None;
        {
            let stall_ms = self.core.config.stall_ms;
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
        let number = status.to_string();
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

/// Tells a caller's `onProgress` of a piece, over all results together.
fn tell(tally: &Tally, callback: Option<&Function>, index: usize, now: (f64, f64)) {
    let Some(callback) = callback else { return };
    let (mut loaded, mut total) = (0.0, 0.0);
    {
        let mut tally = tally.borrow_mut();
        if let Some(slot) = tally.get_mut(index) {
            *slot = now;
        }
        for (part_loaded, part_total) in tally.iter() {
            loaded += part_loaded;
            total += part_total;
        }
    }
    let progress = Object::new();
    data::set(&progress, "loadedBytes", &loaded.into());
    let total = if total.is_nan() { JsValue::NULL } else { total.into() };
    data::set(&progress, "totalBytes", &total);
    notify(callback, &progress);
}
