//! One who watches a loop: what it has not taken yet waits for it.

use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use super::core::Core;
use super::poll_inbox::{Event, Inbox};
use super::poll_loop::{KnownGeneration, Loops, PollLoop};
use super::time::sleep_time;
use crate::futures::race::first;
use crate::platform::Platform;

/// Dropped, it watches no more.
pub(crate) struct Watcher<P: Platform> {
    poll_loop: Rc<PollLoop<P>>,
    inbox: Rc<Inbox<P::Answer>>,
    /// Polls of the loop before this one came.
    polled_before: u32,
}

impl<P: Platform> Watcher<P> {
    /// Watches a generation.
    pub(crate) fn new(loops: &Loops<P>, core: &Rc<Core<P>>, id: &str, known: KnownGeneration) -> Self {
        let poll_loop = loops.of(core, id);
        let polled_before = poll_loop.state.polled.get();
        let inbox = poll_loop.join(known);
        Self { poll_loop, inbox, polled_before }
    }

    /// When the first poll was sent that it learns from.
    pub(crate) fn first_sent_ms(&self) -> Option<f64> {
        self.inbox.first_sent_ms()
    }

    /// How many polls were answered, or have failed, since it came.
    pub(crate) fn polled(&self) -> u32 {
        self.poll_loop.state.polled.get().saturating_sub(self.polled_before)
    }

    /// How many polls were sent that it could learn from.
    pub(crate) fn sent(&self) -> u32 {
        self.poll_loop.state.sent.get().saturating_sub(self.polled_before)
    }

    /// How long the generation takes most likely, in all.
    pub(crate) fn expected(&self) -> Option<Duration> {
        self.poll_loop.expected()
    }

    /// What happens next; `None` where nothing does while `left_ms()` is above 0.
    pub(crate) async fn next(&self, left_ms: impl Fn() -> f64) -> Option<Event<P::Answer>> {
        loop {
            if let Some(event) = self.inbox.take() {
                return Some(event);
            }
            let wait_ms = left_ms();
            if wait_ms <= 0.0 {
                return None;
            }
            let sleep = self.poll_loop.core.platform.sleep(sleep_time(wait_ms));
            first(poll_fn(|context| self.poll_news(context)), sleep).await;
        }
    }

    /// Drives the loop also while nobody waits for what happens next, as long as this watcher is there, up to a time of
    /// the monotonic clock.
    pub(crate) fn drive_on(&self, until_ms: f64) {
        let (poll_loop, inbox) = (Rc::downgrade(&self.poll_loop), Rc::downgrade(&self.inbox));
        let driving = poll_fn(move |context| {
            let watched = poll_loop.upgrade().filter(|_| inbox.strong_count() > 0);
            let Some(poll_loop) = watched.filter(|watched| watched.core.now_ms() < until_ms) else {
                return Poll::Ready(());
            };
            // Whoever leaves rings it, too.
            poll_loop.state.bell.add(context.waker());
            poll_loop.drive();
            Poll::Pending
        });
        self.poll_loop.core.platform.spawn(Box::pin(driving));
    }

    /// Drives the loop until there is an event, or a poll was sent: then there is more time, or less.
    fn poll_news(&self, context: &mut Context<'_>) -> Poll<()> {
        self.poll_loop.state.bell.add(context.waker());
        self.poll_loop.drive();
        if self.inbox.has_news() { Poll::Ready(()) } else { Poll::Pending }
    }
}

impl<P: Platform> Drop for Watcher<P> {
    fn drop(&mut self) {
        self.poll_loop.leave(&self.inbox);
    }
}
