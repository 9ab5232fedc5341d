//! Work that goes on when whoever waits for it is gone.

use std::cell::Cell;
use std::future::{Future, poll_fn};
use std::rc::Rc;
use std::task::{Poll, Waker};

use crate::futures::slot::Slot;
use crate::platform::Platform;

/// Runs work to its end, and waits for it. A call that is dropped meanwhile leaves no write half done: a future can't
/// finish anything when it is dropped.
pub(crate) async fn to_its_end<P: Platform, T: 'static>(
    platform: &P,
    work: impl Future<Output = T> + 'static,
) -> T {
    start(platform, work).await
}

/// Starts work, which runs to its end whether or not somebody waits for what it comes to.
pub(crate) fn start<P: Platform, T: 'static>(
    platform: &P,
    work: impl Future<Output = T> + 'static,
) -> impl Future<Output = T> + 'static {
    let done = Rc::new((Slot::new(None), Cell::new(None::<Waker>)));
    let told = done.clone();
    platform.spawn(Box::pin(async move {
        told.0.set(Some(work.await));
        if let Some(waker) = told.1.take() {
            waker.wake();
        }
    }));
    poll_fn(move |context| match done.0.take() {
        Some(value) => Poll::Ready(value),
        None => {
            done.1.set(Some(context.waker().clone()));
            Poll::Pending
        }
    })
}
