//! The whole job: check, submit once, wait; and the same again from where it stopped.

use std::rc::Rc;
use std::time::Duration;

use super::answers::{Expected, result_of, status_of};
use super::attempts::{Call, send};
use super::delivery::{deliver, is_lost, mark_lost_entries, note_delivery, note_end_by_id, wait_until_noted};
use super::detached::start;
use super::entry::{Changes, Entry, State, Until};
use super::failure::{Failure, Outcome};
use super::journal::Found;
use super::observer::Observer;
use super::poll_inbox::Polled;
use super::poll_loop::KnownGeneration;
use super::preparation::{Preparation, opened, prepare};
use super::progress::{OnProgress, Progress};
use super::request::{GenerateRequest, digest_of};
use super::sent_attempts::Sent;
use super::shared::Shared;
use super::submission::{
    Key, SubmitOptions, after_acceptance, entry_of, submit, unknown_key, unreadable_key,
};
use super::wait::{Begin, Wait};
use crate::contract::path::encode_id;
use crate::contract::validation::Mode;
use crate::futures::yield_once::yield_once;
use crate::millis::{duration, millis};
use crate::platform::Platform;
use crate::policy::clock::Moment;
use crate::policy::entry_fate::SentBefore;
use crate::policy::waiting::store_ends_at_ms;

/// How long a wait goes on. Default: 15 minutes.
pub(crate) const WAIT_TIMEOUT: Duration = Duration::from_secs(900);

/// Options of [`super::Engine::generate`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct GenerateOptions {
    /// A key of your own: the same call again goes on instead of beginning another one. Default: a fresh one.
    pub idempotency_key: Option<String>,
    /// How long it may take in all. Default 15 minutes.
    pub wait_timeout: Duration,
    /// How much is checked, where it is not the client's mode.
    pub validation: Option<Mode>,
    /// Whether progress is told while bytes of files leave, which platforms may need another way to send for; else at
    /// the begin and the end of each. Default true.
    pub tells_bytes: bool,
}

impl Default for GenerateOptions {
    fn default() -> Self {
        Self { idempotency_key: None, wait_timeout: WAIT_TIMEOUT, validation: None, tells_bytes: true }
    }
}

/// `generate`.
pub(crate) async fn generate<P: Platform>(
    shared: &Rc<Shared<P>>,
    request: &GenerateRequest<P::Blob>,
    options: &GenerateOptions,
    on_progress: OnProgress<'_, P::Answer>,
) -> Outcome<P> {
    let key = Key::new(&*shared.core.platform, options.idempotency_key.as_deref())?;
    let request = &opened(&shared.core, request).await?;
    let digest = digest_of(&*shared.core.platform, request);
    if let Found::Entry(known) = entry_of(shared, &key, &digest).await? {
        let limit_at_ms = limit_at_ms(shared, options.wait_timeout);
        let job = EntryWork { key, sent_before: SentBefore::Perhaps, limit_at_ms };
        return carry_out(shared, known, job, on_progress).await;
    }
    let body = prepare(shared, request, &preparation(shared, options, on_progress)).await?;
    on_progress(Progress::Submitting);
    // A caller that drops the call from within this callback must have submitted nothing.
    yield_once().await;
    let entry = draft(shared, &key, request, digest, body, Until::Result);
    let limit_at_ms = limit_at_ms(shared, options.wait_timeout);
    let job = EntryWork { key, sent_before: SentBefore::No, limit_at_ms };
    carry_out(shared, entry, job, on_progress).await
}

/// `resume` by key. `known_id`: the generation's id, where the caller knows it; that generation is waited for where the
/// journal has no such entry any longer.
pub(crate) async fn resume_key<P: Platform>(
    shared: &Rc<Shared<P>>,
    key: &str,
    known_id: Option<&str>,
    wait_timeout: Duration,
    on_progress: OnProgress<'_, P::Answer>,
) -> Outcome<P> {
    let limit_at_ms = limit_at_ms(shared, wait_timeout);
    match shared.journal.find(key).await {
        Found::Entry(entry) => resume(shared, entry, limit_at_ms, on_progress).await,
        found => match known_id {
            Some(id) => wait_until(shared, id, limit_at_ms, on_progress).await,
            None if matches!(found, Found::Nothing) => Err(unknown_key(key)),
            None => Err(unreadable_key(key)),
        },
    }
}

/// `resume` by the id of a generation, which the journal need not know.
pub(crate) async fn resume_id<P: Platform>(
    shared: &Rc<Shared<P>>,
    id: &str,
    wait_timeout: Duration,
    on_progress: OnProgress<'_, P::Answer>,
) -> Outcome<P> {
    let limit_at_ms = limit_at_ms(shared, wait_timeout);
    let read_by_ms = store_ends_at_ms(limit_at_ms, shared.core.now_ms());
    let known = shared.journal.list(read_by_ms, |entry| entry.id.as_deref() == Some(id)).await;
    match known.into_iter().next() {
        Some(entry) => resume(shared, entry, limit_at_ms, on_progress).await,
        None => wait_until(shared, id, limit_at_ms, on_progress).await,
    }
}

