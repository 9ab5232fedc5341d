//! A wait: one caller's limit and progress over a loop of looks.

use std::pin::pin;

use js_sys::Function;
use wasm_bindgen::prelude::*;
use web_sys::AbortSignal;

use super::Core;
use super::answers::Generation;
use super::looks::{Event, Watcher};
use crate::contract::generation::Status;
use crate::js::arguments::Checked;
use crate::js::error::Failure;
use crate::js::platform::now_ms;
use crate::js::shapes::tell_look;
use crate::js::timer::ends_within;

/// A wait whose time is up before its first look was answered stays for that one: one attempt's time and the spacing of looks.
const LAST_LOOK_SLACK_MS: f64 = 2_500.0;

/// Of `WaitOptions`.
pub(crate) const SCHEMA: &str = "signal:a waitTimeoutMs:n=900000 onProgress:f";

/// `WaitOptions`.
pub(crate) struct WaitOptions {
    pub signal: Option<AbortSignal>,
    pub wait_timeout_ms: f64,
    pub on_progress: Option<Function>,
}

impl WaitOptions {
    /// Of options that were checked against [`SCHEMA`].
    pub fn of(options: &Checked) -> Self {
        Self {
            signal: options.signal(),
            wait_timeout_ms: options.amount("waitTimeoutMs"),
            on_progress: options.on_progress(),
        }
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
            let mut event = None;
            let in_time = {
                let mut next = pin!(async { event = Some(self.watcher.next().await) });
                ends_within(left_ms, next.as_mut()).await
            };
            match event.filter(|_| in_time) {
                Some(Event::Seen(generation)) => {
                    self.last = Some(generation.clone());
                    return Ok(generation);
                }
                Some(Event::Ended(failure)) => return Err(self.with_last(failure)),
                Some(Event::Delayed { until_ms, mut failure })
                    if failure.status == Some(429) && until_ms > self.started_ms + self.timeout_ms =>
                {
                    failure.retry_after_ms = Some(until_ms - now_ms());
                    return Err(self.with_last(failure.retryable()));
                }
                // Its time was up before, and it stayed for this look alone.
                Some(Event::Delayed { .. }) if extra_ms.is_some() && self.watcher.has_looked() => {
                    return Err(self.out_of_time());
                }
                Some(Event::Delayed { .. }) => {}
                None if extra_ms.is_none() && !self.watcher.has_looked() => {
                    extra_ms = Some(core.config.settings.amount("timeoutMs") + LAST_LOOK_SLACK_MS);
                }
                None => return Err(self.out_of_time()),
            }
        }
    }

    fn out_of_time(&self) -> Failure {
        let message = "The generation has not ended within `waitTimeoutMs`; it goes on, and `generations.wait` finds it by its id";
        self.with_last(Failure::new("timeout", &[message]).retryable())
    }

    /// Since when it waits.
    pub fn elapsed_ms(&self) -> f64 {
        now_ms() - self.started_ms
    }

    fn with_last(&self, mut failure: Failure) -> Failure {
        if let Some(last) = &self.last {
            failure.generation = last.object.clone();
        }
        failure
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
    let mut failure = Failure::new(&code, &[&message]);
    failure.generation = generation.object;
    Err(failure)
}

/// Tells a caller's `onProgress` of a look. A status that the API may add counts as being processed.
pub(crate) fn report(on_progress: Option<&Function>, generation: &Generation, elapsed_ms: f64) {
    let Some(callback) = on_progress else { return };
    let phase = if generation.status == Status::Queued { "queued" } else { "processing" };
    tell_look(callback, phase, &generation.object, elapsed_ms);
}
