//! A breath between two steps of one future.

use std::future::poll_fn;
use std::task::Poll;

/// Ends when the future that awaits it is polled once more, which is asked for at once: whoever drives it has its turn
/// in between.
pub(crate) async fn breath() {
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
