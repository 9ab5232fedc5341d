//! Polls of a generation until it ends. All who wait for one id share one loop, which any of their tasks drives; it
//! runs as long as somebody watches. Where no call may be woken by another, each watcher has a loop of its own.

use std::cell::Cell;
use std::rc::{Rc, Weak};
use std::sync::Arc;
use std::task::{Context, Waker};
use std::time::Duration;

use super::answers::{Expected, status_of};
use super::attempts::{Call, send};
use super::core::Core;
use super::failure::Failure;
use super::observer::Observer;
use super::poll_inbox::{Event, Inbox, Polled};
use super::sent_attempts::Sent;
use super::time::sleep_time;
use crate::contract::catalogue::{self, Capability};
use crate::contract::path::encode_id;
use crate::futures::race::first;
use crate::futures::signal::{Bell, Signal};
use crate::futures::slot::Slot;
use crate::futures::sorted_map::SortedMap;
use crate::platform::{Answer, Local, Platform};
use crate::policy::clock::Moment;
use crate::policy::learned::Learned;
use crate::policy::observed::observed_ms;
use crate::policy::polling::{Guidance, earliest_poll_ms, hidden_delay_ms};

type ById<P> = SortedMap<String, Weak<PollLoop<P>>>;

/// Running loops by the id that they poll.
pub(crate) struct Loops<P: Platform>(Rc<Slot<ById<P>>>);

impl<P: Platform> Default for Loops<P> {
    fn default() -> Self {
        Self(Rc::default())
    }
}

impl<P: Platform> Clone for Loops<P> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<P: Platform> Loops<P> {
    pub(crate) fn count(&self) -> usize {
        self.0.with(|loops| loops.len())
    }

    /// The loop of an id, begun if there is none. Where no call may be woken by another, each has one of its own.
    pub(crate) fn of(&self, core: &Rc<Core<P>>, id: &str) -> Rc<PollLoop<P>> {
        let running = self.0.with(|loops| loops.get(id).and_then(Weak::upgrade));
        running.unwrap_or_else(|| {
            let begun = PollLoop::begin(core.clone(), self.clone(), id);
            if !core.platform.separates_calls() {
                self.0.with(|loops| loops.insert(id.to_owned(), Rc::downgrade(&begun)));
            }
            begun
        })
    }

    /// Takes a loop off the list: whoever watches the same id from now on begins a new one. The loop of an entry may be
    /// the one that is being dropped, which can't be upgraded any more.
    fn forget(&self, id: &str, state: &Rc<LoopState<P::Answer>>) {
        self.0.with(|loops| {
            let is_ours = |running: Option<Rc<PollLoop<P>>>| {
                running.is_none_or(|running| Rc::ptr_eq(&running.state, state))
            };
            if loops.get(id).is_some_and(|running| is_ours(running.upgrade())) {
                loops.remove(id);
            }
        });
    }
}

/// What is known of a generation by whoever begins to watch it.
#[derive(Clone, Debug, Default)]
pub(crate) struct KnownGeneration {
    pub(crate) model: Option<String>,
    /// When it was submitted.
    pub(crate) started: Option<Moment>,
    /// How long others of its model took.
    pub(crate) seen_ms: Vec<f64>,
    /// How much of the wait is left, where it was submitted just now: the first poll comes within that. `None`: it
    /// comes at once.
    pub(crate) left_ms: Option<f64>,
}

/// A loop, and the future that polls. Dropped with its last watcher.
pub(crate) struct PollLoop<P: Platform> {
    pub(crate) core: Rc<Core<P>>,
    loops: Loops<P>,
    id: String,
    pub(crate) state: Rc<LoopState<P::Answer>>,
    polling: Slot<Option<Local<()>>>,
}

/// What a loop and its watchers share.
pub(crate) struct LoopState<A> {
    /// Wakes all watchers: whoever drove the loop last may be gone when what it waits for comes.
    pub(crate) bell: Arc<Bell>,
    inboxes: Slot<Vec<Rc<Inbox<A>>>>,
    /// No later than this the next poll is due.
    due_ms: Cell<f64>,
    hastened: Signal,
    guidance: Cell<Guidance>,
    started: Cell<Option<Moment>>,
    learned: Slot<Option<Rc<Learned>>>,
    /// The pause or the outage under way, told to every watcher that joins during it.
    delay: Slot<Option<Event<A>>>,
    /// Polls that were sent, and those of them that were answered or failed.
    pub(crate) sent: Cell<u32>,
    pub(crate) polled: Cell<u32>,
}

