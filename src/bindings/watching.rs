//! `generations.watch`: states of a generation, one at a time.

use std::rc::Rc;

use js_sys::Function;
use wasm_bindgen::prelude::*;

use super::calls::begin;
use super::progress::Callback;
use crate::client::Watch;
use crate::futures::slot::Slot;
use crate::web::Web;

/// A generation that is watched. JavaScript asks for one state after the other (`watch.js`).
#[wasm_bindgen]
pub struct Watching {
    /// Taken out while it is asked.
    watch: Rc<Slot<Option<Watch<Web>>>>,
    on_progress: Callback,
}

impl Watching {
    pub(super) fn new(watch: Watch<Web>, on_progress: Callback) -> Self {
        Self { watch: Rc::new(Slot::new(Some(watch))), on_progress }
    }
}

#[wasm_bindgen]
impl Watching {
    /// Whether the last state was handed over.
    #[wasm_bindgen(getter, js_name = isOver)]
    pub fn is_over(&self) -> bool {
        self.watch.with(|watch| watch.as_ref().is_none_or(Watch::is_over))
    }

    /// Resolves with the next state; with undefined where there is none any more.
    pub fn next(&self, resolve: Function, reject: Function) -> f64 {
        let (place, on_progress) = (self.watch.clone(), self.on_progress.clone());
        let call = Box::pin(async move {
            let Some(mut watch) = place.take() else { return Ok(JsValue::UNDEFINED) };
            let state = watch.next(&|told| on_progress.tell_progress(told)).await;
            place.set(Some(watch));
            state.map_or(Ok(JsValue::UNDEFINED), |state| state.map(|generation| generation.0))
        });
        begin(call, resolve, reject)
    }
}
