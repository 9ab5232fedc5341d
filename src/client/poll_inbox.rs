//! What happens to a loop, for those who watch it.

use std::cell::Cell;
use std::collections::VecDeque;

use super::failure::Failure;
use crate::contract::generation::Status;
use crate::futures::slot::Slot;

/// A generation that was polled. All who wait for it hold the same object, which each of them may change: what it said
/// when it came is read once, before anybody has it.
#[derive(Clone, Debug)]
pub(crate) struct Polled<A> {
    pub(crate) generation: A,
    pub(crate) status: Status,
    /// How long it took, where it has ended and that is known.
    pub(crate) took_ms: Option<f64>,
}

/// What happens to a loop.
#[derive(Clone, Debug)]
pub(crate) enum Event<A> {
    /// A poll was answered.
    Polled(Polled<A>),
    /// The next poll waits until a time of the monotonic clock, for it has failed, or the client pauses.
    Delayed { failure: Failure<A>, until_ms: f64 },
    /// The network was lost so long ago.
    Offline { failure: Failure<A>, since_ms: f64 },
    /// The network is back.
    Online,
    /// The loop has ended with what does not pass.
    Failed { failure: Failure<A> },
}

impl<A> Event<A> {
    /// Whether it says that no poll is answered for the time being.
    pub(crate) fn is_delay(&self) -> bool {
        matches!(self, Self::Delayed { .. } | Self::Offline { .. })
    }

    /// The same at a time.
    pub(crate) fn is_delay_at(&self, now_ms: f64) -> bool {
        match self {
            Self::Delayed { until_ms, .. } => *until_ms > now_ms,
            _ => self.is_delay(),
        }
    }
}

/// The events of one watcher.
pub(crate) struct Inbox<A> {
    events: Slot<VecDeque<Event<A>>>,
    first_sent_ms: Cell<Option<f64>>,
    has_changed: Cell<bool>,
}

impl<A> Default for Inbox<A> {
    fn default() -> Self {
        Self { events: Slot::default(), first_sent_ms: Cell::new(None), has_changed: Cell::new(false) }
    }
}

impl<A> Inbox<A> {
    pub(crate) fn tell(&self, event: Event<A>) {
        self.events.with(|events| {
            // What was delayed no longer is.
            if events.back().is_some_and(Event::is_delay) {
                events.pop_back();
            }
            events.push_back(event);
        });
        self.has_changed.set(true);
    }

    /// A poll is sent. Whoever waits for the first one has more time from here on, or less.
    pub(crate) fn on_send(&self, now_ms: f64) {
        if self.first_sent_ms.get().is_none() {
            self.first_sent_ms.set(Some(now_ms));
            self.has_changed.set(true);
        }
    }

    pub(crate) fn first_sent_ms(&self) -> Option<f64> {
        self.first_sent_ms.get()
    }

    pub(crate) fn take(&self) -> Option<Event<A>> {
        self.events.with(VecDeque::pop_front)
    }

    /// Whether anything has changed since it was last asked.
    pub(crate) fn has_news(&self) -> bool {
        self.has_changed.take()
    }
}
