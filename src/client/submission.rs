//! A generation is submitted once: one key and the same bytes over all attempts.

use std::cell::Cell;
use std::pin::pin;
use std::rc::Rc;
use std::time::Duration;

use super::answers::{Expected, id_of, status_of};
use super::attempts::{Call, EXPIRED, Payload, send};
use super::detached::to_its_end;
use super::entry::{Changes, Entry, State};
use super::failure::Failure;
use super::journal::{Found, Place};
use super::observer::Observer;
use super::sent_attempts::{KeyUsed, Sent};
use super::shared::Shared;
use super::timers::unless_refused;
use crate::contract::generation::Status;
use crate::contract::idempotency_key;
use crate::futures::race::{First, first};
use crate::futures::signal::Signal;
use crate::platform::Platform;
use crate::policy::entry_fate::{Fate, SentBefore, after_submission, may_be_sent_again};
use crate::policy::waiting::submission_ends_at_ms;

const OUT_OF_TIME: &str = "The submission was not answered within `waitTimeoutMs`; \
                           `resume` finds out what became of it, under the same idempotency key";
const UNKNOWN: &str = "The journal has no entry under this idempotency key";
const UNREADABLE: &str =
    "The journal can't be read just now, so nobody knows what was sent under this idempotency key";
const CONFLICT: &str =
    "This idempotency key was used before, for another request; a new request needs a new key";

/// The key of a submission.
#[derive(Clone, Debug)]
pub(crate) struct Key {
    pub(crate) text: String,
    /// Whether a caller has chosen it: something else may have been sent under it.
    pub(crate) is_callers: bool,
}

impl Key {
    /// The caller's, or a fresh one.
    pub(crate) fn new<P: Platform>(platform: &P, callers: Option<&str>) -> Result<Self, Failure<P::Answer>> {
        let Some(key) = callers else {
            let text = idempotency_key::from_random(&platform.random_bytes());
            return Ok(Self { text, is_callers: false });
        };
        if !idempotency_key::is_valid(key) {
            let message = "idempotency_key must be 1 to 128 characters of printable ASCII".to_owned();
            return Err(Failure::new("invalid_option", message));
        }
        Ok(Self { text: key.to_owned(), is_callers: true })
    }
}

/// How a submission is made.
pub(crate) struct SubmitOptions<'a, A> {
    /// What the journal said of it when the call began.
    pub(crate) sent_before: SentBefore,
    /// Of one attempt.
    pub(crate) timeout: Option<Duration>,
    /// Where it is part of a wait: a lock that is held elsewhere and the attempts end with it.
    pub(crate) limit_at_ms: Option<f64>,
    pub(crate) observer: &'a dyn Observer<A>,
}

/// Submits what an entry or a draft holds; `None` where another page or call has done so meanwhile: then the entry has
/// its id. Only one call submits a key at a time, over all pages: the second one finds the id of the first one in the
/// journal, and sends nothing.
pub(crate) async fn submit<P: Platform>(
    shared: &Rc<Shared<P>>,
    entry: &mut Entry,
    key: &Key,
    how: &SubmitOptions<'_, P::Answer>,
) -> Result<Option<P::Answer>, Failure<P::Answer>> {
    // Until the journal was read under the lock, another call or page may have sent it under a key of the caller's.
    let sent = Sent::under_a_key(match (how.sent_before, key.is_callers) {
        (SentBefore::Perhaps, _) => KeyUsed::ForTheSame,
        (SentBefore::No, true) => KeyUsed::ForAnything,
        (SentBefore::No, false) => KeyUsed::Never,
    });
    let limit = Limit {
        limit_at_ms: how.limit_at_ms.unwrap_or(f64::INFINITY),
        began_ms: Cell::new(Some(shared.core.now_ms())),
        moved: Signal::default(),
    };
    let work = async {
        let lock = Rc::new(shared.core.platform.lock(&shared.journal.submission_lock_of(&entry.key)).await);
        limit.suspend();
        match begin(shared, entry, key, how.sent_before, &lock).await? {
            Begun::HasItsId => Ok(None),
            Begun::ToBeSent(sent_before) => {
                sent.know(sent_before);
                limit.begin(shared.core.now_ms());
                post(shared, entry, key, &sent, how, sent_before, &lock).await.map(Some)
            }
        }
    };
    let platform = &*shared.core.platform;
    let ended = pin!(async { Ok(first(work, limit.reached(shared, &sent)).await) });
    let ended = unless_refused(platform, ended).await;
    match ended.map_err(|failure| sent.mark(failure, Some(&key.text)))? {
        First::Left(submitted) => submitted,
        First::Right(()) => {
            let failure = sent.failure_at_limit.take();
            let failure =
                failure.unwrap_or_else(|| Failure::new("timeout", OUT_OF_TIME.to_owned()).retryable());
            Err(retryable_if_safe(sent.mark(failure, Some(&key.text)), key))
        }
    }
}

