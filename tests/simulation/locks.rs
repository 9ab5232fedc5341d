//! Web Locks: those that one has at a time, and those that only say that somebody is there.

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Poll, Waker};

use rivya_wasm::platform::Local;

/// Locks by name: those that one has at a time, whoever came first.
#[derive(Clone, Default)]
pub struct Locks(Rc<RefCell<BTreeMap<String, LockState>>>);

#[derive(Default)]
struct LockState {
    is_held: bool,
    next_ticket: u64,
    queue: VecDeque<(u64, Waker)>,
    granted: Option<u64>,
}

impl Locks {
    pub fn are_free(&self) -> bool {
        self.0.borrow().values().all(|lock| !lock.is_held && lock.granted.is_none())
    }

    pub fn request(&self, name: &str) -> Local<Held> {
        let mut request =
            LockRequest { locks: self.clone(), name: name.to_owned(), ticket: None, is_over: false };
        Box::pin(poll_fn(move |context| request.poll(context.waker())))
    }

    fn release(&self, name: &str) {
        let next = {
            let mut locks = self.0.borrow_mut();
            let lock = locks.entry(name.to_owned()).or_default();
            lock.is_held = false;
            lock.granted = None;
            lock.queue.pop_front().map(|(ticket, waker)| {
                lock.granted = Some(ticket);
                waker
            })
        };
        if let Some(waker) = next {
            waker.wake();
        }
    }
}

struct LockRequest {
    locks: Locks,
    name: String,
    ticket: Option<u64>,
    is_over: bool,
}

impl LockRequest {
    fn poll(&mut self, waker: &Waker) -> Poll<Held> {
        let mut locks = self.locks.0.borrow_mut();
        let lock = locks.entry(self.name.clone()).or_default();
        let is_free = !lock.is_held && lock.granted.is_none() && lock.queue.is_empty();
        let is_granted = self.ticket.is_some() && lock.granted == self.ticket;
        if is_granted || (self.ticket.is_none() && is_free) {
            lock.granted = None;
            lock.is_held = true;
            self.is_over = true;
            return Poll::Ready(Held::Alone { locks: self.locks.clone(), name: self.name.clone() });
        }
        match self.ticket {
            None => {
                lock.next_ticket += 1;
                self.ticket = Some(lock.next_ticket);
                lock.queue.push_back((lock.next_ticket, waker.clone()));
            }
            Some(ticket) => {
                for waiting in lock.queue.iter_mut().filter(|(other, _)| *other == ticket) {
                    waiting.1 = waker.clone();
                }
            }
        }
        Poll::Pending
    }
}

impl Drop for LockRequest {
    fn drop(&mut self) {
        let Some(ticket) = self.ticket.filter(|_| !self.is_over) else { return };
        let is_granted = {
            let mut locks = self.locks.0.borrow_mut();
            let lock = locks.entry(self.name.clone()).or_default();
            lock.queue.retain(|(other, _)| *other != ticket);
            lock.granted == Some(ticket)
        };
        if is_granted {
            self.locks.release(&self.name);
        }
    }
}

/// How many are there, by name.
#[derive(Clone, Default)]
pub struct Marks(Rc<RefCell<BTreeMap<String, usize>>>);

impl Marks {
    pub fn mark(&self, name: &str) -> Held {
        *self.0.borrow_mut().entry(name.to_owned()).or_default() += 1;
        Held::Marked { marks: self.clone(), name: name.to_owned() }
    }

    pub fn names(&self) -> Vec<String> {
        self.0.borrow().keys().cloned().collect()
    }

    fn unmark(&self, name: &str) {
        let mut marks = self.0.borrow_mut();
        let count = marks.get_mut(name).expect("a mark is counted until it is dropped");
        *count -= 1;
        if *count == 0 {
            marks.remove(name);
        }
    }
}

pub enum Held {
    Nothing,
    Alone { locks: Locks, name: String },
    Marked { marks: Marks, name: String },
}

impl Drop for Held {
    fn drop(&mut self) {
        match self {
            Self::Nothing => {}
            Self::Alone { locks, name } => locks.release(name),
            Self::Marked { marks, name } => marks.unmark(name),
        }
    }
}
