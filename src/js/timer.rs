//! Timers that are gone when their future is dropped.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::Poll;

use gloo_timers::future::TimeoutFuture;

/// `setTimeout` takes a signed 32-bit number; a larger one fires at once.
const MAX_TIMEOUT_MS: f64 = 2_147_483_647.0;

/// Sleeps. Dropping the future clears the timer.
pub async fn sleep(mut delay_ms: f64) {
    while delay_ms > 0.0 {
        let part_ms = delay_ms.min(MAX_TIMEOUT_MS);
        // Rounded up: a timer that fires early would look before its time.
        TimeoutFuture::new(part_ms.ceil() as u32).await;
        delay_ms -= part_ms;
    }
}

/// Runs `future` for at most `limit_ms`; None when that ran out.
pub async fn with_limit<T>(limit_ms: f64, mut future: Pin<&mut dyn Future<Output = T>>) -> Option<T> {
    let mut timer = pin!(sleep(limit_ms));
    poll_fn(|context| {
        if let Poll::Ready(value) = future.as_mut().poll(context) {
            return Poll::Ready(Some(value));
        }
        timer.as_mut().poll(context).map(|()| None)
    })
    .await
}
