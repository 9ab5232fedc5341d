//! Tasks and timers in virtual time, the same for the same seed.

use std::cell::{Cell, RefCell};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};

type Local<T> = Pin<Box<dyn Future<Output = T>>>;

/// More polls than any run takes: then it goes round in a circle.
const MAX_POLLS: u64 = 50_000;

/// Who a task belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Owner {
    /// The page, script or isolate; 0 is the world outside of them.
    pub tab: u64,
    /// The call within it; 0 is none.
    pub call: u64,
}

impl Owner {
    pub const WORLD: Self = Self { tab: 0, call: 0 };
}

struct Task {
    owner: Owner,
    future: Option<Local<()>>,
    waker: Waker,
}

/// What wakers, which may be used from anywhere, know of the executor.
#[derive(Default)]
struct Wakes {
    /// Tasks to be polled.
    ready: Mutex<Vec<u64>>,
    /// The call whose task is being polled; 0 where none is.
    current_call: AtomicU64,
    /// Tasks that were woken by another call's: `(call, by)`.
    foreign: Mutex<Vec<(u64, u64)>>,
}

struct TaskWaker {
    task: u64,
    call: u64,
    wakes: Arc<Wakes>,
}

impl Wake for TaskWaker {
    fn wake(self: Arc<Self>) {
        let by = self.wakes.current_call.load(Ordering::Relaxed);
        if by != 0 && self.call != 0 && by != self.call {
            self.wakes.foreign.lock().unwrap().push((self.call, by));
        }
        let mut ready = self.wakes.ready.lock().unwrap();
        if !ready.contains(&self.task) {
            ready.push(self.task);
        }
    }
}

/// When a timer is due, by the clock that stands still while the machine sleeps, and who set it first.
type TimerKey = (u64, u64);

#[derive(Default)]
pub struct Executor {
    tasks: RefCell<BTreeMap<u64, Task>>,
    timers: RefCell<BinaryHeap<Reverse<TimerKey>>>,
    timer_wakers: RefCell<BTreeMap<TimerKey, Waker>>,
    wakes: Arc<Wakes>,
    /// Microseconds by the clock that stands still while the machine sleeps.
    awake_us: Cell<u64>,
    /// Microseconds that it has slept.
    slept_us: Cell<u64>,
    next_id: Cell<u64>,
    current: Cell<Option<Owner>>,
    polls: Cell<u64>,
    is_traced: Cell<bool>,
    /// So many more polls, and then whatever is ready has to wait.
    polls_left: Cell<Option<u64>>,
}

impl Executor {
    /// From now on what happens is printed.
    pub fn trace(&self) {
        self.is_traced.set(true);
    }

    /// Says what happens, where that is asked for.
    pub fn note(&self, what: impl FnOnce() -> String) {
        if self.is_traced.get() {
            println!("{:>12.1}  {:?}  {}", self.true_ms(), self.current(), what());
        }
    }

    /// Milliseconds by the clock that stands still while the machine sleeps.
    pub fn awake_ms(&self) -> f64 {
        self.awake_us.get() as f64 / 1_000.0
    }

    /// Milliseconds that have really passed.
    pub fn true_ms(&self) -> f64 {
        (self.awake_us.get() + self.slept_us.get()) as f64 / 1_000.0
    }

    /// The machine sleeps: no timer fires meanwhile.
    pub fn sleep_machine(&self, ms: f64) {
        self.slept_us.set(self.slept_us.get() + (ms * 1_000.0) as u64);
    }

    fn fresh_id(&self) -> u64 {
        let id = self.next_id.get() + 1;
        self.next_id.set(id);
        id
    }

    /// Who the task that is being polled belongs to.
    pub fn current(&self) -> Owner {
        self.current.get().unwrap_or(Owner::WORLD)
    }

    pub fn spawn(&self, owner: Owner, future: impl Future<Output = ()> + 'static) -> u64 {
        let id = self.fresh_id();
        let waker =
            Waker::from(Arc::new(TaskWaker { task: id, call: owner.call, wakes: self.wakes.clone() }));
        self.tasks.borrow_mut().insert(id, Task { owner, future: Some(Box::pin(future)), waker });
        self.wakes.ready.lock().unwrap().push(id);
        id
    }

    /// Drops the tasks of an owner, as a page that is closed does. Not to be called by one of them.
    pub fn drop_tasks(&self, is_dropped: impl Fn(Owner) -> bool) {
        let mut dropped = Vec::new();
        self.tasks.borrow_mut().retain(|_, task| {
            if is_dropped(task.owner) {
                dropped.push(task.future.take());
            }
            !is_dropped(task.owner)
        });
        // Dropped when nothing is borrowed: what they hold wakes others.
        drop(dropped);
    }

    /// Drops one task, as an aborted call.
    pub fn drop_task(&self, id: u64) {
        let task = self.tasks.borrow_mut().remove(&id);
        drop(task);
    }

    pub fn is_running(&self, id: u64) -> bool {
        self.tasks.borrow().contains_key(&id)
    }

