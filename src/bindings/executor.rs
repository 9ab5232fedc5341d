//! Runs the calls that JavaScript makes. Each call has a queue of its own, which is pumped by itself: on Workers no
//! call is ever polled in the context of another one, and one that was killed between two turns holds up nobody else.

use std::cell::Cell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Wake, Waker};

use wasm_bindgen::prelude::*;

use crate::futures::slot::Slot;
use crate::futures::sorted_map::SortedMap;
use crate::platform::Local;

#[wasm_bindgen(module = "/src/bindings/pump.js")]
extern "C" {
    /// Calls `poll(queue)` in a microtask of its own, in which a trap is caught.
    #[wasm_bindgen(js_name = pumpSoon)]
    fn pump_soon(queue: f64, poll: &Closure<dyn Fn(f64)>);
}

thread_local! {
    static EXECUTOR: Executor = Executor::new();
}

struct Executor {
    queues: Slot<SortedMap<u64, Rc<Queue>>>,
    next_id: Cell<u64>,
    /// The queue whose task is being polled, and the task.
    current: Slot<Option<(u64, Rc<Task>)>>,
    poll: Closure<dyn Fn(f64)>,
}

/// The tasks of one call: its own, and what it has left to be finished when it is over.
#[derive(Default)]
struct Queue {
    tasks: Slot<SortedMap<u64, Rc<Task>>>,
    /// The call itself.
    call: Cell<Option<u64>>,
    /// Tasks that were woken, in that order.
    woken: Slot<VecDeque<u64>>,
    is_pumped: Cell<bool>,
}

struct Task {
    /// Taken out while it is polled.
    future: Slot<Option<Local<()>>>,
    is_cancelled: Cell<bool>,
    waker: Waker,
}

/// Wakes a task by its place: a [`Waker`] may be sent to another thread, and a task may not.
struct Wakeup {
    queue: u64,
    task: u64,
}

impl Wake for Wakeup {
    fn wake(self: Arc<Self>) {
        EXECUTOR.with(|executor| executor.wake(self.queue, self.task));
    }
}

/// Begins a call, with a queue of its own, whose number it answers. Nothing of it runs before this returns.
pub(super) fn start(future: Local<()>) -> f64 {
    EXECUTOR.with(|executor| {
        let queue = executor.fresh_id();
        executor.add(queue, future, Role::Call);
        queue as f64
    })
}

/// Runs a task that nobody waits for: in the queue of the call that asks for it.
pub(super) fn spawn(future: Local<()>) {
    EXECUTOR.with(|executor| {
        let current = executor.current.with(|current| current.as_ref().map(|(queue, _)| *queue));
        let queue = current.unwrap_or_else(|| executor.fresh_id());
        executor.add(queue, future, Role::Rest);
    });
}

/// Drops a call. What it has left to be finished goes on.
pub(super) fn cancel(queue: f64) {
    EXECUTOR.with(|executor| executor.cancel(queue as u64));
}

/// Whether the task that is being polled was cancelled within this very poll, by a callback: it shall do nothing more.
pub(super) fn is_cancelled() -> bool {
    EXECUTOR.with(|executor| {
        executor.current.with(|current| current.as_ref().is_some_and(|(_, task)| task.is_cancelled.get()))
    })
}

/// What a task is in its queue.
#[derive(PartialEq)]
enum Role {
    /// The call itself.
    Call,
    /// What a call has left to be finished.
    Rest,
}

impl Executor {
    fn new() -> Self {
        let poll = Closure::new(|queue: f64| EXECUTOR.with(|executor| executor.pump(queue as u64)));
        Self { queues: Slot::default(), next_id: Cell::new(1), current: Slot::default(), poll }
    }

    fn fresh_id(&self) -> u64 {
        let id = self.next_id.get();
        self.next_id.set(id.wrapping_add(1));
        id
    }

    fn queue(&self, id: u64) -> Option<Rc<Queue>> {
        self.queues.with(|queues| queues.get(&id).cloned())
    }

    fn add(&self, queue: u64, future: Local<()>, role: Role) {
        let task = self.fresh_id();
        let waker = Waker::from(Arc::new(Wakeup { queue, task }));
        let entry = Rc::new(Task { future: Slot::new(Some(future)), is_cancelled: Cell::new(false), waker });
        let place = self.queue(queue).unwrap_or_else(|| {
            let begun = Rc::<Queue>::default();
            self.queues.with(|queues| queues.insert(queue, begun.clone()));
            begun
        });
        if role == Role::Call {
            place.call.set(Some(task));
        }
        place.tasks.with(|tasks| tasks.insert(task, entry));
        self.wake(queue, task);
    }

    fn wake(&self, id: u64, task: u64) {
        let Some(queue) = self.queue(id) else { return };
        queue.woken.with(|woken| {
            if !woken.contains(&task) {
                woken.push_back(task);
            }
        });
        if !queue.is_pumped.replace(true) {
            pump_soon(id as f64, &self.poll);
        }
    }

    /// Polls whatever was woken in a queue, until nothing is.
    fn pump(&self, id: u64) {
        let Some(queue) = self.queue(id) else { return };
        while let Some(number) = queue.woken.with(VecDeque::pop_front) {
            let Some(task) = queue.tasks.with(|tasks| tasks.get(&number).cloned()) else { continue };
            let Some(mut future) = task.future.take() else { continue };
            let before = self.current.with(|current| current.replace((id, task.clone())));
            let is_over = future.as_mut().poll(&mut Context::from_waker(&task.waker)).is_ready();
            if is_over || task.is_cancelled.get() {
                queue.tasks.with(|tasks| tasks.remove(&number));
                // What it held is given back while its queue is the current one: that may begin tasks.
                drop(future);
            } else {
                task.future.set(Some(future));
            }
            self.current.set(before);
        }
        queue.is_pumped.set(false);
        self.forget_if_empty(id, &queue);
    }

    fn cancel(&self, id: u64) {
        let Some(queue) = self.queue(id) else { return };
        let Some(number) = queue.call.take() else { return };
        let Some(task) = queue.tasks.with(|tasks| tasks.get(&number).cloned()) else { return };
        task.is_cancelled.set(true);
        // It may be cancelled from within its own poll: then it is dropped when that returns.
        let Some(future) = task.future.take() else { return };
        queue.tasks.with(|tasks| tasks.remove(&number));
        let before = self.current.with(|current| current.replace((id, task)));
        drop(future);
        self.current.set(before);
        self.forget_if_empty(id, &queue);
    }

    fn forget_if_empty(&self, id: u64, queue: &Queue) {
        if queue.tasks.with(|tasks| tasks.len()) == 0 {
            self.queues.with(|queues| queues.remove(&id));
        }
    }
}
