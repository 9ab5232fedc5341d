//! When to send, to look, and to stop. Times are milliseconds of the platform's monotonic clock, which JavaScript reads.

use js_sys::Array;
use wasm_bindgen::prelude::*;

use super::Rules;
use crate::contract::catalogue::{self, Capability};
use crate::contract::text::digits;
use crate::js::error::Failure;
use crate::policy::learned::Learned;
use crate::policy::observed;
use crate::policy::polling::{self, Guidance};
use crate::policy::retry::MAX_RETRY_AFTER_MS;
use crate::policy::waiting::{self, Next, Wait};

/// What a wait does next.
#[wasm_bindgen]
#[derive(Clone, Copy)]
pub enum WaitStep {
    /// It goes on.
    GoOn,
    /// It goes on for one look.
    Overtime,
    /// It ends with `timeout`.
    OutOfTime,
    /// It ends with `rate_limited`.
    Paused,
}

impl From<Next> for WaitStep {
    fn from(next: Next) -> Self {
        match next {
            Next::GoOn => Self::GoOn,
            Next::Overtime => Self::Overtime,
            Next::OutOfTime => Self::OutOfTime,
            Next::Paused => Self::Paused,
        }
    }
}

#[wasm_bindgen]
impl Rules {
    /// How long nobody may send yet, after a 429.
    #[wasm_bindgen(js_name = pauseMs)]
    pub fn pause_ms(&self, now_ms: f64) -> f64 {
        self.pacing.get().delay_ms(now_ms)
    }

    /// Whether calls go one by one, after a 429.
    #[wasm_bindgen(js_name = isOneByOne)]
    pub fn is_one_by_one(&self) -> bool {
        self.pacing.get().is_one_by_one()
    }

    /// How long until a look may be made: all of a client share five a second.
    #[wasm_bindgen(js_name = lookDelayMs)]
    pub fn look_delay_ms(&self, now_ms: f64) -> f64 {
        self.spacing.get().delay_ms(now_ms)
    }

    /// Takes the next free place for a look; how long to wait for it.
    #[wasm_bindgen(js_name = reserveLook)]
    pub fn reserve_look(&self, now_ms: f64) -> f64 {
        let mut spacing = self.spacing.get();
        let delay_ms = spacing.reserve(now_ms);
        self.spacing.set(spacing);
        delay_ms
    }
}

/// How long a call that is no wait stands still for the server's or the network's sake.
#[wasm_bindgen(js_name = patienceMs)]
pub fn patience_ms() -> f64 {
    MAX_RETRY_AFTER_MS
}

/// The `rate_limited` of a call that was not sent, for the pause is longer than it may wait.
#[wasm_bindgen]
pub fn paused(delay_ms: f64) -> JsValue {
    let seconds = digits((delay_ms / 1000.0).ceil() as u64);
    let message = ["The API asked for a pause that lasts another ", &seconds, " s"];
    let mut failure = Failure::new("rate_limited", &message).retryable();
    failure.status = Some(429);
    failure.retry_after_ms = Some(delay_ms);
    failure.into_js()
}

/// Whether a model's generations are looked at less often (contract, section 6).
#[wasm_bindgen(js_name = isSlow)]
pub fn is_slow(model: &str) -> bool {
    catalogue::find(model)
        .is_some_and(|model| matches!(model.capability(), Capability::Video | Capability::Audio))
}

/// How long to wait for the next look: from the submission where none was made yet, else from the last one. `hidden`: nobody sees the tab.
#[wasm_bindgen(js_name = nextLookMs)]
pub fn next_look_ms(looks_made: u32, slow: bool, hidden: bool) -> f64 {
    polling::interval_ms(Guidance::for_kind(slow).next_delay_ms(looks_made), hidden)
}

/// When a look may be made that is wanted at `wanted_ms`; two of one loop are never closer than 2 s. `last_look_ms` is undefined before the first.
#[wasm_bindgen(js_name = earliestLookMs)]
pub fn earliest_look_ms(last_look_ms: Option<f64>, wanted_ms: f64) -> f64 {
    polling::earliest_look_ms(last_look_ms, wanted_ms)
}

/// A wait of which a look was delayed.
#[wasm_bindgen(js_name = onDelay)]
pub fn on_delay(
    limit_at_ms: f64,
    has_looked: bool,
    is_overtime: bool,
    until_ms: f64,
    rate_limited: bool,
) -> WaitStep {
    Wait { limit_at_ms, has_looked, is_overtime }.on_delay(until_ms, rate_limited).into()
}

/// A wait whose time is up.
#[wasm_bindgen(js_name = onTimeUp)]
pub fn on_time_up(has_looked: bool, is_overtime: bool) -> WaitStep {
    Wait { limit_at_ms: 0.0, has_looked, is_overtime }.on_time_up().into()
}

/// How long a wait stays for its one look, where so many loops share the looks.
#[wasm_bindgen(js_name = overtimeMs)]
pub fn overtime_ms(attempt_ms: f64, loops: u32) -> f64 {
    waiting::overtime_ms(attempt_ms, loops)
}

/// When to look at generations of a model some of whose runs were seen.
#[wasm_bindgen]
pub struct Pace {
    learned: Learned,
}

#[wasm_bindgen]
impl Pace {
    /// From the durations seen, in milliseconds, latest last: whatever a store held. `slow`: see [`is_slow`].
    #[wasm_bindgen(constructor)]
    pub fn new(seen_ms: Array, slow: bool) -> Pace {
        let mut seen = Vec::new();
        for duration_ms in seen_ms.iter() {
            seen.extend(duration_ms.as_f64());
        }
        Pace { learned: Learned::new(&seen, slow) }
    }

    /// How long to wait for the next look at one that is so old and has not ended.
    #[wasm_bindgen(js_name = nextDelayMs)]
    pub fn next_delay_ms(&self, elapsed_ms: f64, looks_made: u32) -> f64 {
        self.learned.next_delay_ms(elapsed_ms, looks_made)
    }

    /// How long one takes most likely; undefined where too few were seen.
    #[wasm_bindgen(js_name = expectedMs)]
    pub fn expected_ms(&self) -> Option<f64> {
        self.learned.expected_ms()
    }
}

/// What to note of a run that has ended. `stated_ms`: the API's own account of it; NaN where it gives none.
#[wasm_bindgen(js_name = observedMs)]
pub fn observed_ms(unfinished_at_ms: Option<f64>, ended_at_ms: f64, stated_ms: f64) -> f64 {
    observed::observed_ms(unfinished_at_ms, ended_at_ms, Some(stated_ms))
}
