//! The results' bytes. They lie elsewhere than the API: the request carries no key and none of the caller's headers, and follows redirects.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::rc::Rc;

use js_sys::{Array, Function};
use wasm_bindgen::prelude::*;
use web_sys::{Blob, BlobPropertyBag};

use super::Core;
use super::answers::result_urls;
use super::call::{Cause, Failed, PATIENCE_MS, describe};
use super::config::duration;
use crate::contract::path::encode_id;
use crate::js::answer::Answer;
use crate::js::arguments::Arguments;
use crate::js::concurrent::try_all;
use crate::js::data;
use crate::js::error::{Error, Failure};
use crate::js::fetch::Fetcher;
use crate::js::platform::{self, notify};
use crate::js::promise::Boxed;
use crate::js::scope::{Abort, abortable};
use crate::js::timer::{sleep, with_limit};
use crate::policy::retry::{self, Decision, decide, is_retryable_status, parse_retry_after};

/// How far along all results of one call are.
struct Tally {
    callback: Option<Function>,
    loaded_bytes: Cell<f64>,
    /// Of each result, where its answer says so.
    total_bytes: RefCell<Vec<Option<f64>>>,
}

impl Tally {
    fn add(&self, bytes: f64) {
        self.loaded_bytes.set(self.loaded_bytes.get() + bytes);
        let Some(callback) = &self.callback else { return };
        let total: Option<f64> = self.total_bytes.borrow().iter().copied().sum();
        let progress = data::object([
            ("loadedBytes", self.loaded_bytes.get().into()),
            ("totalBytes", total.map_or(JsValue::NULL, JsValue::from)),
        ]);
        notify(callback, &progress);
    }

    fn expect(&self, index: usize, bytes: Option<f64>) {
        if let Some(slot) = self.total_bytes.borrow_mut().get_mut(index) {
            *slot = bytes;
        }
    }
}

/// `client.download`.
pub(crate) async fn download(
    core: Rc<Core>,
    generation: JsValue,
    options: JsValue,
) -> Result<JsValue, Error> {
    let options = Arguments::optional(options, "options")?;
    let signal = options.signal("signal")?;
    let timeout_ms = duration(&options, "timeoutMs")?.unwrap_or(f64::INFINITY);
    let callback = options.function("onProgress")?;
    let generation = Arguments::required(generation, "generation")?;
    // Read as a stranger's object, though it is most often the one that the server sent.
    let id = generation.string("id")?.unwrap_or_default();
    let result =
        Arguments::required(generation.get("result")?.unwrap_or(JsValue::UNDEFINED), "generation.result")?;
    let plain = data::encode(&data::decode(result.value(), "generation.result")?);
    let urls = result_urls(&data::object([("result", plain)]));
    if urls.is_empty() {
        return Err(Error::argument("generation.result.urls must be an array of URLs that is not empty"));
    }
    let total_bytes = RefCell::new(vec![None; urls.len()]);
    let tally = Rc::new(Tally { callback, loaded_bytes: Cell::new(0.0), total_bytes });
    let jobs = urls
        .into_iter()
        .enumerate()
        .map(|(index, url)| {
            let (core, tally, id) = (Rc::clone(&core), Rc::clone(&tally), id.clone());
            let job = async move {
                core.download_one(&id, index, &url, timeout_ms, &tally).await.map_err(Error::from)
            };
            Box::pin(job) as Boxed<Result<JsValue, Error>>
        })
        .collect();
    let blobs = abortable(signal, try_all(jobs)).await?;
    Ok(blobs.into_iter().collect::<Array>().into())
}

impl Core {
    async fn download_one(
        &self,
        id: &str,
        index: usize,
        url: &str,
        timeout_ms: f64,
        tally: &Tally,
    ) -> Result<JsValue, Failure> {
        let mut attempts: u32 = 0;
        loop {
            attempts = attempts.saturating_add(1);
            let direct = self
                .transfer(&self.config.download_fetch, url, &data::object([]), index, timeout_ms, tally)
                .await;
            let failed = match direct {
                Ok(blob) => return Ok(blob),
                Err(failed) => failed,
            };
            if failed.cause == Cause::NoAnswer
                && let Some(route) = self.results_route(id, index)
                && let Ok(blob) = self
                    .transfer(&self.config.fetch, &route, &self.route_init(), index, timeout_ms, tally)
                    .await
            {
                return Ok(blob);
            }
            let so_far = retry::Call {
                repeatable: true,
                attempts,
                max_retries: self.config.max_retries,
                resumed: false,
                patience_ms: PATIENCE_MS,
            };
            match decide(&failed.outcome(), &so_far, platform::random()) {
                Decision::Retry { delay_ms } => sleep(delay_ms).await,
                Decision::GiveUp { retry_after_ms } => {
                    return Err(Failure { attempts, retry_after_ms, ..failed.failure });
                }
            }
        }
    }