async fn resume<P: Platform>(
    shared: &Rc<Shared<P>>,
    entry: Entry,
    limit_at_ms: f64,
    on_progress: OnProgress<'_, P::Answer>,
) -> Outcome<P> {
    let key = Key { text: entry.key.clone(), is_callers: true };
    carry_out(shared, entry, EntryWork { key, sent_before: SentBefore::Perhaps, limit_at_ms }, on_progress)
        .await
}

/// `generations.wait`.
pub(crate) async fn wait_for<P: Platform>(
    shared: &Rc<Shared<P>>,
    id: &str,
    wait_timeout: Duration,
    on_progress: OnProgress<'_, P::Answer>,
) -> Outcome<P> {
    wait_until(shared, id, limit_at_ms(shared, wait_timeout), on_progress).await
}

async fn wait_until<P: Platform>(
    shared: &Rc<Shared<P>>,
    id: &str,
    limit_at_ms: f64,
    on_progress: OnProgress<'_, P::Answer>,
) -> Outcome<P> {
    path_of(id)?;
    let mut wait = Wait::begin(shared, id, Begin::now(&shared.core, limit_at_ms));
    let ended = wait.until_ended(on_progress).await;
    let Polled { generation, status, .. } = mark_lost_entries(shared, id, ended, limit_at_ms).await?;
    note_end_by_id(shared, id, status, limit_at_ms).await;
    result_of(generation, status)
}

/// `generations.create`: its entry goes when the id is handed over.
pub(crate) async fn create<P: Platform>(
    shared: &Rc<Shared<P>>,
    request: &GenerateRequest<P::Blob>,
    options: &GenerateOptions,
    timeout: Option<Duration>,
) -> Outcome<P> {
    let key = Key::new(&*shared.core.platform, options.idempotency_key.as_deref())?;
    let request = &opened(&shared.core, request).await?;
    let digest = digest_of(&*shared.core.platform, request);
    let (mut entry, sent_before) = match entry_of(shared, &key, &digest).await? {
        Found::Entry(known) => (known, SentBefore::Perhaps),
        Found::Nothing | Found::Unreadable(_) => {
            let body = prepare(shared, request, &preparation(shared, options, &|_| ())).await?;
            (draft(shared, &key, request, digest, body, Until::Id), SentBefore::No)
        }
    };
    let _mark = shared.journal.mark(&entry.key).await;
    let how = SubmitOptions { sent_before, timeout, limit_at_ms: None, observer: &() };
    let submitted = if entry.id.is_none() { submit(shared, &mut entry, &key, &how).await? } else { None };
    let generation = match submitted {
        Some(generation) => generation,
        None => retrieve(shared, entry.id.as_deref().unwrap_or_default(), timeout).await?,
    };
    // The entry of a `generate` stays: that call removes it. On Workers the entry of a `create` stays as well, noted as
    // delivered: a caller whose request ends in this moment finds the generation by its key.
    if entry.until == Until::Id {
        let (journal, stays) = (shared.journal.clone(), shared.core.platform.separates_calls());
        let noting = async move {
            if stays { journal.deliver(&mut entry).await } else { journal.remove(&entry.key).await }
        };
        note_delivery(&shared.core, f64::INFINITY, noting).await;
    }
    Ok(generation)
}

/// The path of a generation, below the base URL. An invalid id is refused: `..` would lead to another route.
pub(crate) fn path_of<A>(id: &str) -> Result<String, Failure<A>> {
    let encoded = encode_id(id).ok_or_else(|| {
        let message = "the id of a generation must be one: it is empty, or dots alone".to_owned();
        Failure::new("invalid_option", message)
    })?;
    Ok(["/generations/", &encoded].concat())
}

/// `generations.retrieve`: one poll.
pub(crate) async fn retrieve<P: Platform>(
    shared: &Rc<Shared<P>>,
    id: &str,
    timeout: Option<Duration>,
) -> Outcome<P> {
    let path = path_of(id)?;
    let sent = Sent::without_a_key();
    let call = Call { timeout, ..Call::get(&path, Expected::Generation, &sent) };
    let retrieved = send(&shared.core, &call).await;
    mark_lost_entries(shared, id, retrieved, f64::INFINITY).await
}

fn preparation<'a, P: Platform>(
    shared: &Shared<P>,
    options: &GenerateOptions,
    on_progress: OnProgress<'a, P::Answer>,
) -> Preparation<'a, P::Answer> {
    let mode = options.validation.unwrap_or(shared.core.settings.validation);
    Preparation { mode, tells_bytes: options.tells_bytes, on_progress }
}

