//! What the journal (`journal.js`) keeps, as the rules have it.

use wasm_bindgen::prelude::*;

use crate::contract;
use crate::policy::journal::{self, Fate};

/// A short name for a long text.
#[wasm_bindgen]
pub fn fingerprint(text: &str) -> String {
    contract::fingerprint::fingerprint(text)
}

/// Whether the entry of a submission that failed goes.
#[wasm_bindgen(js_name = goesAfter)]
pub fn goes_after(attempts: u32, refusals: u32, resumed: bool) -> bool {
    journal::after_submission(attempts, refusals, resumed) == Fate::Goes
}

/// Whether the generation of an entry is lost, after looks that ended with such an error. `status` is undefined where
/// there was no answer.
#[wasm_bindgen(js_name = isLostAfter)]
pub fn is_lost_after(status: Option<u16>, code: &str) -> bool {
    journal::after_look(status, code) == Fate::IsLost
}

/// Whether a submission of which no answer was seen may be sent again.
#[wasm_bindgen(js_name = mayBeSentAgain)]
pub fn may_be_sent_again(started_ms: f64, now_ms: f64) -> bool {
    journal::may_be_sent_again(started_ms, now_ms)
}

/// Whether an entry whose result was delivered has done its service.
#[wasm_bindgen(js_name = isOver)]
pub fn is_over(delivered_ms: Option<f64>, now_ms: f64) -> bool {
    journal::is_over(delivered_ms, now_ms)
}

/// For how long a submission may be sent again, from its start.
#[wasm_bindgen(js_name = lifetimeMs)]
pub fn lifetime_ms() -> f64 {
    journal::LIFETIME_MS
}
