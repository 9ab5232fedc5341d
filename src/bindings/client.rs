//! The client that JavaScript sees, behind the class of `npm/client.js`. Each call is begun here and answers the number
//! by which it is cancelled; what it comes to goes to the functions of its promise.
//!
//! Arguments were read and checked before (`src/js`): what stands in a handle has the type that is asked for here.

use js_sys::{Array, Function};
use wasm_bindgen::prelude::*;

use super::calls::begin;
use super::methods::{self, Method, on_progress, wait_timeout};
use super::request;
use super::settings;
use super::watching::Watching;
use crate::client::Engine;
use crate::js::error::issues_to_js;
use crate::js::handle::Handle;
use crate::js::panic::tell_panics;
use crate::web::Web;

/// What one client of JavaScript's holds. Its calls hold it, too: it may be freed while they run.
#[wasm_bindgen(js_name = Engine)]
pub struct JsEngine(Engine<Web>);

#[wasm_bindgen(js_class = Engine)]
impl JsEngine {
    /// `settings`: what JavaScript made of `ClientOptions`. Throws where they don't fit together. Draws nothing, starts
    /// nothing: Workers allow neither at module level.
    #[wasm_bindgen(constructor)]
    pub fn new(given: Handle) -> Result<JsEngine, JsValue> {
        tell_panics();
        let (web, settings) = settings::read(&given)?;
        Ok(Self(Engine::new(web, settings)))
    }

    /// `validate`: every problem of a request, as `ValidationIssue[]`.
    pub fn validate(&self, given: Handle) -> Array {
        issues_to_js(&self.0.validate(&request::read(&given)))
    }

    /// Begins a call; answers the number by which it is cancelled. `argument` is what the method takes before its
    /// options, `resolve` and `reject` settle the call's promise.
    ///
    /// One export for all methods: each export costs 800 bytes of the module, most of them for its arguments.
    pub fn begin(
        &self,
        method: Method,
        argument: JsValue,
        options: Handle,
        resolve: Function,
        reject: Function,
    ) -> f64 {
        begin(methods::call(self.0.clone(), method, argument, options), resolve, reject)
    }

    /// `generations.watch`, which begins with the first state that is asked for.
    pub fn watch(&self, id: String, options: Handle) -> Watching {
        Watching::new(self.0.watch(&id, wait_timeout(&options)), on_progress(&options))
    }
}
