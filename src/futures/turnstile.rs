//! A fair semaphore for the futures of one thread.

use std::cell::Cell;
use std::collections::VecDeque;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Poll, Waker};

use super::slot::Slot;

/// Lets so many through at a time; whoever came first goes first.
#[derive(Clone)]
pub(crate) struct Turnstile(Rc<State>);

struct State {
    free: Cell<usize>,
    queue: Slot<VecDeque<Rc<Waiting>>>,
}

#[derive(Default)]
struct Waiting {
    is_granted: Cell<bool>,
    waker: Cell<Option<Waker>>,
}

impl Turnstile {
    pub(crate) fn new(places: usize) -> Self {
        Self(Rc::new(State { free: Cell::new(places), queue: Slot::default() }))
    }

    /// Waits for a place, which is left when it is dropped. A wait that is dropped leaves the queue as if it had never
    /// come.
    pub(crate) async fn enter(&self) -> Place {
        if let Some(left) = self.0.free.get().checked_sub(1) {
            self.0.free.set(left);
            return Place(self.clone());
        }
        let waiting = Rc::new(Waiting::default());
        self.0.queue.with(|queue| queue.push_back(waiting.clone()));
        let mut ticket = Ticket { turnstile: self.clone(), waiting: Some(waiting) };
        poll_fn(|context| ticket.poll(context.waker())).await
    }

    /// Hands a place to whoever is next, or keeps it.
    fn leave(&self) {
        let Some(next) = self.0.queue.with(VecDeque::pop_front) else {
            self.0.free.set(self.0.free.get().saturating_add(1));
            return;
        };
        next.is_granted.set(true);
        if let Some(waker) = next.waker.take() {
            waker.wake();
        }
    }
}

/// A place within. Dropped, it goes to whoever is next.
pub(crate) struct Place(Turnstile);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.leave();
    }
}

/// One who queues.
struct Ticket {
    turnstile: Turnstile,
    waiting: Option<Rc<Waiting>>,
}

impl Ticket {
    fn poll(&mut self, waker: &Waker) -> Poll<Place> {
        let Some(waiting) = self.waiting.take() else { return Poll::Pending };
        if waiting.is_granted.get() {
            return Poll::Ready(Place(self.turnstile.clone()));
        }
        waiting.waker.set(Some(waker.clone()));
        self.waiting = Some(waiting);
        Poll::Pending
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let Some(waiting) = self.waiting.take() else { return };
        if waiting.is_granted.get() {
            // It was granted a place that it never took.
            self.turnstile.leave();
        } else {
            self.turnstile.0.queue.with(|queue| queue.retain(|other| !Rc::ptr_eq(other, &waiting)));
        }
    }
}
