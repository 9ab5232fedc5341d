//! Submissions that are not delivered yet: written before they are sent, with the exact bytes, so that a closed tab or
//! a lost answer costs nothing. This is the one file that writes them; when an entry goes, `policy::entry_fate` says.

mod listing;

use std::cell::Cell;
use std::future::Future;
use std::rc::Rc;
use std::time::Duration;

use super::detached::to_its_end;
use super::entry::{Changes, Entry, State};
use super::settings::Settings;
use super::store::BoundedStore;
use crate::contract::fingerprint::fingerprint;
use crate::contract::value::Value;
use crate::futures::keyed::KeyedTurns;
use crate::futures::slot::Slot;
use crate::futures::sorted_map::SortedMap;
use crate::millis::duration;
use crate::platform::Platform;
use crate::policy::entry_fate::{LIFETIME_MS, is_over};

/// Once in so many deliveries, all entries that were delivered over a day ago are removed.
const DELIVERIES_PER_SWEEP: u32 = 32;

/// What lies under a key.
#[derive(Debug)]
pub(crate) enum Found {
    Entry(Entry),
    /// Nothing.
    Nothing,
    /// Nobody can tell: the store failed, or holds what is no entry of this version. The changes are those that this
    /// client has made and the store may not have.
    Unreadable(Changes),
}

/// What lies where an entry is to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// Nothing.
    Free,
    /// What can't be read: it is left alone.
    Unreadable,
}

/// A submission that was not delivered yet, as a caller sees it.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Pending {
    /// With it [`super::Engine::resume`] goes on.
    pub idempotency_key: String,
    /// Once it is known.
    pub generation_id: Option<String>,
    /// What was asked for.
    pub model: String,
    /// What was asked for.
    pub prompt: Option<String>,
    /// When it was begun, since 1970.
    pub started_at: Duration,
    /// What is known of it.
    pub state: State,
    /// Whether a call is at it now, in whichever page.
    pub is_active: bool,
    /// Until when it may be sent again where no answer to its submission was seen, since 1970.
    pub safe_until: Duration,
}

pub(crate) struct Journal<P>(Rc<Inner<P>>);

struct Inner<P> {
    platform: Rc<P>,
    store: Rc<BoundedStore<P>>,
    prefix: String,
    /// How many calls of this client are at a key now.
    active: Slot<SortedMap<String, usize>>,
    /// Changes that the store may not have yet, by key: a store takes its time, or fails, and a read must see them at
    /// once.
    writing: Slot<SortedMap<String, Rc<Writing>>>,
    /// Keys under which the store holds what can't be read: nothing is written there.
    unreadable_keys: Slot<Vec<String>>,
    /// Makes the writes of one key follow each other: in a store over a network, a removal under way could otherwise
    /// arrive after the entry that is written behind it.
    turns: KeyedTurns,
    deliveries: Cell<u32>,
}

#[derive(Clone, Default, PartialEq)]
struct Writing {
    is_gone: bool,
    changes: Changes,
}

impl<P: Platform> Journal<P> {
    /// Entries belong to a base URL and an account: what another one's client wrote is not seen.
    pub(crate) fn new(platform: Rc<P>, store: Rc<BoundedStore<P>>, settings: &Settings) -> Self {
        let account = settings.account.clone().map_or(Value::Null, Value::String);
        let owner = Value::List(vec![Value::String(settings.base_url.clone()), account]);
        let prefix = ["rivya-wasm/", &fingerprint(&platform.to_json(&owner)), "/"].concat();
        // A page sweeps with its first delivery. A client of a Worker may serve one request alone, which would wait for
        // it.
        let deliveries = Cell::new(u32::from(platform.separates_calls()));
        Self(Rc::new(Inner {
            platform,
            store,
            prefix,
            active: Slot::default(),
            writing: Slot::default(),
            unreadable_keys: Slot::default(),
            turns: KeyedTurns::default(),
            deliveries,
        }))
    }

    /// The name of an entry in the store, and of the mark of the calls that work on it.
    pub(crate) fn name_of(&self, key: &str) -> String {
        self.0.name_of(key)
    }

    /// The name of the lock that a submission holds. No entry's name begins like it.
    pub(crate) fn submission_lock_of(&self, key: &str) -> String {
        ["rivya-wasm/submission/", &self.name_of(key)].concat()
    }