impl<P: Platform> PollLoop<P> {
    fn begin(core: Rc<Core<P>>, loops: Loops<P>, id: &str) -> Rc<Self> {
        let state = Rc::new(LoopState {
            bell: Arc::default(),
            inboxes: Slot::default(),
            due_ms: Cell::new(f64::INFINITY),
            hastened: Signal::default(),
            guidance: Cell::default(),
            started: Cell::new(None),
            learned: Slot::default(),
            delay: Slot::default(),
            sent: Cell::new(0),
            polled: Cell::new(0),
        });
        let polling =
            Polling { core: core.clone(), loops: loops.clone(), id: id.to_owned(), state: state.clone() };
        Rc::new(Self {
            core,
            loops,
            id: id.to_owned(),
            state,
            polling: Slot::new(Some(Box::pin(polling.run()))),
        })
    }

    /// Adds a watcher, which gets events until [`PollLoop::leave`].
    pub(crate) fn join(&self, known: KnownGeneration) -> Rc<Inbox<P::Answer>> {
        let Self { core, state, .. } = self;
        let now_ms = core.now_ms();
        let inbox = Rc::new(Inbox::default());
        state.inboxes.with(|inboxes| inboxes.push(inbox.clone()));
        state.know(known.model.as_deref(), known.started, &known.seen_ms);
        // A poll under way counts as sent for this watcher, too: it will learn from its answer.
        if state.sent.get() > state.polled.get() {
            inbox.on_send(now_ms);
        }
        if let Some(delay) = state.delay.get().filter(|delay| delay.is_delay_at(now_ms)) {
            inbox.tell(delay);
        }
        let first_poll_ms = known.left_ms.map_or(0.0, |left_ms| left_ms.min(state.interval_ms(&**core, 0)));
        state.hasten(now_ms + first_poll_ms);
        inbox
    }

    /// Goes on with the polls, as far as they can go now.
    pub(crate) fn drive(&self) {
        let Some(mut polling) = self.polling.take() else { return };
        let waker = Waker::from(self.state.bell.clone());
        if polling.as_mut().poll(&mut Context::from_waker(&waker)).is_pending() {
            self.polling.set(Some(polling));
        }
    }

    /// A watcher is gone.
    pub(crate) fn leave(&self, inbox: &Rc<Inbox<P::Answer>>) {
        self.state.inboxes.with(|inboxes| inboxes.retain(|other| !Rc::ptr_eq(other, inbox)));
        // Another one drives the loop from now on.
        self.state.bell.ring();
    }

    pub(crate) fn expected(&self) -> Option<Duration> {
        self.state.learned.get().and_then(|learned| learned.expected())
    }
}

impl<P: Platform> Drop for PollLoop<P> {
    fn drop(&mut self) {
        self.loops.forget(&self.id, &self.state);
    }
}

impl<A: Answer> LoopState<A> {
    fn hasten(&self, due_ms: f64) {
        if due_ms < self.due_ms.get() {
            self.due_ms.set(due_ms);
            self.hastened.raise();
        }
    }

    fn know(&self, model: Option<&str>, started: Option<Moment>, seen_ms: &[f64]) {
        let model = model.and_then(catalogue::find);
        if model.is_some_and(|model| matches!(model.capability(), Capability::Video | Capability::Audio)) {
            self.guidance.set(Guidance::LongJobs);
        }
        self.started.set(self.started.get().or(started));
        if self.learned.get().is_none() && started.is_some() && !seen_ms.is_empty() {
            self.learned.set(Some(Rc::new(Learned::from_millis(seen_ms, self.guidance.get()))));
        }
    }

    /// How long until the next poll, after so many. A hidden tab polls rarely: nobody looks at it.
    fn interval_ms<P: Platform<Answer = A>>(&self, core: &Core<P>, polls: u32) -> f64 {
        let is_hidden = core.platform.is_hidden();
        match (self.learned.get(), self.age_ms(core.moment())) {
            (Some(learned), Some(age_ms)) if !is_hidden => learned.next_delay_ms(age_ms, polls),
            _ if is_hidden => hidden_delay_ms(self.guidance.get().next_delay_ms(polls)),
            _ => self.guidance.get().next_delay_ms(polls),
        }
    }

    /// How long ago it was submitted.
    fn age_ms(&self, now: Moment) -> Option<f64> {
        self.started.get().map(|started| started.elapsed_ms(now))
    }

    fn publish(&self, event: Event<A>) {
        self.delay.set(Some(event.clone()).filter(Event::is_delay));
        for inbox in self.inboxes.get() {
            inbox.tell(event.clone());
        }
        self.bell.ring();
    }
}

/// The future of a loop.
struct Polling<P: Platform> {
    core: Rc<Core<P>>,
    loops: Loops<P>,
    id: String,
    state: Rc<LoopState<P::Answer>>,
}

impl<P: Platform> Polling<P> {
    async fn run(self) {
        // A tab that becomes visible, or comes online, polls at once.
        let returns = async {
            loop {
                self.core.platform.returned().await;
                self.state.hasten(self.core.now_ms());
            }
        };
        first(self.poll_until_ended(), returns).await;
    }

