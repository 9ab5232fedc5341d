//! The flows: submit once, repeat under the same key, keep a journal, poll until it ends, wait out pauses and outages.
//!
//! They are generic over a [`Platform`], and decide nothing that `policy` decides. An [`Engine`] belongs to one thread;
//! its futures are not `Send`, so that a native program runs them within a `LocalSet` or another executor of one
//! thread. A future that is dropped gives up what it was doing: the request, the timer, the lock. What the API has
//! accepted by then goes on there, and the journal keeps it for [`Engine::resume`].

mod answers;
mod attempts;
mod core;
mod delivery;
mod detached;
mod durations;
mod entry;
mod failure;
mod generate;
mod inbox;
mod journal;
mod observer;
mod outage;
mod poll_loop;
mod progress;
mod request;
mod secrets;
mod sent;
mod settings;
mod shared;
mod store;
mod submission;
mod time;
mod verdict;
mod wait;
mod watcher;

pub use entry::State;
pub use failure::Failure;
pub use generate::GenerateOptions;
pub use journal::Pending;
pub use progress::{OnProgress, Progress, Seen};
pub use request::{GenerateRequest, UrlReference};
pub use settings::Settings;

use std::rc::Rc;
use std::time::Duration;

use self::answers::Expected;
use self::attempts::{Call, send};
use self::sent::Sent;
use self::shared::Shared;
use crate::platform::Platform;

/// What a call comes to.
pub type Outcome<P, T = <P as Platform>::Answer> = Result<T, Failure<<P as Platform>::Answer>>;

/// A client of the API over a platform. Clones share polls, pauses and the journal.
pub struct Engine<P: Platform>(Rc<Shared<P>>);

impl<P: Platform> Clone for Engine<P> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<P: Platform> Engine<P> {
    /// A client. It draws nothing and starts nothing before its first call: Workers allow neither at module level.
    pub fn new(platform: P, settings: Settings) -> Self {
        Self(Rc::new(Shared::new(platform, settings)))
    }

    /// The platform that it runs on.
    pub fn platform(&self) -> &P {
        &self.0.core.platform
    }

    /// Makes what a request asks for: checks it, submits it once, and waits for its end.
    ///
    /// # Errors
    ///
    /// `validation_failed` before anything is sent; what the API refuses; `timeout` at the limit. Where
    /// [`Failure::may_have_been_charged`] is set, [`Engine::resume`] with its key finds out what became of it.
    pub async fn generate(
        &self,
        request: &GenerateRequest,
        options: &GenerateOptions,
        on_progress: OnProgress<'_, P::Answer>,
    ) -> Outcome<P> {
        self.without_keys(generate::generate(&self.0, request, options, on_progress).await)
    }

    /// Goes on with what the journal holds under a key: sends it if no answer was seen, and waits for its end.
    ///
    /// # Errors
    ///
    /// `not_found` where the journal has no such entry; `resume_expired` where it is over 24 hours old and no answer
    /// was ever seen; else as [`Engine::generate`].
    pub async fn resume(
        &self,
        idempotency_key: &str,
        wait_timeout: Duration,
        on_progress: OnProgress<'_, P::Answer>,
    ) -> Outcome<P> {
        self.without_keys(generate::resume_key(&self.0, idempotency_key, wait_timeout, on_progress).await)
    }

    /// The same by the id of a generation, which the journal need not know.
    ///
    /// # Errors
    ///
    /// As [`Engine::wait`].
    pub async fn resume_id(
        &self,
        generation_id: &str,
        wait_timeout: Duration,
        on_progress: OnProgress<'_, P::Answer>,
    ) -> Outcome<P> {
        self.without_keys(generate::resume_id(&self.0, generation_id, wait_timeout, on_progress).await)
    }

    /// Submits, and answers as soon as the API has accepted. The wait is the caller's.
    ///
    /// # Errors
    ///
    /// As [`Engine::generate`].
    pub async fn create(
        &self,
        request: &GenerateRequest,
        options: &GenerateOptions,
        timeout: Option<Duration>,
    ) -> Outcome<P> {
        self.without_keys(generate::create(&self.0, request, options, timeout).await)
    }

    /// Asks once for a generation.
    ///
    /// # Errors
    ///
    /// `not_found` where the API knows none of this id.
    pub async fn retrieve(&self, generation_id: &str, timeout: Option<Duration>) -> Outcome<P> {
        self.without_keys(generate::retrieve(&self.0, generation_id, timeout).await)
    }

    /// Polls a generation until it ends. All who wait for one id share its polls.
    ///
    /// # Errors
    ///
    /// The generation's own failure; `timeout` at the limit, while the generation goes on; `not_found`.
    pub async fn wait(
        &self,
        generation_id: &str,
        wait_timeout: Duration,
        on_progress: OnProgress<'_, P::Answer>,
    ) -> Outcome<P> {
        self.without_keys(generate::wait_for(&self.0, generation_id, wait_timeout, on_progress).await)
    }

    /// What was submitted, or was about to be, and not delivered yet; oldest first.
    pub async fn pending(&self) -> Vec<Pending> {
        self.0.journal.pending().await
    }

    /// Takes an entry off the journal, whatever lies there.
    pub async fn forget(&self, idempotency_key: &str) {
        self.0.journal.forget(idempotency_key).await;
    }

    /// The models that the API has (contract, section 4).
    ///
    /// # Errors
    ///
    /// What the API refuses, and `network_error`.
    pub async fn models(&self, timeout: Option<Duration>) -> Outcome<P> {
        self.get("/models", Expected::Models, timeout).await
    }

    /// The account's balance (contract, section 8).
    ///
    /// # Errors
    ///
    /// What the API refuses, and `network_error`.
    pub async fn credits(&self, timeout: Option<Duration>) -> Outcome<P> {
        self.get("/credits", Expected::Credits, timeout).await
    }

    async fn get(&self, path: &str, expected: Expected, timeout: Option<Duration>) -> Outcome<P> {
        let sent = Sent::new(false, false);
        let call = Call { timeout, ..Call::get(path, expected, &sent) };
        self.without_keys(send(&self.0.core, &call).await)
    }

    /// What a call comes to, as its caller sees it: a server may have said the key again.
    fn without_keys(&self, outcome: Outcome<P>) -> Outcome<P> {
        outcome.map_err(|failure| self.0.secrets.cut_from(failure))
    }
}
