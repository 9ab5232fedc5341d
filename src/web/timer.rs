//! Timers.

use std::time::Duration;

use gloo_timers::future::TimeoutFuture;

use crate::platform::Local;

/// The longest delay that `setTimeout` takes: a longer one would end at once.
const MAX_DELAY_MS: u32 = 2_147_483_647;

/// Ends after so long, or after 25 days. Dropped, it leaves no timer behind.
pub(super) fn sleep(delay: Duration) -> Local<()> {
    let delay_ms = u32::try_from(delay.as_millis()).unwrap_or(MAX_DELAY_MS).min(MAX_DELAY_MS);
    Box::pin(TimeoutFuture::new(delay_ms))
}
