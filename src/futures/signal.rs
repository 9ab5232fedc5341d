//! How one future of a thread wakes others.

use std::cell::Cell;
use std::future::poll_fn;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Poll, Wake, Waker};

/// Says that something has changed. One future waits for it at a time.
#[derive(Default)]
pub(crate) struct Signal {
    is_raised: Cell<bool>,
    waker: Cell<Option<Waker>>,
}

impl Signal {
    pub(crate) fn raise(&self) {
        self.is_raised.set(true);
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }

    /// Ends when it is raised, or was since it was last waited for.
    pub(crate) async fn raised(&self) {
        poll_fn(|context| {
            if self.is_raised.take() {
                return Poll::Ready(());
            }
            self.waker.set(Some(context.waker().clone()));
            Poll::Pending
        })
        .await;
    }
}

/// Wakes all tasks that have asked for it, once. It is the waker of a future that several tasks share, any of which may
/// poll it.
#[derive(Default)]
pub(crate) struct Bell(Mutex<Vec<Waker>>);

impl Bell {
    /// The next ring wakes this task.
    pub(crate) fn add(&self, waker: &Waker) {
        let mut wakers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !wakers.iter().any(|known| known.will_wake(waker)) {
            wakers.push(waker.clone());
        }
    }

    pub(crate) fn ring(&self) {
        let wakers = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        for waker in wakers {
            waker.wake();
        }
    }
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.ring();
    }
}