    /// The entry of a key, unless it was delivered over a day ago.
    pub(crate) async fn find(&self, key: &str) -> Found {
        match self.0.read(key).await {
            Found::Entry(entry) if is_over(entry.delivered_ms, self.0.platform.wall_ms()) => Found::Nothing,
            found => found,
        }
    }

    /// Writes the entry of a submission that is about to be sent.
    pub(crate) async fn begin(&self, entry: &mut Entry, place: Place) {
        let inner = &self.0;
        entry.started_ms = inner.platform.wall_ms();
        inner.writing.with(|writing| writing.remove(entry.key.as_str()));
        inner.unreadable_keys.with(|unreadable_keys| {
            unreadable_keys.retain(|key| *key != entry.key);
            if place == Place::Unreadable {
                unreadable_keys.push(entry.key.clone());
            }
        });
        let (inner, entry) = (inner.clone(), entry.clone());
        to_its_end(&*self.0.platform, async move { inner.in_turn(&entry.key, inner.set(&entry)).await })
            .await;
    }

    /// Changes an entry that is still there: one that was forgotten meanwhile is not written again.
    pub(crate) async fn change(&self, entry: &mut Entry, changes: Changes) {
        entry.apply(&changes);
        let inner = &self.0;
        if inner.writing.with(|writing| writing.get(entry.key.as_str()).is_some_and(|now| now.is_gone)) {
            return;
        }
        let noted =
            inner.note(&entry.key, |before| Writing { is_gone: false, changes: before.then(&changes) });
        let (inner, entry) = (inner.clone(), entry.clone());
        let writing = async move {
            if inner.in_turn(&entry.key, inner.set_if_there(&entry)).await {
                inner.forget_note(&entry.key, &noted);
            }
        };
        to_its_end(&*self.0.platform, writing).await;
    }

    /// Takes an entry off, whatever lies there.
    pub(crate) async fn forget(&self, key: &str) {
        self.0.unreadable_keys.with(|unreadable_keys| unreadable_keys.retain(|other| other != key));
        self.remove(key).await;
    }

    pub(crate) async fn remove(&self, key: &str) {
        let noted = self.0.note(key, |changes| Writing { is_gone: true, changes });
        let (inner, key) = (self.0.clone(), key.to_owned());
        let writing = async move {
            let name = inner.name_of(&key);
            let deleting = async { inner.store.delete(&name).await.is_ok() };
            if inner.in_turn(&key, deleting).await {
                inner.forget_note(&key, &noted);
            }
        };
        to_its_end(&*self.0.platform, writing).await;
    }

    /// The result of an entry was handed over, just now.
    pub(crate) async fn deliver(&self, entry: &mut Entry) {
        self.change(entry, self.delivered()).await;
        let deliveries = self.0.deliveries.get();
        self.0.deliveries.set(deliveries.wrapping_add(1));
        if deliveries.is_multiple_of(DELIVERIES_PER_SWEEP) {
            self.list(f64::INFINITY, |_| false).await;
        }
    }

    /// What an entry becomes when its result was handed over.
    pub(crate) fn delivered(&self) -> Changes {
        Changes { id: None, state: Some(State::Succeeded), delivered_ms: Some(self.0.platform.wall_ms()) }
    }

    /// Marks a key as being at work, for all pages, until what it answers is dropped.
    pub(crate) async fn mark(&self, key: &str) -> Mark<P> {
        self.0.active.with(|active| {
            let calls = active.get(key).copied().unwrap_or_default();
            active.insert(key.to_owned(), calls.saturating_add(1));
        });
        let mut mark = Mark { inner: self.0.clone(), key: key.to_owned(), _lock: None };
        mark._lock = self.0.platform.mark(&self.name_of(key)).await;
        mark
    }

    /// What was not delivered yet, oldest first.
    pub(crate) async fn pending(&self) -> Vec<Pending> {
        let marks = self.0.platform.marks().await;
        let undelivered = self.list(f64::INFINITY, |entry| entry.delivered_ms.is_none()).await.into_iter();
        undelivered
            .map(|entry| Pending {
                is_active: self.0.is_active(&entry.key, &marks),
                idempotency_key: entry.key,
                generation_id: entry.id,
                model: entry.model,
                prompt: entry.prompt,
                started_at: duration(entry.started_ms),
                state: entry.state,
                safe_until: duration(entry.started_ms + LIFETIME_MS),
            })
            .collect()
    }
}

