//! The future of a call.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;

/// What a call is awaited as.
pub(super) type Calling<T> = Pin<Box<dyn Future<Output = T>>>;

/// Boxes a call. Polled after its end it is pending: an `async` block alone would panic, which ends a whole module.
pub(super) fn fused<T: 'static>(call: impl Future<Output = T> + 'static) -> Calling<T> {
    let mut running = Some(Box::pin(call));
    Box::pin(poll_fn(move |context| {
        let Some(call) = &mut running else { return Poll::Pending };
        let polled = call.as_mut().poll(context);
        if polled.is_ready() {
            running = None;
        }
        polled
    }))
}