/// When a submission ends because its caller's wait does.
struct Limit {
    limit_at_ms: f64,
    /// When the step under way was begun, which is the lock's or the POST's. `None` while the journal is read or
    /// written: the store has a limit of its own.
    began_ms: Cell<Option<f64>>,
    moved: Signal,
}

impl Limit {
    fn suspend(&self) {
        self.began_ms.set(None);
        self.moved.raise();
    }

    fn begin(&self, now_ms: f64) {
        self.began_ms.set(Some(now_ms));
        self.moved.raise();
    }

    /// Ends when the time is up; never once the API has answered, for an answer is not given up while the journal
    /// writes it.
    async fn reached<P: Platform>(&self, shared: &Shared<P>, sent: &Sent<P::Answer>) {
        loop {
            let end_at_ms = match self.began_ms.get() {
                Some(began_ms) if !sent.is_over.get() => submission_ends_at_ms(self.limit_at_ms, began_ms),
                _ => f64::INFINITY,
            };
            if end_at_ms <= shared.core.now_ms() {
                return;
            }
            if end_at_ms == f64::INFINITY {
                self.moved.raised().await;
            } else {
                first(shared.core.sleep_until(end_at_ms), self.moved.raised()).await;
            }
        }
    }
}

/// What the journal says of a submission under the lock.
enum Begun {
    /// Another page or call has sent it meanwhile, and the entry has its id.
    HasItsId,
    /// Its entry is written.
    ToBeSent(SentBefore),
}

/// Reads what the journal has of a submission before anything is sent, and writes the entry of a new one.
async fn begin<P: Platform>(
    shared: &Shared<P>,
    entry: &mut Entry,
    key: &Key,
    sent_before: SentBefore,
    lock: &Rc<P::Lock>,
) -> Result<Begun, Failure<P::Answer>> {
    let write = async |draft: &Entry, place| {
        let (journal, mut begun) = (shared.journal.clone(), draft.clone());
        let writing = async move {
            journal.begin(&mut begun, place).await;
            begun
        };
        with_lock(shared, lock, writing).await
    };
    match (sent_before, entry_of(shared, key, &entry.digest).await?) {
        // A key of our own making is nobody else's.
        (SentBefore::No, Found::Nothing) => {
            *entry = write(entry, Place::Free).await;
            return Ok(Begun::ToBeSent(SentBefore::No));
        }
        // Where the store can't tell, we assume that it was sent, and that nobody saw the answer.
        (SentBefore::No, Found::Unreadable(_)) => {
            *entry = write(entry, Place::Unreadable).await;
            return Ok(Begun::ToBeSent(SentBefore::Perhaps));
        }
        // Another call has delivered or forgotten it since this one has read it.
        (SentBefore::Perhaps, Found::Nothing) => return Err(unknown_key(&key.text).perhaps_charged()),
        // It is the entry that this call has read before.
        (SentBefore::Perhaps, Found::Unreadable(changes)) => entry.apply(&changes),
        (_, Found::Entry(found)) => *entry = found,
    }
    if entry.id.is_some() {
        return Ok(Begun::HasItsId);
    }
    if !may_be_sent_again(entry.started_ms, shared.core.platform.wall_ms()) {
        return Err(failure_under(&entry.key, "resume_expired", EXPIRED).perhaps_charged());
    }
    Ok(Begun::ToBeSent(SentBefore::Perhaps))
}

