//! Leave to send: after a 429 the client stands still until the named time, then its calls go one by one until one is answered.

use super::Core;
use super::call::{Call, Delay};
use crate::contract::text::digits;
use crate::js::error::Failure;
use crate::js::platform;
use crate::js::timer::sleep;
use crate::js::turnstile::Place;
use crate::policy::pacing::Pause;

impl Core {
    /// Waits for leave to send. `rate_limited` at once where the pause is longer than the call's patience.
    ///
    /// On Workers only the shared *time* is read: there no call may be woken by another.
    pub(crate) async fn pass(&self, call: &Call) -> Result<Option<Place>, Failure> {
        loop {
            self.stand_still(call).await?;
            if self.config.workerd || !self.pacing.borrow().is_one_by_one() {
                return Ok(None);
            }
            let place = self.single_file.enter().await;
            // While this call queued, the one before it may have been answered, or met another 429.
            let paused = self.pacing.borrow().delay_ms(platform::now_ms()) > 0.0;
            if !paused {
                return Ok(self.pacing.borrow().is_one_by_one().then_some(place));
            }
        }
    }

    async fn stand_still(&self, call: &Call) -> Result<(), Failure> {
        loop {
            let pause = self.pacing.borrow().pause(platform::now_ms(), call.patience_ms);
            match pause {
                Pause::None => return Ok(()),
                Pause::TooLong { retry_after_ms } => return Err(paused(retry_after_ms)),
                Pause::Sleep { delay_ms } => {
                    if let Some(on_delay) = &call.on_delay {
                        on_delay(Delay { failure: &paused(delay_ms), delay_ms, was_sent: false });
                    }
                    sleep(delay_ms).await;
                }
            }
        }
    }
}

fn paused(delay_ms: f64) -> Failure {
    let seconds = (delay_ms / 1000.0).ceil() as u32;
    let message = ["The API asked for a pause that lasts another ", &digits(seconds.into()), " s"];
    let mut failure = Failure::new("rate_limited", &message).retryable();
    failure.status = Some(429);
    failure.retry_after_ms = Some(delay_ms);
    failure
}