fn draft<P: Platform>(
    shared: &Shared<P>,
    key: &Key,
    request: &GenerateRequest<P::Blob>,
    digest: String,
    body: String,
    until: Until,
) -> Entry {
    Entry {
        key: key.text.clone(),
        model: request.model.clone(),
        prompt: request.prompt.clone(),
        started_ms: shared.core.platform.wall_ms(),
        digest,
        body,
        until,
        id: None,
        state: State::Unsubmitted,
        delivered_ms: None,
    }
}

/// What [`carry_out`] has to know beside the entry.
struct EntryWork {
    key: Key,
    sent_before: SentBefore,
    limit_at_ms: f64,
}

/// Brings an entry to its result: submits it where it has no id yet, polls until its generation ends, and notes that it
/// was delivered. The mark tells all pages that a call works on it.
async fn carry_out<P: Platform>(
    shared: &Rc<Shared<P>>,
    mut entry: Entry,
    job: EntryWork,
    on_progress: OnProgress<'_, P::Answer>,
) -> Outcome<P> {
    let _mark = shared.journal.mark(&entry.key).await;
    // Read beside the submission, which does not wait for it.
    let (durations, model) = (shared.durations.clone(), entry.model.clone());
    let seen_ms = start(&*shared.core.platform, async move { durations.of(&model).await });
    let observer = SubmissionObserver { on_progress };
    let how = SubmitOptions {
        sent_before: job.sent_before,
        timeout: None,
        limit_at_ms: Some(job.limit_at_ms),
        observer: &observer,
    };
    let submitted = if entry.id.is_none() { submit(shared, &mut entry, &job.key, &how).await? } else { None };
    let accepted = shared.core.moment();
    // By the wall clock: it may have been begun in another visit.
    let age_ms = (accepted.wall_ms - entry.started_ms).max(0.0);
    let begun = Moment { monotonic_ms: accepted.monotonic_ms - age_ms, wall_ms: accepted.wall_ms - age_ms };
    let (since, started) = match (&submitted, job.sent_before) {
        (Some(_), SentBefore::No) => (accepted, Some(accepted)),
        // If an earlier run has sent it, nobody knows when it was accepted.
        (Some(_), SentBefore::Perhaps) => (begun, None),
        (None, _) => (begun, Some(begun)),
    };
    let known =
        KnownGeneration { model: Some(entry.model.clone()), started, seen_ms: seen_ms.await, left_ms: None };
    let begin = Begin { limit_at_ms: job.limit_at_ms, submitted, since, known };
    let id = entry.id.as_deref().unwrap_or_default();
    let Polled { generation, status, took_ms } = match end(shared, id, begin, on_progress).await {
        Ok(polled) => polled,
        Err(failure) => {
            if is_lost(&failure) {
                let journal = shared.journal.clone();
                let noting = async move { journal.change(&mut entry, Changes::state(State::Lost)).await };
                wait_until_noted(&shared.core, job.limit_at_ms, noting).await;
            }
            return Err(after_acceptance(failure, &job.key));
        }
    };
    deliver(shared, entry, status, took_ms, job.limit_at_ms).await;
    result_of(generation, status).map_err(|failure| after_acceptance(failure, &job.key))
}

/// Polls until the generation ends, which it may have done in the answer to its submission.
async fn end<P: Platform>(
    shared: &Shared<P>,
    id: &str,
    begin: Begin<P::Answer>,
    on_progress: OnProgress<'_, P::Answer>,
) -> Result<Polled<P::Answer>, Failure<P::Answer>> {
    let submitted = begin.submitted.clone().map(|generation| (status_of(&generation), generation));
    if let Some((status, generation)) = submitted.clone().filter(|(status, _)| status.is_terminal()) {
        return Ok(Polled { generation, status, took_ms: None });
    }
    let mut wait = Wait::begin(shared, id, begin);
    if let Some((status, generation)) = submitted {
        wait.report(on_progress, generation, status);
    }
    wait.until_ended(on_progress).await
}

pub(crate) fn limit_at_ms<P: Platform>(shared: &Shared<P>, wait_timeout: Duration) -> f64 {
    shared.core.now_ms() + millis(wait_timeout)
}

/// Tells of an outage during a submission.
struct SubmissionObserver<'a, A> {
    on_progress: OnProgress<'a, A>,
}

impl<A> Observer<A> for SubmissionObserver<'_, A> {
    fn on_offline(&self, _: &Failure<A>, since_ms: f64) {
        (self.on_progress)(Progress::Offline { since: duration(since_ms) });
    }

    fn on_online(&self) {
        (self.on_progress)(Progress::Submitting);
    }
}
