//! A fair semaphore: who asks first goes first, and a place is given back when its holder is dropped, however the call ended.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

/// So many may pass at once.
#[derive(Clone)]
pub struct Turnstile(Rc<Inner>);

struct Inner {
    free: Cell<u32>,
    queue: RefCell<VecDeque<Rc<Ticket>>>,
}

#[derive(Default)]
struct Ticket {
    granted: Cell<bool>,
    waker: RefCell<Option<Waker>>,
}

/// A place held. Dropping it lets the next one pass.
pub struct Place(Rc<Inner>);

impl Turnstile {
    /// `places` at once, at least one.
    pub fn new(places: u32) -> Self {
        Self(Rc::new(Inner { free: Cell::new(places.max(1)), queue: RefCell::default() }))
    }

    /// Waits for a place.
    pub async fn enter(&self) -> Place {
        Waiting { inner: Rc::clone(&self.0), ticket: None }.await
    }
}

struct Waiting {
    inner: Rc<Inner>,
    ticket: Option<Rc<Ticket>>,
}

impl Future for Waiting {
    type Output = Place;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Place> {
        if let Some(ticket) = &self.ticket {
            if ticket.granted.get() {
                self.ticket = None;
                return Poll::Ready(Place(Rc::clone(&self.inner)));
            }
            *ticket.waker.borrow_mut() = Some(context.waker().clone());
            return Poll::Pending;
        }
        let free = self.inner.free.get();
        if free > 0 && self.inner.queue.borrow().is_empty() {
            self.inner.free.set(free.saturating_sub(1));
            return Poll::Ready(Place(Rc::clone(&self.inner)));
        }
        let ticket = Rc::new(Ticket::default());
        *ticket.waker.borrow_mut() = Some(context.waker().clone());
        self.inner.queue.borrow_mut().push_back(Rc::clone(&ticket));
        self.ticket = Some(ticket);
        Poll::Pending
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        let Some(ticket) = self.ticket.take() else { return };
        if ticket.granted.get() {
            self.inner.release();
        } else {
            self.inner.queue.borrow_mut().retain(|other| !Rc::ptr_eq(other, &ticket));
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.release();
    }
}

impl Inner {
    fn release(&self) {
        let next = self.queue.borrow_mut().pop_front();
        match next {
            Some(ticket) => {
                ticket.granted.set(true);
                if let Some(waker) = ticket.waker.borrow_mut().take() {
                    waker.wake();
                }
            }
            None => self.free.set(self.free.get().saturating_add(1)),
        }
    }
}
