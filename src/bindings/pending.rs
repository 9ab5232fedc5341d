//! An entry of the journal, as a caller sees it.

use std::time::Duration;

use js_sys::{Date, Object};
use wasm_bindgen::prelude::*;

use super::progress::or_null;
use crate::client::Pending;
use crate::js::data::set;
use crate::millis::millis;

/// `PendingGeneration`.
pub(super) fn to_js(pending: Pending) -> JsValue {
    let entry = Object::new();
    let set = |name: &str, value: JsValue| set(&entry, name, &value);
    set("idempotencyKey", pending.idempotency_key.into());
    set("generationId", or_null(pending.generation_id));
    set("model", pending.model.into());
    if let Some(prompt) = pending.prompt {
        set("prompt", prompt.into());
    }
    set("startedAt", iso_date(pending.started_at));
    set("state", pending.state.as_str().into());
    set("active", pending.is_active.into());
    set("safeUntil", iso_date(pending.safe_until));
    entry.into()
}

/// From a time since 1970.
fn iso_date(time: Duration) -> JsValue {
    Date::new(&millis(time).into()).to_iso_string().into()
}