    /// The owners of all tasks that are left.
    pub fn owners(&self) -> Vec<Owner> {
        self.tasks.borrow().values().map(|task| task.owner).collect()
    }

    /// Wakes across calls that were seen since it was last asked.
    pub fn take_foreign_wakes(&self) -> Vec<(u64, u64)> {
        std::mem::take(&mut *self.wakes.foreign.lock().unwrap())
    }

    pub fn polls(&self) -> u64 {
        self.polls.get()
    }

    /// From now on so many polls; then [`Executor::run_ready`] stops once.
    pub fn stop_after(&self, polls: u64) {
        self.polls_left.set(Some(polls));
    }

    pub fn stop_never(&self) {
        self.polls_left.set(None);
    }

    /// Polls whatever is ready, in an order that `choose` picks from so many, until nothing is: then it answers true.
    pub fn run_ready(&self, mut choose: impl FnMut(usize) -> usize) -> bool {
        loop {
            let next = {
                let mut ready = self.wakes.ready.lock().unwrap();
                if ready.is_empty() {
                    return true;
                }
                match self.polls_left.get() {
                    Some(0) => {
                        self.polls_left.set(None);
                        return false;
                    }
                    left => self.polls_left.set(left.map(|left| left - 1)),
                }
                let place = choose(ready.len());
                ready.swap_remove(place)
            };
            self.poll(next);
        }
    }

    fn poll(&self, id: u64) {
        let taken = self
            .tasks
            .borrow_mut()
            .get_mut(&id)
            .and_then(|task| Some((task.owner, task.future.take()?, task.waker.clone())));
        let Some((owner, mut future, waker)) = taken else { return };
        self.polls.set(self.polls.get() + 1);
        assert!(
            self.polls.get() < MAX_POLLS,
            "a run never comes to its end: {owner:?} is polled again and again"
        );
        self.current.set(Some(owner));
        self.wakes.current_call.store(owner.call, Ordering::Relaxed);
        let polled = future.as_mut().poll(&mut Context::from_waker(&waker));
        if polled.is_ready() {
            // What it holds is dropped within its own call.
            drop(future);
            self.tasks.borrow_mut().remove(&id);
        } else if let Some(task) = self.tasks.borrow_mut().get_mut(&id) {
            task.future = Some(future);
        }
        self.wakes.current_call.store(0, Ordering::Relaxed);
        self.current.set(None);
    }

    /// Goes on to the next timer, but no further than to a time by [`Executor::awake_ms`]; whether there is one by
    /// then.
    pub fn advance(&self, until_ms: f64) -> bool {
        let until_us = (until_ms * 1_000.0) as u64;
        let next =
            self.timers.borrow().peek().map(|Reverse(key)| *key).filter(|(at_us, _)| *at_us <= until_us);
        let Some(key) = next else {
            self.awake_us.set(self.awake_us.get().max(until_us));
            return false;
        };
        self.timers.borrow_mut().pop();
        self.awake_us.set(self.awake_us.get().max(key.0));
        let waker = self.timer_wakers.borrow_mut().remove(&key);
        if let Some(waker) = waker {
            waker.wake();
        }
        true
    }

    /// Whether a timer is set that somebody waits for.
    pub fn has_timers(&self) -> bool {
        !self.timer_wakers.borrow().is_empty()
    }

    /// Ends after so long by the clock that stands still while the machine sleeps.
    pub fn sleep(self: &Rc<Self>, ms: f64) -> Local<()> {
        let delay_us = (ms.clamp(0.0, 1e12) * 1_000.0).ceil() as u64;
        let key = (self.awake_us.get() + delay_us, self.fresh_id());
        let timer = Timer { executor: self.clone(), key, is_set: false };
        let mut timer = timer;
        Box::pin(async move { poll_fn(move |context| timer.poll(context)).await })
    }
}

struct Timer {
    executor: Rc<Executor>,
    key: TimerKey,
    is_set: bool,
}

impl Timer {
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<()> {
        if self.executor.awake_us.get() >= self.key.0 {
            return Poll::Ready(());
        }
        if !self.is_set {
            self.is_set = true;
            self.executor.timers.borrow_mut().push(Reverse(self.key));
        }
        self.executor.timer_wakers.borrow_mut().insert(self.key, context.waker().clone());
        Poll::Pending
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        self.executor.timer_wakers.borrow_mut().remove(&self.key);
    }
}

/// A value that comes once.
pub fn once<T: 'static>() -> (impl FnOnce(T), Local<T>) {
    let cell = Rc::new((Cell::new(None), Cell::new(None::<Waker>)));
    let sender = cell.clone();
    let send = move |value| {
        sender.0.set(Some(value));
        if let Some(waker) = sender.1.take() {
            waker.wake();
        }
    };
    let receive = poll_fn(move |context| match cell.0.take() {
        Some(value) => Poll::Ready(value),
        None => {
            cell.1.set(Some(context.waker().clone()));
            Poll::Pending
        }
    });
    (send, Box::pin(receive))
}