impl<P> Clone for Journal<P> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

/// See [`Journal::mark`].
pub(crate) struct Mark<P: Platform> {
    inner: Rc<Inner<P>>,
    key: String,
    _lock: Option<P::Lock>,
}

impl<P: Platform> Drop for Mark<P> {
    fn drop(&mut self) {
        self.inner.active.with(|active| {
            if let Some(calls) = active.get_mut(self.key.as_str()) {
                *calls = calls.saturating_sub(1);
                if *calls == 0 {
                    active.remove(self.key.as_str());
                }
            }
        });
    }
}

impl<P: Platform> Inner<P> {
    fn name_of(&self, key: &str) -> String {
        [&self.prefix, key].concat()
    }

    /// Whether a call is at a key, in this page or in one of those that have `marks`.
    fn is_active(&self, key: &str, marks: &[String]) -> bool {
        self.active.with(|active| active.contains(key)) || marks.contains(&self.name_of(key))
    }

    async fn read(&self, key: &str) -> Found {
        let noted = || self.writing.with(|writing| writing.get(key).cloned());
        let before = noted();
        let found = match self.store.get(&self.name_of(key)).await {
            Err(_) => Found::Unreadable(Changes::default()),
            Ok(None) => Found::Nothing,
            Ok(Some(text)) => match Entry::read(&*self.platform, &text, key) {
                Some(entry) => Found::Entry(entry),
                None => {
                    self.warn_of_unreadable();
                    Found::Unreadable(Changes::default())
                }
            },
        };
        // Changes that were made while the store was read apply, and so do those made before, which it may not have.
        match (noted().or(before), found) {
            (Some(writing), _) if writing.is_gone => Found::Nothing,
            (Some(writing), Found::Entry(mut entry)) => {
                entry.apply(&writing.changes);
                Found::Entry(entry)
            }
            (Some(writing), Found::Unreadable(_)) => Found::Unreadable(writing.changes.clone()),
            (_, found) => found,
        }
    }

    fn warn_of_unreadable(&self) {
        let message = "rivya-wasm: the store holds an entry that this version can't read; it is left alone";
        self.platform.warn("unreadable entry", message);
    }

    /// Keeps a change here until the store has it: where the store fails, as long as this client lives. `said` makes it
    /// of the changes that were kept of the entry before.
    fn note(&self, key: &str, said: impl FnOnce(Changes) -> Writing) -> Rc<Writing> {
        self.writing.with(|writing| {
            let before = writing.get(key).map(|before| before.changes.clone()).unwrap_or_default();
            let noted = Rc::new(said(before));
            writing.insert(key.to_owned(), noted.clone());
            noted
        })
    }

    /// Drops a change that the store has by now, unless another one was made since.
    fn forget_note(&self, key: &str, noted: &Rc<Writing>) {
        self.writing.with(|writing| {
            if writing.get(key).is_some_and(|now| Rc::ptr_eq(now, noted)) {
                writing.remove(key);
            }
        });
    }

    /// Writes, after all earlier writes of the key; whether the store has it now.
    async fn in_turn(&self, key: &str, write: impl Future<Output = bool>) -> bool {
        if !self.store.is_there()
            || self.unreadable_keys.with(|unreadable_keys| unreadable_keys.iter().any(|other| other == key))
        {
            return true;
        }
        // Where no call may be woken by another, nobody waits.
        let _turn = if self.platform.separates_calls() { None } else { Some(self.turns.enter(key).await) };
        write.await
    }

    async fn set(&self, entry: &Entry) -> bool {
        self.store.set(&self.name_of(&entry.key), &entry.write(&*self.platform)).await.is_ok()
    }

    async fn set_if_there(&self, entry: &Entry) -> bool {
        match self.store.get(&self.name_of(&entry.key)).await {
            Ok(None) => true,
            // Where the store can't tell, it is written: an id that is lost costs more than an entry too many.
            Ok(Some(_)) | Err(_) => self.set(entry).await,
        }
    }
}
