//! State that several futures of one thread share.
//!
//! `RefCell` panics where a callback borrows what is borrowed already; a [`Slot`] is taken out while it is changed, so
//! the worst that could happen is that the inner change sees the empty value. No change calls anything of a caller's.

use std::cell::Cell;

/// A value that is read and changed through a shared reference.
#[derive(Default)]
pub(crate) struct Slot<T>(Cell<T>);

impl<T: Default> Slot<T> {
    pub(crate) fn new(value: T) -> Self {
        Self(Cell::new(value))
    }

    /// Reads or changes the value.
    pub(crate) fn with<R>(&self, change: impl FnOnce(&mut T) -> R) -> R {
        let mut value = self.0.take();
        let result = change(&mut value);
        self.0.set(value);
        result
    }

    pub(crate) fn set(&self, value: T) {
        self.0.set(value);
    }

    pub(crate) fn take(&self) -> T {
        self.0.take()
    }
}

impl<T: Default + Clone> Slot<T> {
    pub(crate) fn get(&self) -> T {
        self.with(|value| value.clone())
    }
}
