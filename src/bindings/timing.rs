//! When to send, to look, and to stop. Times are milliseconds of the platform's monotonic clock, which JavaScript
//! reads.

use js_sys::Array;
use wasm_bindgen::prelude::*;

use super::Rules;
use crate::contract::catalogue::{self, Capability};
use crate::contract::text::digits;
use crate::js::error::Failure;
use crate::policy::clock::Moment;
use crate::policy::learned::Learned;
use crate::policy::polling::{self, Guidance};
use crate::policy::retry::MAX_RETRY_AFTER_MS;
use crate::policy::waiting::{self, Wait};
use crate::policy::{observed, offline, pacing, reuse};

/// What a request is for: see [`pacing::Traffic`].
#[wasm_bindgen]
#[derive(Clone, Copy)]
pub enum Traffic {
    /// A look at a generation.
    Poll,
    /// A submission.
    Submission,
    /// Any other request.
    Other,
}

impl From<Traffic> for pacing::Traffic {
    fn from(traffic: Traffic) -> Self {
        match traffic {
            Traffic::Poll => Self::Poll,
            Traffic::Submission => Self::Submission,
            Traffic::Other => Self::Other,
        }
    }
}

#[wasm_bindgen]
impl Rules {
    /// How long no such request may be sent yet, after a 429.
    #[wasm_bindgen(js_name = pauseMs)]
    pub fn pause_ms(&self, traffic: Traffic, now_ms: f64, wall_ms: f64) -> f64 {
        self.pacing.get().delay_ms(traffic.into(), Moment { monotonic_ms: now_ms, wall_ms })
    }

    /// Whether such requests go one by one, after a 429.
    #[wasm_bindgen(js_name = isOneByOne)]
    pub fn is_one_by_one(&self, traffic: Traffic) -> bool {
        self.pacing.get().is_one_by_one(traffic.into())
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

/// How long to wait for the next look: from the submission where none was made yet, else from the last one. `hidden`:
/// nobody sees the tab.
#[wasm_bindgen(js_name = nextLookMs)]
pub fn next_look_ms(looks_made: u32, slow: bool, hidden: bool) -> f64 {
    polling::interval_ms(Guidance::for_kind(slow).next_delay_ms(looks_made), hidden)
}

/// When a look may be made that is wanted at `wanted_ms`; two of one loop are never closer than 2 s. `last_look_ms` is
/// undefined before the first.
#[wasm_bindgen(js_name = earliestLookMs)]
pub fn earliest_look_ms(last_look_ms: Option<f64>, wanted_ms: f64) -> f64 {
    polling::earliest_look_ms(last_look_ms, wanted_ms)
}

/// When a wait ends, where nothing happens before: see [`Wait`].
#[wasm_bindgen(js_name = waitEndsAtMs)]
pub fn wait_ends_at_ms(
    limit_at_ms: f64,
    has_polled: bool,
    poll_sent_at_ms: Option<f64>,
    first_poll_by_ms: f64,
) -> f64 {
    Wait { limit_at_ms, has_polled, poll_sent_at_ms, first_poll_by_ms }.ends_at_ms()
}

/// Until when a wait's first look will have been sent, where one attempt may take `attempt_ms` and so many loops share
/// the looks.
#[wasm_bindgen(js_name = firstPollByMs)]
pub fn first_poll_by_ms(began_at_ms: f64, attempt_ms: f64, loops: u32) -> f64 {
    waiting::first_poll_by_ms(began_at_ms, attempt_ms, loops)
}

/// When a submission ends for its caller.
#[wasm_bindgen(js_name = submissionEndsAtMs)]
pub fn submission_ends_at_ms(limit_at_ms: f64, began_at_ms: f64) -> f64 {
    waiting::submission_ends_at_ms(limit_at_ms, began_at_ms)
}

/// Whether the API's pause until a time ends a wait at once.
#[wasm_bindgen(js_name = isPausedBeyond)]
pub fn is_paused_beyond(limit_at_ms: f64, until_ms: f64) -> bool {
    waiting::is_paused_beyond(limit_at_ms, until_ms)
}

/// How long a call waits for the network: see [`offline::offline_wait_ms`].
#[wasm_bindgen(js_name = offlineWaitMs)]
pub fn offline_wait_ms(was_sent: bool, left_ms: Option<f64>) -> f64 {
    offline::offline_wait_ms(was_sent, left_ms)
}

/// The `network_error` of a submission that was held back. `what`: its method and URL.
#[wasm_bindgen(js_name = heldBack)]
pub fn held_back(what: &str) -> JsValue {
    let message = [what, " was held back, and not sent: the platform says that this machine is offline"];
    Failure::new("network_error", &message).retryable().into_js()
}

/// Whether an upload that ended at a moment may still be referred to: see [`reuse::may_be_reused`].
#[wasm_bindgen(js_name = mayBeReused)]
pub fn may_be_reused(uploaded_ms: f64, uploaded_wall_ms: f64, now_ms: f64, wall_ms: f64) -> bool {
    let uploaded = Moment { monotonic_ms: uploaded_ms, wall_ms: uploaded_wall_ms };
    reuse::may_be_reused(uploaded, Moment { monotonic_ms: now_ms, wall_ms })
}

/// How long ago a moment was, by either clock: see [`Moment::elapsed_ms`].
#[wasm_bindgen(js_name = elapsedMs)]
pub fn elapsed_ms(then_ms: f64, then_wall_ms: f64, now_ms: f64, wall_ms: f64) -> f64 {
    let then = Moment { monotonic_ms: then_ms, wall_ms: then_wall_ms };
    then.elapsed_ms(Moment { monotonic_ms: now_ms, wall_ms })
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
