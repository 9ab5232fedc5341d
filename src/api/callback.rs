//! Callbacks of callers.

use std::cell::Cell;

/// A caller's callback. One that calls itself by way of the client is not called again within its own call.
pub(super) struct Callback<T>(Cell<Option<Called<T>>>);

type Called<T> = Box<dyn FnMut(T)>;

impl<T> Default for Callback<T> {
    fn default() -> Self {
        Self(Cell::new(None))
    }
}

impl<T> Callback<T> {
    pub(super) fn set(&mut self, callback: impl FnMut(T) + 'static) {
        self.0.set(Some(Box::new(callback)));
    }

    /// Whether there is one.
    pub(super) fn is_set(&self) -> bool {
        let callback = self.0.take();
        let is_set = callback.is_some();
        self.0.set(callback);
        is_set
    }

    pub(super) fn tell(&self, what: T) {
        let Some(mut callback) = self.0.take() else { return };
        callback(what);
        self.0.set(Some(callback));
    }
}
