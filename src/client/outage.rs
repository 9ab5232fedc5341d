//! What a call does while its machine has no network: it waits for it, and says so. For how long, the rules say.

use super::core::Core;
use super::failure::Failure;
use super::observer::Observer;
use super::sent_attempts::Sent;
use super::time::sleep_time;
use crate::futures::race::first;
use crate::futures::yield_once::yield_once;
use crate::platform::{Exchange, Platform};
use crate::policy::clock::Moment;
use crate::policy::offline::{Met, offline_wait_ms};

/// How often it is told since when the network is lost.
const TICK_MS: f64 = 1_000.0;

/// The time without a network that one call has met, from its first failure to the first answer after it.
pub(crate) struct Outage<'a, A> {
    observer: &'a dyn Observer<A>,
    lost_at: Option<Moment>,
}

impl<'a, A: Clone> Outage<'a, A> {
    pub(crate) fn new(observer: &'a dyn Observer<A>) -> Self {
        Self { observer, lost_at: None }
    }

    /// An answer came: what is lost from now on is lost anew.
    pub(crate) fn end(&mut self) {
        self.lost_at = None;
    }

    /// Waits for the network as long as the rules have it, and fails with `failure` where it does not come back.
    /// `left_ms`: see [`offline_wait_ms`]. A submission may be ended from outside meanwhile, by the limit of its wait:
    /// it finds the failure in `sent`.
    pub(crate) async fn until_online<P: Platform<Answer = A>>(
        &mut self,
        core: &Core<P>,
        sent: &Sent<A>,
        failure: &Failure<A>,
        left_ms: Option<f64>,
    ) -> Result<(), Failure<A>> {
        sent.failure_at_limit.set(Some(failure.clone()));
        let met = if sent.attempts.get() > 0 { Met::AfterAnAttempt } else { Met::BeforeAnAttempt };
        let end_at_ms = core.now_ms() + offline_wait_ms(met, left_ms);
        let lost_at = *self.lost_at.get_or_insert(core.moment());
        while core.platform.is_offline() {
            self.observer.on_offline(failure, lost_at.elapsed_ms(core.moment()));
            let wait_ms = (end_at_ms - core.now_ms()).min(TICK_MS);
            if wait_ms <= 0.0 {
                return Err(failure.clone());
            }
            // With each tick the platform is asked, too: it may have missed to tell.
            first(core.platform.online(), core.platform.sleep(sleep_time(wait_ms))).await;
        }
        self.observer.on_online();
        // Whoever gives the call up when it is told that it goes on has sent nothing more.
        yield_once().await;
        sent.failure_at_limit.set(None);
        Ok(())
    }
}

/// Holds a submission back while the platform says that it is offline, and fails where that takes too long: whatever
/// was handed to a browser's fetch may have been charged, and what was not cannot have been. `last` is what an earlier
/// attempt failed with, if there was one.
pub(crate) async fn hold_back<P: Platform>(
    core: &Core<P>,
    what: &str,
    last: Option<&Failure<P::Answer>>,
    left_ms: Option<f64>,
    sent: &Sent<P::Answer>,
    outage: &mut Outage<'_, P::Answer>,
) -> Result<(), Failure<P::Answer>> {
    let is_offline = core.settings.waits_for_network && core.platform.is_offline();
    if !is_offline || answers_on_this_machine(core).await {
        return Ok(());
    }
    let failure = last.cloned().unwrap_or_else(|| held_back(what));
    outage.until_online(core, sent, &failure, left_ms).await
}

fn held_back<A>(what: &str) -> Failure<A> {
    let message =
        [what, " was held back, and not sent: the platform says that this machine is offline"].concat();
    Failure::new("network_error", message).retryable()
}

/// Without a network a machine is offline, but a proxy or an emulator of its own can be reached all the same: it is
/// asked what costs nothing.
async fn answers_on_this_machine<P: Platform>(core: &Core<P>) -> bool {
    if !core.settings.is_loopback {
        return false;
    }
    let exchange = core.platform.exchange(core.request("/models", None, None)).await;
    !matches!(exchange, Exchange::Failed { .. } | Exchange::TimedOut)
}
