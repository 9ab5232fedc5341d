//! A wait: one caller's limit and progress over a loop of looks.

use js_sys::Function;
use wasm_bindgen::prelude::*;
use web_sys::AbortSignal;

use super::Core;
use super::answers::Generation;
use super::config::duration;
use super::looks::{Event, Watcher};
use crate::contract::generation::Status;
use crate::js::arguments::Arguments;
use crate::js::data;
use crate::js::error::{Error, Failure};
use crate::js::platform::{notify, now_ms};
use crate::js::timer::with_limit;

const DEFAULT_WAIT_TIMEOUT_MS: f64 = 900_000.0;
/// A wait whose time is up before its first look was answered stays for that one: one attempt's time and the spacing of looks.
const LAST_LOOK_SLACK_MS: f64 = 2_500.0;

/// `WaitOptions`.
pub(crate) struct WaitOptions {
    pub signal: Option<AbortSignal>,
    pub wait_timeout_ms: f64,
    pub on_progress: Option<Function>,
}

impl WaitOptions {
    /// Reads them.
    pub fn read(options: &Arguments) -> Result<Self, Error> {
        Ok(Self {
            signal: options.signal("signal")?,
            wait_timeout_ms: duration(options, "waitTimeoutMs")?.unwrap_or(DEFAULT_WAIT_TIMEOUT_MS),
            on_progress: options.function("onProgress")?,
        })
    }
}

/// One wait under way.
pub(crate) struct Wait {
    pub watcher: Watcher,
    pub started_ms: f64,
    pub timeout_ms: f64,
    pub last: Option<Generation>,
}

impl Wait {
    /// Begins now.
    pub fn begin(watcher: Watcher, timeout_ms: f64) -> Self {
        Self { watcher, started_ms: now_ms(), timeout_ms, last: None }
    }

    /// The next answered look. `timeout` when the wait's time is up.
    pub async fn next(&mut self, core: &Core) -> Result<Generation, Failure> {
        let mut extra_ms = None;
        loop {
            let left_ms = extra_ms.unwrap_or_else(|| (self.started_ms + self.timeout_ms - now_ms()).max(0.0));
            match with_limit(left_ms, self.watcher.next()).await {
                Some(Event::Seen(generation)) => {
                    self.last = Some(generation.clone());
                    return Ok(generation);
                }
                Some(Event::Ended(failure)) => return Err(self.with_last(failure)),
                Some(Event::Paused { until_ms, failure }) if until_ms > self.started_ms + self.timeout_ms => {
                    let retry_after_ms = Some(until_ms - now_ms());
                    return Err(self.with_last(Failure { retry_after_ms, retryable: true, ..failure }));
                }
                Some(Event::Paused { .. }) => {}
                None if extra_ms.is_none() && !self.watcher.has_looked() => {
                    extra_ms = Some(core.config.timeout_ms + LAST_LOOK_SLACK_MS)
                }
                None => {
                    let message = format!(
                        "The generation has not ended within {} ms; it goes on, and `wait` finds it by its id",
                        self.timeout_ms
                    );
                    return Err(
                        self.with_last(Failure { retryable: true, ..Failure::new("timeout", message) })
                    );
                }
            }
        }
    }

    /// Since when it waits.
    pub fn elapsed_ms(&self) -> f64 {
        now_ms() - self.started_ms
    }

    fn with_last(&self, failure: Failure) -> Failure {
        let generation = self.last.as_ref().map_or(JsValue::UNDEFINED, |last| last.object.clone());
        Failure { generation, ..failure }
    }

    /// Looks until the end. Resolves with the succeeded generation.
    pub async fn until_ended(
        &mut self,
        core: &Core,
        on_progress: Option<&Function>,
    ) -> Result<JsValue, Failure> {
        loop {
            let generation = self.next(core).await?;
            if generation.status.is_terminal() {
                return result_of(generation);
            }
            report(on_progress, &generation, self.elapsed_ms());
        }
    }
}

/// A succeeded generation, or why it failed.
pub(crate) fn result_of(generation: Generation) -> Result<JsValue, Failure> {
    if generation.status == Status::Succeeded {
        return Ok(generation.object);
    }
    let (code, message) = generation.failure();
    Err(Failure { generation: generation.object, ..Failure::new(&code, message) })
}

/// Tells a caller's `onProgress` of a look. A status that the API may add counts as being processed.
pub(crate) fn report(on_progress: Option<&Function>, generation: &Generation, elapsed_ms: f64) {
    let Some(callback) = on_progress else { return };
    let phase = if generation.status == Status::Queued { "queued" } else { "processing" };
    let progress = data::object([
        ("phase", phase.into()),
        ("generation", generation.object.clone()),
        ("elapsedMs", elapsed_ms.into()),
        ("expectedMs", JsValue::NULL),
    ]);
    notify(callback, &progress);
}
