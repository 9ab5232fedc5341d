//! What the journal notes when a generation's end is delivered to a caller, and when the API no longer knows it.

use std::future::Future;
use std::pin::pin;

use super::core::Core;
use super::detached::start;
use super::entry::{Changes, Entry, State};
use super::failure::Failure;
use super::shared::Shared;
use super::timers::unless_refused;
use crate::contract::generation::Status;
use crate::futures::race::{all, first};
use crate::futures::yield_once::yield_once;
use crate::platform::{Local, Platform};
use crate::policy::entry_fate::{Fate, after_poll};
use crate::policy::waiting::store_ends_at_ms;

/// Runs `noting`, which writes a delivery to the journal. In a page it runs after the result was handed over: a tab
/// that closes in between then gets its picture again. A Worker may be stopped as soon as its answer has left: there
/// the call waits for it. `limit_at_ms`: of the wait that ends.
pub(crate) async fn note_delivery<P: Platform>(
    core: &Core<P>,
    limit_at_ms: f64,
    noting: impl Future<Output = ()> + 'static,
) {
    // A caller that drops the call from within the callback of its last poll gets no result: nothing must be noted.
    yield_once().await;
    if core.platform.separates_calls() {
        wait_until_noted(core, limit_at_ms, noting).await;
    } else {
        core.platform.spawn(Box::pin(noting));
    }
}

/// Waits for `noting`, but not beyond the limit of a wait: then it goes on in a task of its own.
pub(crate) async fn wait_until_noted<P: Platform>(
    core: &Core<P>,
    limit_at_ms: f64,
    noting: impl Future<Output = ()> + 'static,
) {
    let noting = start(&*core.platform, noting);
    let ends_at_ms = store_ends_at_ms(limit_at_ms, core.now_ms());
    let waiting = pin!(async { Ok(first(noting, core.sleep_until(ends_at_ms)).await) });
    // Where the platform sets no timer by which that would end, it is not waited for: what there is is handed over.
    let _ = unless_refused(&*core.platform, waiting).await;
}

/// Notes that the end of an entry's generation is handed over.
pub(crate) async fn deliver<P: Platform>(
    shared: &Shared<P>,
    mut entry: Entry,
    status: Status,
    took_ms: Option<f64>,
    limit_at_ms: f64,
) {
    let has_succeeded = status == Status::Succeeded;
    let (journal, durations) = (shared.journal.clone(), shared.durations.clone());
    let (model, took_ms) = (entry.model.clone(), took_ms.filter(|took_ms| has_succeeded && *took_ms > 0.0));
    let noting_duration: Local<()> = Box::pin(async move {
        if let Some(took_ms) = took_ms {
            durations.note(&model, took_ms).await;
        }
    });
    let noting_entry: Local<()> = Box::pin(async move {
        if has_succeeded {
            journal.deliver(&mut entry).await;
        } else {
            journal.remove(&entry.key).await;
        }
    });
    // Side by side: a Worker's caller waits for both.
    let noting = async move { drop(all([noting_duration, noting_entry].into_iter()).await) };
    note_delivery(&shared.core, limit_at_ms, noting).await;
}

/// Notes in all entries of a generation that its end is delivered: to a caller who waited by its id.
pub(crate) async fn note_end_by_id<P: Platform>(
    shared: &Shared<P>,
    id: &str,
    status: Status,
    limit_at_ms: f64,
) {
    let has_succeeded = status == Status::Succeeded;
    let (journal, id) = (shared.journal.clone(), id.to_owned());
    let noting = async move {
        let changes = has_succeeded.then(|| journal.delivered());
        journal.told(&id, changes).await;
    };
    note_delivery(&shared.core, limit_at_ms, noting).await;
}

/// Passes a poll's outcome on; where the API no longer knows the generation, its entries become `lost` first.
pub(crate) async fn mark_lost_entries<P: Platform, T>(
    shared: &Shared<P>,
    id: &str,
    polled: Result<T, Failure<P::Answer>>,
    limit_at_ms: f64,
) -> Result<T, Failure<P::Answer>> {
    if let Err(failure) = &polled
        && is_lost(failure)
    {
        let (journal, id) = (shared.journal.clone(), id.to_owned());
        let noting = async move { journal.told(&id, Some(Changes::state(State::Lost))).await };
        wait_until_noted(&shared.core, limit_at_ms, noting).await;
    }
    polled
}

pub(crate) fn is_lost<A>(failure: &Failure<A>) -> bool {
    after_poll(failure.status, &failure.code) == Fate::IsLost
}
