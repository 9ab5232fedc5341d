//! What a caller's `onProgress` is told.

use js_sys::{Array, Function, Object};
use wasm_bindgen::prelude::*;

use super::executor;
use crate::client::{Progress, Seen};
use crate::js::data::set;
use crate::millis::millis;
use crate::web::JsAnswer;

#[wasm_bindgen(module = "/src/bindings/notify.js")]
extern "C" {
    /// Calls a callback, whose exceptions are its own.
    fn notify(callback: &Function, argument: &JsValue);
}

/// A caller's callback, if there is one.
#[derive(Clone)]
pub(super) struct Callback(pub(super) Option<Function>);

impl Callback {
    /// Tells it an object of such members.
    pub(super) fn tell(&self, members: &[(&str, JsValue)]) {
        let Some(callback) = &self.0 else { return };
        // One who has given up the call within this turn hears no more of it.
        if executor::is_cancelled() {
            return;
        }
        let told = Object::new();
        for (name, value) in members {
            set(&told, name, value);
        }
        notify(callback, &told);
    }

    /// Tells it how far a generation is.
    pub(super) fn tell_progress(&self, progress: Progress<JsAnswer>) {
        match progress {
            Progress::Uploading { file, files, loaded_bytes, total_bytes, removed } => self.tell(&[
                ("phase", "uploading".into()),
                ("file", (file as f64).into()),
                ("files", (files as f64).into()),
                ("loadedBytes", (loaded_bytes as f64).into()),
                ("totalBytes", (total_bytes as f64).into()),
                ("removed", words(&removed).into()),
            ]),
            Progress::Submitting => self.tell(&[("phase", "submitting".into())]),
            Progress::Queued(seen) => self.tell_seen("queued", seen),
            Progress::Processing(seen) => self.tell_seen("processing", seen),
            Progress::Offline { since } => {
                self.tell(&[("phase", "offline".into()), ("sinceMs", millis(since).into())]);
            }
        }
    }

    /// Tells it how far the upload of one file is.
    pub(super) fn tell_upload(&self, progress: Progress<JsAnswer>) {
        if let Progress::Uploading { loaded_bytes, total_bytes, .. } = progress {
            self.tell_bytes(loaded_bytes, Some(total_bytes));
        }
    }

    /// Tells it how much of a transfer there is.
    pub(super) fn tell_bytes(&self, loaded_bytes: u64, total_bytes: Option<u64>) {
        let total = or_null(total_bytes.map(|bytes| bytes as f64));
        self.tell(&[("loadedBytes", (loaded_bytes as f64).into()), ("totalBytes", total)]);
    }

    fn tell_seen(&self, phase: &str, seen: Seen<JsAnswer>) {
        self.tell(&[
            ("phase", phase.into()),
            ("generation", seen.generation.0),
            ("elapsedMs", millis(seen.elapsed).into()),
            ("expectedMs", or_null(seen.expected.map(millis))),
        ]);
    }
}

/// What is not known is null.
pub(super) fn or_null<T: Into<JsValue>>(value: Option<T>) -> JsValue {
    value.map_or(JsValue::NULL, Into::into)
}

/// A list of words.
pub(super) fn words(words: &[&str]) -> Array {
    words.iter().map(|word| JsValue::from_str(word)).collect()
}
