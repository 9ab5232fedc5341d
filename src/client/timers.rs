//! A call whose timers the platform refuses would wait for ever: it fails.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;

use super::failure::Failure;
use crate::platform::Platform;

/// What a call comes to; a failure once a timer was refused that it waits for. What several calls share, a poll loop or
/// an upload, asks for its timer once more with whoever polls it next, and so each of them fails by itself.
pub(crate) async fn unless_refused<P: Platform, T>(
    platform: &P,
    mut call: Pin<&mut dyn Future<Output = Result<T, Failure<P::Answer>>>>,
) -> Result<T, Failure<P::Answer>> {
    poll_fn(|context| {
        let refused_before = platform.refused_timers();
        match call.as_mut().poll(context) {
            Poll::Pending if platform.refused_timers() != refused_before => {
                let message = ["The platform refuses to set a timer: ", &platform.timer_refusal()].concat();
                Poll::Ready(Err(Failure::new("network_error", message)))
            }
            polled => polled,
        }
    })
    .await
}
