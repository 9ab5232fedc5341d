//! Looking at a generation until it ends. All who wait for one id share one loop; the loop lives as long as somebody watches it.
//!
//! On Workers no call may be woken by another, so there each watcher drives a loop of its own.

use std::cell::{Cell, RefCell};
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::rc::{Rc, Weak};
use std::task::{Poll, Waker};

use wasm_bindgen_futures::spawn_local;

use super::Core;
use super::answers::{Generation, is_generation};
use super::call::{Body, Delay};
use crate::contract::catalogue::{self, Capability};
use crate::contract::path::encode_id;
use crate::js::error::{Error, Failure, wrong_argument};
use crate::js::platform::now_ms;
use crate::js::promise::Boxed;
use crate::js::timer::{ends_within, sleep};
use crate::policy::polling::{Guidance, earliest_look_ms};

/// What a watcher learns.
#[derive(Clone)]
pub(crate) enum Event {
    /// A look that was answered.
    Seen(Generation),
    /// A look failed, or the API asked for a pause; the next one is made then.
    Delayed { until_ms: f64, failure: Failure },
    /// No further look can help.
    Ended(Failure),
}

/// One loop.
pub(crate) struct Loop {
    id: String,
    path: String,
    watchers: Cell<u32>,
    /// Looks that were answered or failed.
    looks: Cell<u32>,
    last: RefCell<Option<Event>>,
    /// Counts what was put into `last`.
    version: Cell<u32>,
    /// No later than this the next look is due.
    due_ms: Cell<f64>,
    slow: Cell<bool>,
    wakers: RefCell<Vec<Waker>>,
    driver: RefCell<Option<Waker>>,
}

/// One who watches a loop. Dropping the last one ends it.
pub(crate) struct Watcher {
    shared: Rc<Loop>,
    seen: u32,
    looks_before: u32,
    own_driver: Option<Boxed<()>>,
}

/// When the first look is due.
pub(crate) enum First {
    /// At once: nobody knows how long it has run.
    Now,
    /// As the guidance has it for what was submitted just now, but no later than the wait's limit.
    AfterSubmission { limit_ms: f64 },
}

impl Core {
    /// Watches `id`.
    pub(crate) fn watch(self: &Rc<Self>, id: &str, first: First, model: Option<&str>) -> Watcher {
        let slow = model.is_some_and(is_slow);
        let due_ms = now_ms()
            + match first {
                First::Now => 0.0,
                First::AfterSubmission { limit_ms } => {
                    Guidance::for_kind(slow).next_delay_ms(0).min(limit_ms)
                }
            };
        let running = self.loops.borrow().iter().filter_map(Weak::upgrade).find(|running| running.id == id);
        if let Some(shared) = running {
            shared.watchers.set(shared.watchers.get().saturating_add(1));
            shared.due_ms.set(shared.due_ms.get().min(due_ms));
            wake(&shared.driver);
            // Whoever comes during a pause must know of it.
            let delayed = matches!(&*shared.last.borrow(), Some(Event::Delayed { until_ms, .. }) if *until_ms > now_ms());
            return Watcher {
                seen: shared.version.get().wrapping_sub(delayed.into()),
                looks_before: shared.looks.get(),
                shared,
                own_driver: None,
            };
        }
        let shared = Rc::new(Loop {
            id: id.to_owned(),
            // An id of a server that can't be one is answered with `not_found`.
            path: ["/generations/", &encode_id(id).unwrap_or_default()].concat(),
            watchers: Cell::new(1),
            looks: Cell::new(0),
            last: RefCell::new(None),
            version: Cell::new(0),
            due_ms: Cell::new(due_ms),
            slow: Cell::new(slow),
            wakers: RefCell::default(),
            driver: RefCell::default(),
        });
        let driver = Box::pin(drive(Rc::clone(self), Rc::clone(&shared)));
        let own_driver = if self.config.workerd {
            Some(driver as Boxed<()>)
        } else {
            let mut loops = self.loops.borrow_mut();
            loops.retain(|running| running.strong_count() > 0);
            loops.push(Rc::downgrade(&shared));
            spawn_local(driver);
            None
        };
        Watcher { shared, seen: 0, looks_before: 0, own_driver }
    }
}

impl Watcher {
    /// The next thing that happens.
    pub(crate) async fn next(&mut self) -> Event {
        poll_fn(|context| {
            if let Some(driver) = &mut self.own_driver
                && driver.as_mut().poll(context).is_ready()
            {
                self.own_driver = None;
            }
            if self.shared.version.get() != self.seen
                && let Some(event) = self.shared.last.borrow().clone()
            {
                self.seen = self.shared.version.get();
                return Poll::Ready(event);
            }
            let mut wakers = self.shared.wakers.borrow_mut();
            if !wakers.iter().any(|waker| waker.will_wake(context.waker())) {
                wakers.push(context.waker().clone());
            }
            Poll::Pending
        })
        .await
    }

