//! The client that the package exports: what it decides.
//!
//! Everything that has to be known or judged is in [`Rules`], called by the JavaScript of this folder and by nobody
//! else: whether a request may be sent (`request`), what an answer is worth and what follows from it (`verdict`), what
//! state a generation is in (`answers`), when to look and when to stop (`timing`), what is remembered (`journal`), what
//! goes out of a file before it is sent (`files`), what comes as a result (`results`). The `.js` files here do what was
//! decided: they fetch, wait, upload and tell. Nothing here ever waits.

mod answers;
mod files;
mod journal;
mod request;
mod results;
mod settings;
mod timing;
mod verdict;

pub use answers::{State, failure_of, result_urls, state_of};
pub use files::{Cutter, Fitter, image_bytes};
pub use results::{check_result_url, is_route_heeded, result_flaw};
pub use timing::Traffic;
pub use verdict::judge_result;

use std::cell::Cell;

use js_sys::Array;
use wasm_bindgen::prelude::*;

use crate::contract::base_url;
use crate::contract::idempotency_key;
use crate::contract::path;
use crate::contract::validation::Mode;
use crate::js::error::{Failure, issues_to_js};
use crate::js::handle::Handle;
use crate::policy::pacing::Pacing;
use crate::policy::polling::Spacing;

/// What one client knows and decides. Its arguments come from the package's own JavaScript, which has checked what it
/// was given.
#[wasm_bindgen]
pub struct Rules {
    mode: Mode,
    /// Whether the causes of a failed request are believed: browsers tell none, and a caller's own fetch may have tried
    /// more than once and tell of the last time alone.
    tells_causes: bool,
    /// After a 429.
    pacing: Cell<Pacing>,
    /// All looks of a client share five a second.
    spacing: Cell<Spacing>,
}

#[wasm_bindgen]
impl Rules {
    /// `settings`: what `arguments.js` made of `ClientOptions`. Throws where they don't fit together. Draws nothing,
    /// starts nothing: Workers
    /// allow neither at module level.
    #[wasm_bindgen(constructor)]
    pub fn new(settings: Handle) -> Result<Rules, JsValue> {
        settings::check(&settings)?;
        let mode = settings::mode(settings.string("validation")).unwrap_or(Mode::Strict);
        let tells_causes = !settings.flag("browser") && settings.flag("isPlatformFetch");
        Ok(Rules { mode, tells_causes, pacing: Cell::default(), spacing: Cell::default() })
    }

    /// Every problem of a request, as `ValidationIssue[]`.
    pub fn validate(&self, request: Handle) -> Array {
        issues_to_js(&request::check(&request, self.mode).issues)
    }

    /// What a request travels as: `{ params, kinds, types }`, the last two for each of its references. Throws
    /// `validation_failed` with all that is wrong. `validation`: the call's own mode, where it has one.
    #[wasm_bindgen(js_name = check)]
    pub fn check_request(&self, request: Handle, validation: Option<String>) -> Result<JsValue, JsValue> {
        request::travelling(&request, settings::mode(validation).unwrap_or(self.mode))
            .map_err(Failure::into_js)
    }

    /// What a file travels as: `{ kind, type }`. `options`: `UploadOptions`. Throws `validation_failed` where it is not
    /// taken.
    #[wasm_bindgen(js_name = checkUpload)]
    pub fn check_upload(&self, file: Handle, options: Handle) -> Result<JsValue, JsValue> {
        request::travelling_file(&file, &options, self.mode)
    }

    /// The same, how large it is, and all that is wrong with it: `{ kind, type, pixels, issues }`.
    pub fn inspect(&self, file: Handle, options: Handle) -> JsValue {
        request::inspect(&file, &options)
    }
}

/// An id as a segment of a path; undefined where it can't be one.
#[wasm_bindgen(js_name = encodeId)]
pub fn encode_id(id: &str) -> Option<String> {
    path::encode_id(id)
}

/// Whether a host, as a URL object has it, is this very machine.
#[wasm_bindgen(js_name = isLoopback)]
pub fn is_loopback(host: &str) -> bool {
    base_url::is_loopback(host)
}

/// Whether a caller's idempotency key can be sent.
#[wasm_bindgen(js_name = isValidKey)]
pub fn is_valid_key(key: &str) -> bool {
    idempotency_key::is_valid(key)
}

/// A fresh idempotency key from 16 random bytes.
#[wasm_bindgen(js_name = keyOf)]
pub fn key_of(random: &[u8]) -> String {
    let mut bytes = [0; 16];
    for (byte, random) in bytes.iter_mut().zip(random) {
        *byte = *random;
    }
    idempotency_key::from_random(&bytes)
}
