//! A request that is given up with the future that asked for it.

use web_sys::{AbortController, AbortSignal};

/// Dropped, it aborts. A request that is over does not mind.
pub(super) struct Abort(AbortController);

impl Abort {
    pub(super) fn new() -> Option<Self> {
        AbortController::new().ok().map(Self)
    }

    pub(super) fn signal(&self) -> AbortSignal {
        self.0.signal()
    }
}

impl Drop for Abort {
    fn drop(&mut self) {
        self.0.abort();
    }
}
