//! A wait: one caller's limit and progress over a loop of polls.

use std::pin::pin;
use std::rc::Rc;

use super::core::Core;
use super::failure::Failure;
use super::poll_inbox::{Event, Polled};
use super::poll_loop::KnownGeneration;
use super::progress::{OnProgress, Progress, Seen};
use super::shared::Shared;
use super::timers::unless_refused;
use super::verdict::RATE_LIMITED;
use super::watcher::Watcher;
use crate::contract::generation::Status;
use crate::millis::duration;
use crate::platform::Platform;
use crate::policy::clock::Moment;
use crate::policy::waiting::{self, first_poll_by_ms, is_paused_beyond, polls_on_until_ms};

const OUT_OF_TIME: &str = "The generation has not ended within `waitTimeoutMs`; it goes on, and `generations.wait` finds it by its id";

pub(crate) struct Wait<P: Platform> {
    core: Rc<Core<P>>,
    watcher: Watcher<P>,
    /// Since when progress counts.
    since: Moment,
    /// When it ends, by the monotonic clock.
    limit_at_ms: f64,
    first_poll_by_ms: f64,
    last: Option<P::Answer>,
    /// What the last poll failed with, while the network is waited for.
    offline: Option<Failure<P::Answer>>,
}

/// What a wait begins with.
pub(crate) struct Begin<A> {
    /// When it ends, by the monotonic clock.
    pub(crate) limit_at_ms: f64,
    /// What was submitted just now; else it begins with a poll.
    pub(crate) submitted: Option<A>,
    /// Since when progress counts.
    pub(crate) since: Moment,
    pub(crate) known: KnownGeneration,
}

impl<A> Begin<A> {
    /// Of a generation of which nothing but its id is known.
    pub(crate) fn now<P: Platform<Answer = A>>(core: &Core<P>, limit_at_ms: f64) -> Self {
        Self { limit_at_ms, submitted: None, since: core.moment(), known: KnownGeneration::default() }
    }
}

impl<P: Platform> Wait<P> {
    pub(crate) fn begin(shared: &Shared<P>, id: &str, begin: Begin<P::Answer>) -> Self {
        let core = &shared.core;
        let Begin { limit_at_ms, submitted, since, known } = begin;
        let now_ms = core.now_ms();
        let left_ms = submitted.as_ref().map(|_| (limit_at_ms - now_ms).max(0.0));
        let watcher = Watcher::new(&shared.loops, core, id, KnownGeneration { left_ms, ..known });
        let loops = u32::try_from(shared.loops.count()).unwrap_or(u32::MAX);
        // Where no call may be woken by another, the poll's place is reserved, and no other call is waited for: the
        // wait does not end before it is sent.
        let first_poll_by_ms = if core.platform.separates_calls() {
            f64::INFINITY
        } else {
            first_poll_by_ms(now_ms, core.settings.timeout_ms(), loops)
        };
        let core = core.clone();
        Self { core, watcher, since, limit_at_ms, first_poll_by_ms, last: submitted, offline: None }
    }

    /// Goes on with the polls while nobody asks for the next one: for a while beyond the limit, and not for ever.
    pub(crate) fn poll_on(&self) {
        self.watcher.drive_on(polls_on_until_ms(self.limit_at_ms));
    }

    /// What happens next; `None` where nothing does before the time is up.
    async fn event(&self) -> Result<Option<Event<P::Answer>>, Failure<P::Answer>> {
        let next = pin!(async { Ok(self.watcher.next(|| self.left_ms()).await) });
        let event = unless_refused(&*self.core.platform, next).await;
        event.map_err(|failure| self.with_last(failure))
    }

    /// The next poll that is answered. `on_progress` is told of an outage alone.
    pub(crate) async fn next(
        &mut self,
        on_progress: OnProgress<'_, P::Answer>,
    ) -> Result<Polled<P::Answer>, Failure<P::Answer>> {
        loop {
            let event = self.event().await?;
            let was_offline = self.offline.take();
            match event {
                None => {
                    let failure = was_offline
                        .unwrap_or_else(|| Failure::new("timeout", OUT_OF_TIME.to_owned()).retryable());
                    return Err(self.with_last(failure));
                }
                Some(Event::Polled(polled)) => {
                    self.last = Some(polled.generation.clone());
                    return Ok(polled);
                }
                Some(Event::Failed { failure }) => return Err(self.with_last(failure)),
                Some(Event::Offline { failure, since_ms }) => {
                    self.offline = Some(failure);
                    on_progress(Progress::Offline { since: duration(since_ms) });
                }
                Some(Event::Delayed { failure, until_ms }) => {
                    let now_ms = self.core.now_ms();
                    let is_pause = failure.status == Some(RATE_LIMITED) && until_ms > now_ms;
                    if is_pause && is_paused_beyond(self.limit_at_ms, until_ms) {
                        let failure = self.with_last(failure).retryable();
                        return Err(
                            failure.with(|facts| facts.retry_after = Some(duration(until_ms - now_ms)))
                        );
                    }
                }
                Some(Event::Online) => {}
            }
        }
    }

    /// Polls until the end.
    pub(crate) async fn until_ended(
        &mut self,
        on_progress: OnProgress<'_, P::Answer>,
    ) -> Result<Polled<P::Answer>, Failure<P::Answer>> {
        loop {
            let polled = self.next(on_progress).await?;
            if polled.status.is_terminal() {
                return Ok(polled);
            }
            self.report(on_progress, polled.generation, polled.status);
        }
    }

    /// Tells of a generation that has not ended. A status that the API may add counts as being processed.
    pub(crate) fn report(
        &self,
        on_progress: OnProgress<'_, P::Answer>,
        generation: P::Answer,
        status: Status,
    ) {
        let elapsed = duration(self.since.elapsed_ms(self.core.moment()));
        let seen = Seen { generation, elapsed, expected: self.watcher.expected() };
        on_progress(if status == Status::Queued {
            Progress::Queued(seen)
        } else {
            Progress::Processing(seen)
        });
    }

    /// How long it goes on, where nothing happens.
    fn left_ms(&self) -> f64 {
        let wait = waiting::Wait {
            limit_at_ms: self.limit_at_ms,
            has_polled: self.watcher.polled() > 0,
            poll_sent_at_ms: self.watcher.first_sent_ms(),
            first_poll_by_ms: self.first_poll_by_ms,
        };
        wait.ends_at_ms() - self.core.now_ms()
    }

    fn with_last(&self, failure: Failure<P::Answer>) -> Failure<P::Answer> {
        failure.with(|facts| {
            facts.generation = self.last.clone();
            facts.attempts = self.watcher.sent();
        })
    }
}