    /// Where a page may not read a result where it lies, its proxy serves it. Whoever holds a key talks to the API, which has no such route.
    fn results_route(&self, id: &str, index: usize) -> Option<String> {
        let proxied = self.config.api_key.is_none() && platform::is_browser();
        let id = encode_id(id).filter(|_| proxied)?;
        Some(format!("{}/generations/{id}/results/{index}", self.config.base_url))
    }

    fn route_init(&self) -> js_sys::Object {
        let headers = data::object([]);
        for (name, value) in &self.config.headers {
            data::set(&headers, name, &value.as_str().into());
        }
        let init = data::object([("headers", headers.into())]);
        if let Some(credentials) = self.config.credentials {
            data::set(&init, "credentials", &credentials.into());
        }
        init
    }

    /// One attempt: `stallMs` without a byte ends it.
    async fn transfer(
        &self,
        fetcher: &Fetcher,
        url: &str,
        init: &js_sys::Object,
        index: usize,
        timeout_ms: f64,
        tally: &Tally,
    ) -> Result<JsValue, Failed> {
        let abort = Abort::new();
        if let Some(signal) = abort.signal() {
            data::set(init, "signal", &signal);
        }
        let counted = Cell::new(0.0);
        let all = async {
            let answer = self.moving(fetcher.call(url, init)).await?;
            if !answer.is_success() {
                return Err(refused(&answer));
            }
            self.collect(&answer, index, tally, &counted).await
        };
        let result = match with_limit(timeout_ms, all).await {
            Some(result) => result,
            None => Err(stalled(&format!("The result did not arrive within {timeout_ms} ms"))),
        };
        if result.is_ok() {
            abort.let_go();
        } else {
            // What this attempt loaded will be loaded again.
            tally.loaded_bytes.set(tally.loaded_bytes.get() - counted.get());
        }
        result
    }

    async fn collect(
        &self,
        answer: &Answer,
        index: usize,
        tally: &Tally,
        counted: &Cell<f64>,
    ) -> Result<JsValue, Failed> {
        let content_type = answer.header("content-type").unwrap_or_default();
        // The length of a compressed body is not that of the bytes which arrive.
        let length =
            if answer.header("content-encoding").is_some() { None } else { answer.header("content-length") };
        tally.expect(index, length.and_then(|length| length.trim().parse().ok()));
        let Some(reader) = answer.reader().map_err(|cause| unreadable(&cause))? else {
            let blob = self.moving(answer.blob()).await?;
            return Ok(blob);
        };
        tally.add(0.0);
        let pieces = Array::new();
        while let Some(piece) = self.moving(reader.next()).await? {
            let bytes = data::get(&piece, "byteLength").as_f64().unwrap_or(0.0);
            pieces.push(&piece);
            counted.set(counted.get() + bytes);
            tally.add(bytes);
        }
        let options = BlobPropertyBag::new();
        options.set_type(&content_type);
        let blob = Blob::new_with_u8_array_sequence_and_options(&pieces, &options)
            .map_err(|cause| unreadable(&cause))?;
        Ok(blob.into())
    }

    /// Something that must move within `stallMs`.
    async fn moving<T>(&self, step: impl Future<Output = Result<T, JsValue>>) -> Result<T, Failed> {
        match with_limit(self.config.stall_ms, step).await {
            Some(result) => result.map_err(|cause| unreadable(&cause)),
            None => {
                Err(stalled(&format!("No byte of the result arrived within {} ms", self.config.stall_ms)))
            }
        }
    }
}

fn unreadable(cause: &JsValue) -> Failed {
    let message = format!("The result can't be read where it lies: {}", describe(cause));
    Failed {
        failure: Failure { retryable: true, ..Failure::new("network_error", message) },
        cause: Cause::NoAnswer,
    }
}

fn stalled(message: &str) -> Failed {
    Failed {
        failure: Failure { retryable: true, ..Failure::new("timeout", message) },
        cause: Cause::NoAnswer,
    }
}

/// The host of a result is not the API: its errors have no envelope.
fn refused(answer: &Answer) -> Failed {
    let status = answer.status;
    let code = if status == 404 || status == 410 { "not_found".to_owned() } else { format!("http_{status}") };
    let retry_after_ms = answer
        .header("retry-after")
        .and_then(|value| parse_retry_after(&value, Some(js_sys::Date::parse(&value)), platform::now_ms()));
    let message =
        format!("The result was answered with {status}; results may be kept for a limited time only");
    let failure = Failure {
        status: Some(status),
        retryable: is_retryable_status(status),
        ..Failure::new(&code, message)
    };
    Failed { failure, cause: Cause::Status { retry_after_ms } }
}