    /// Whether a look was made since this watcher came.
    pub(crate) fn has_looked(&self) -> bool {
        self.shared.looks.get() != self.looks_before
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        self.shared.watchers.set(self.shared.watchers.get().saturating_sub(1));
        wake(&self.shared.driver);
    }
}

fn wake(slot: &RefCell<Option<Waker>>) {
    let waker = slot.borrow_mut().take();
    if let Some(waker) = waker {
        waker.wake();
    }
}

impl Loop {
    fn publish(&self, event: Event) {
        *self.last.borrow_mut() = Some(event);
        self.version.set(self.version.get().wrapping_add(1));
        let wakers = std::mem::take(&mut *self.wakers.borrow_mut());
        wakers.into_iter().for_each(Waker::wake);
    }

    fn has_looked(&self) {
        self.looks.set(self.looks.get().wrapping_add(1));
    }
}

/// The loop itself; it ends with the generation, with a failure for good, or with its last watcher.
async fn drive(core: Rc<Core>, shared: Rc<Loop>) {
    let mut looking = Box::pin(look_until_ended(Rc::clone(&core), Rc::clone(&shared)));
    poll_fn(|context| {
        if shared.watchers.get() == 0 {
            return Poll::Ready(());
        }
        *shared.driver.borrow_mut() = Some(context.waker().clone());
        looking.as_mut().poll(context)
    })
    .await;
    // What comes now for the same id begins a loop of its own.
    core.loops.borrow_mut().retain(|running| !std::ptr::eq(running.as_ptr(), Rc::as_ptr(&shared)));
}

async fn look_until_ended(core: Rc<Core>, shared: Rc<Loop>) {
    let mut last_look_ms = None;
    let mut looks: u32 = 0;
    loop {
        // Woken whenever a new watcher may have moved `due_ms` forward.
        loop {
            let wait_ms = earliest_look_ms(last_look_ms, shared.due_ms.get()) - now_ms();
            if wait_ms <= 0.0 || sleep_until_moved(&shared, wait_ms).await {
                break;
            }
        }
        last_look_ms = Some(now_ms());
        shared.due_ms.set(f64::INFINITY);
        let on_delay = {
            let shared = Rc::clone(&shared);
            Rc::new(move |delay: Delay<'_>| {
                if delay.was_sent {
                    shared.has_looked();
                }
                shared.publish(Event::Delayed {
                    until_ms: now_ms() + delay.delay_ms,
                    failure: delay.failure.clone(),
                });
            })
        };
        let mut call = core.call(shared.path.clone(), Body::None, None, is_generation);
        // A look that fails for a passing reason never ends a wait: each watcher has a limit of its own.
        call.max_retries = u32::MAX;
        call.patience_ms = f64::INFINITY;
        call.on_delay = Some(on_delay);
        call.is_look = true;
        let result = core.send(&call).await;
        looks = looks.saturating_add(1);
        shared.has_looked();
        match result.map(Generation::of) {
            Ok(Some(generation)) => {
                let ended = generation.status.is_terminal();
                if generation.model().as_deref().is_some_and(is_slow) {
                    shared.slow.set(true);
                }
                shared.publish(Event::Seen(generation));
                if ended {
                    return;
                }
            }
            Ok(None) => {}
            Err(failure) => return shared.publish(Event::Ended(failure)),
        }
        let next_ms = now_ms() + Guidance::for_kind(shared.slow.get()).next_delay_ms(looks);
        shared.due_ms.set(shared.due_ms.get().min(next_ms));
    }
}

/// Sleeps for `wait_ms`; false where a new watcher moved the time forward meanwhile.
async fn sleep_until_moved(shared: &Loop, wait_ms: f64) -> bool {
    let due_ms = shared.due_ms.get();
    let mut moved =
        pin!(poll_fn(|_| if shared.due_ms.get() < due_ms { Poll::Ready(()) } else { Poll::Pending }));
    !ends_within(wait_ms, moved.as_mut()).await
}

impl Core {
    /// All loops together make at most five looks a second, repeats of failed ones included. Who waits for a place takes none: a wait that is
    /// aborted leaves the queue as if it had never come. On Workers, where no call may be woken by another, places are taken in advance.
    pub(crate) async fn share_of_looks(&self) {
        if self.config.workerd {
            let delay_ms = self.spacing.borrow_mut().reserve(now_ms());
            return sleep(delay_ms).await;
        }
        let _turn = self.look_turns.enter().await;
        loop {
            let delay_ms = self.spacing.borrow().delay_ms(now_ms());
            if delay_ms <= 0.0 {
                break;
            }
            sleep(delay_ms).await;
        }
        self.spacing.borrow_mut().reserve(now_ms());
    }
}

/// Long jobs are looked at less often (contract, section 6).
fn is_slow(model: &str) -> bool {
    catalogue::find(model)
        .is_some_and(|model| matches!(model.capability(), Capability::Video | Capability::Audio))
}

/// An id that can't be one.
pub(crate) fn no_id() -> Error {
    wrong_argument(&["id must be an id of the API: a string that is not empty, \".\" or \"..\""])
}
