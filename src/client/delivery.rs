//! What is noted when the end of a generation is handed over, and of one that the API knows no more.

use std::future::Future;
use std::rc::Rc;

use super::answers::status_of;
use super::detached::to_its_end;
use super::entry::{Changes, Entry, State};
use super::failure::Failure;
use super::shared::Shared;
use crate::contract::generation::Status;
use crate::futures::race::all;
use crate::platform::{Local, Platform};
use crate::policy::journal::{Fate, after_poll};

/// Notes what is handed over: afterwards, for a tab that closes in between shall get its picture again. But a Worker
/// may be stopped as soon as its answer has left: there it is noted before.
pub(crate) async fn note<P: Platform>(shared: &Shared<P>, noting: impl Future<Output = ()> + 'static) {
    let platform = &*shared.core.platform;
    if platform.separates_calls() {
        to_its_end(platform, noting).await;
    } else {
        platform.spawn(Box::pin(noting));
    }
}

/// Notes that the end of an entry's generation is handed over.
pub(crate) async fn deliver<P: Platform>(
    shared: &Rc<Shared<P>>,
    mut entry: Entry,
    generation: &P::Answer,
    took_ms: Option<f64>,
) {
    let has_succeeded = status_of(generation) == Some(Status::Succeeded);
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
    note(shared, async move { drop(all([noting_duration, noting_entry].into_iter()).await) }).await;
}

/// Marks the entries of a generation as told: its end is handed over to somebody who waited by its id.
pub(crate) async fn told_of_end<P: Platform>(shared: &Rc<Shared<P>>, id: &str, generation: &P::Answer) {
    let has_succeeded = status_of(generation) == Some(Status::Succeeded);
    let (journal, id) = (shared.journal.clone(), id.to_owned());
    let noting = async move {
        let changes = has_succeeded.then(|| journal.delivered());
        journal.told(&id, changes).await;
    };
    note(shared, noting).await;
}

/// What a poll comes to; the entries of a generation that the API knows no more are lost.
pub(crate) async fn unless_lost<P: Platform, T>(
    shared: &Shared<P>,
    id: &str,
    polled: Result<T, Failure<P::Answer>>,
) -> Result<T, Failure<P::Answer>> {
    if let Err(failure) = &polled
        && is_lost(failure)
    {
        shared.journal.told(id, Some(Changes::state(State::Lost))).await;
    }
    polled
}

pub(crate) fn is_lost<A>(failure: &Failure<A>) -> bool {
    after_poll(failure.status, &failure.code) == Fate::IsLost
}
