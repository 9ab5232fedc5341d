//! The breaks of work that may take long without ever waiting for anything.

use std::cell::Cell;

use super::core::Core;
use crate::platform::Platform;

/// How long a piece of work may hold up everything else on its thread: a frame of a page.
const WORK_MS: f64 = 16.0;

/// Since when a piece of work goes on.
pub(crate) struct Breaks(Cell<f64>);

impl Breaks {
    pub(crate) fn begin<P: Platform>(core: &Core<P>) -> Self {
        Self(Cell::new(core.now_ms()))
    }

    /// Lets everything else of the thread have its turn, where the work has gone on for long.
    pub(crate) async fn take_if_due<P: Platform>(&self, core: &Core<P>) {
        if core.now_ms() - self.0.get() >= WORK_MS {
            core.platform.turn().await;
            self.0.set(core.now_ms());
        }
    }
}