/// `POST /generations` with the body of an entry, which goes when every attempt was definitely refused.
async fn post<P: Platform>(
    shared: &Shared<P>,
    entry: &mut Entry,
    key: &Key,
    sent: &Sent<P::Answer>,
    how: &SubmitOptions<'_, P::Answer>,
    sent_before: SentBefore,
    lock: &Rc<P::Lock>,
) -> Result<P::Answer, Failure<P::Answer>> {
    let started_ms = entry.started_ms;
    let body = entry.body.clone();
    let call = Call {
        payload: Payload::Json(&body),
        key: Some(&key.text),
        timeout: how.timeout,
        limit_at_ms: how.limit_at_ms,
        may_repeat: &|| may_be_sent_again(started_ms, shared.core.platform.wall_ms()),
        observer: how.observer,
        ..Call::get("/generations", Expected::Generation, sent)
    };
    let submitted = send(&shared.core, &call).await;
    sent.is_over.set(true);
    match submitted {
        Ok(generation) => {
            let has_succeeded = status_of(&generation) == Status::Succeeded;
            let state = if has_succeeded { State::Succeeded } else { State::Running };
            let changes = Changes { id: Some(id_of(&generation)), ..Changes::state(state) };
            entry.apply(&changes);
            let (journal, mut accepted) = (shared.journal.clone(), entry.clone());
            with_lock(shared, lock, async move { journal.change(&mut accepted, changes).await }).await;
            Ok(generation)
        }
        Err(failure) => {
            if after_submission(sent.attempts.get(), sent.refusals.get(), sent_before) == Fate::Goes {
                let (journal, key) = (shared.journal.clone(), entry.key.clone());
                with_lock(shared, lock, async move { journal.remove(&key).await }).await;
            }
            Err(retryable_if_safe(failure, key))
        }
    }
}

/// Runs a write of the journal to its end, and holds the lock as long, also where its call is dropped meanwhile:
/// another page that read the entry before the write has landed would submit once more.
async fn with_lock<P: Platform, T: 'static>(
    shared: &Shared<P>,
    lock: &Rc<P::Lock>,
    writing: impl Future<Output = T> + 'static,
) -> T {
    let lock = lock.clone();
    let holding = async move {
        let written = writing.await;
        drop(lock);
        written
    };
    to_its_end(&*shared.core.platform, holding).await
}

/// Not retryable where the same call might be charged again: without a key of the caller's it would be another
/// submission.
fn retryable_if_safe<A>(failure: Failure<A>, key: &Key) -> Failure<A> {
    let retryable = failure.retryable && (key.is_callers || !failure.may_have_been_charged);
    failure.with(|facts| facts.retryable = retryable)
}

/// What the journal has under a key that the caller gave; it fails where that is of another request.
pub(crate) async fn entry_of<P: Platform>(
    shared: &Shared<P>,
    key: &Key,
    digest: &str,
) -> Result<Found, Failure<P::Answer>> {
    if !key.is_callers {
        return Ok(Found::Nothing);
    }
    match shared.journal.find(&key.text).await {
        Found::Entry(entry) if entry.digest != digest => {
            Err(failure_under(&key.text, "idempotency_conflict", CONFLICT))
        }
        found => Ok(found),
    }
}

/// The journal has nothing of this key.
pub(crate) fn unknown_key<A>(key: &str) -> Failure<A> {
    failure_under(key, "not_found", UNKNOWN)
}

/// The store failed, or holds under this key what is no entry of this version.
pub(crate) fn unreadable_key<A>(key: &str) -> Failure<A> {
    failure_under(key, "not_found", UNREADABLE).perhaps_charged().retryable()
}

fn failure_under<A>(key: &str, code: &str, message: &str) -> Failure<A> {
    Failure::new(code, message.to_owned()).with(|facts| facts.idempotency_key = Some(key.to_owned()))
}

/// Completes a failure that comes after the submission: it names the key, is retryable only under a key of the
/// caller's, and counts the POST.
pub(crate) fn after_acceptance<A>(failure: Failure<A>, key: &Key) -> Failure<A> {
    failure.with(|facts| {
        facts.idempotency_key = Some(key.text.clone());
        facts.retryable = facts.retryable && key.is_callers;
        facts.attempts = facts.attempts.max(1);
    })
}