    async fn poll_until_ended(&self) {
        let Self { core, state, .. } = self;
        // An answer's id may be invalid: its empty path is answered with `not_found`.
        let path = ["/generations/", &encode_id(&self.id).unwrap_or_default()].concat();
        let mut last_poll_ms = None;
        let mut unfinished_age_ms = None;
        for polls in 1.. {
            self.until_due(last_poll_ms).await;
            state.due_ms.set(f64::INFINITY);
            let generation = match self.poll(&path).await {
                Ok(generation) => generation,
                Err(failure) => return self.finish(Event::Failed { failure }),
            };
            // Not from when it was due: it may have waited for its place, for a pause, or for repeats.
            last_poll_ms = Some(core.now_ms());
            state.polled.set(state.polled.get().saturating_add(1));
            state.know(generation.text(&["model"]).as_deref(), None, &[]);
            let status = status_of(&generation);
            if status.is_terminal() {
                let took_ms = self.took_ms(&generation, unfinished_age_ms);
                return self.finish(Event::Polled(Polled { generation, status, took_ms }));
            }
            unfinished_age_ms = state.age_ms(core.moment());
            state.publish(Event::Polled(Polled { generation, status, took_ms: None }));
            let next_ms = core.now_ms() + state.interval_ms(&**core, polls);
            state.due_ms.set(state.due_ms.get().min(next_ms));
        }
    }

    async fn until_due(&self, last_poll_ms: Option<f64>) {
        let Self { core, state, .. } = self;
        loop {
            let wait_ms = earliest_poll_ms(last_poll_ms, state.due_ms.get()) - core.now_ms();
            if wait_ms <= 0.0 {
                return;
            }
            first(core.platform.sleep(sleep_time(wait_ms)), state.hastened.raised()).await;
        }
    }

    /// A poll that fails for a passing reason never ends a wait: each watcher has a limit of its own.
    async fn poll(&self, path: &str) -> Result<P::Answer, Failure<P::Answer>> {
        let sent = Sent::without_a_key();
        let observer = PollObserver { core: &self.core, state: &self.state };
        let call = Call {
            is_poll: true,
            limit_at_ms: Some(f64::INFINITY),
            observer: &observer,
            ..Call::get(path, Expected::Generation, &sent)
        };
        send(&self.core, &call).await
    }

    /// How long it took, where it is known when it began. `unfinished_age_ms`: how old it was at the last poll that
    /// found it unfinished.
    fn took_ms(&self, generation: &P::Answer, unfinished_age_ms: Option<f64>) -> Option<f64> {
        let date_ms =
            |key| generation.text(&[key]).map_or(f64::NAN, |date| self.core.platform.date_ms(&date));
        let stated_ms = date_ms("updated_at") - date_ms("created_at");
        let age_ms = self.state.age_ms(self.core.moment())?;
        Some(observed_ms(unfinished_age_ms, age_ms, Some(stated_ms)))
    }

    /// Publishes the last event and leaves the list of loops in the same turn: a late watcher then starts a new loop.
    fn finish(&self, event: Event<P::Answer>) {
        self.state.publish(event);
        self.loops.forget(&self.id, &self.state);
    }
}

/// Tells the watchers of a loop how its poll goes on.
struct PollObserver<'a, P: Platform> {
    core: &'a Core<P>,
    state: &'a LoopState<P::Answer>,
}

impl<P: Platform> PollObserver<'_, P> {
    fn delay(&self, failure: &Failure<P::Answer>, delay_ms: f64) {
        let until_ms = self.core.now_ms() + delay_ms;
        self.state.publish(Event::Delayed { failure: failure.clone(), until_ms });
    }
}

impl<P: Platform> Observer<P::Answer> for PollObserver<'_, P> {
    fn on_send(&self) {
        self.state.sent.set(self.state.sent.get().saturating_add(1));
        for inbox in self.state.inboxes.get() {
            inbox.on_send(self.core.now_ms());
        }
        self.state.bell.ring();
    }

    fn on_repeat(&self, failure: &Failure<P::Answer>, delay_ms: f64) {
        self.state.polled.set(self.state.polled.get().saturating_add(1));
        self.delay(failure, delay_ms);
    }

    fn on_pause(&self, failure: &Failure<P::Answer>, delay_ms: f64) {
        self.delay(failure, delay_ms);
    }

    fn on_offline(&self, failure: &Failure<P::Answer>, since_ms: f64) {
        // What failed was a poll, too.
        self.state.polled.set(self.state.sent.get());
        self.state.publish(Event::Offline { failure: failure.clone(), since_ms });
    }

    fn on_online(&self) {
        // Nobody who waits, or joins from now on, is told of an outage that is over.
        self.state.publish(Event::Online);
    }
}
