//! Yields once to whoever polls the future.

use std::future::poll_fn;
use std::task::Poll;

/// Pends once, and wakes its task at once. In between the caller may drop the future that awaits it.
pub(crate) async fn yield_once() {
    let mut has_paused = false;
    poll_fn(|context| {
        if has_paused {
            return Poll::Ready(());
        }
        has_paused = true;
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}
