//! Who is told how far a generation is.

use super::callback::Callback;
use super::progress::{Progress, progress_of};
use crate::client::Progress as Told;
use crate::web::JsAnswer;

/// A caller's callback.
#[derive(Default)]
pub(super) struct OnProgress(Callback<Progress>);

impl OnProgress {
    pub(super) fn set(&mut self, on_progress: impl FnMut(Progress) + 'static) {
        self.0.set(on_progress);
    }

    /// Whether anybody wants to be told.
    pub(super) fn is_set(&self) -> bool {
        self.0.is_set()
    }

    pub(super) fn tell(&self, progress: Told<JsAnswer>) {
        if let Some(progress) = progress_of(progress) {
            self.0.tell(progress);
        }
    }
}
