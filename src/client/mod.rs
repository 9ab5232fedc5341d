//! The flows: submit once, repeat under the same key, keep a journal, poll until it ends, wait out pauses and outages.
//!
//! They are generic over a [`Platform`], and decide nothing that `policy` decides. An [`Engine`] belongs to one thread;
//! its futures are not `Send`, so that a native program runs them within a `LocalSet` or another executor of one
//! thread. A future that is dropped gives up what it was doing: the request, the timer, the lock. What the API has
//! accepted by then goes on there, and the journal keeps it for [`Engine::resume`].

mod answers;
mod attempts;
mod breaks;
mod core;
mod cutting;
mod delivery;
mod detached;
mod download;
mod entry;
mod failure;
mod file_failure;
mod file_memory;
mod fit;
mod generate;
mod journal;
mod looked_at;
mod metadata;
mod observer;
mod outage;
mod paced;
mod parcel;
mod poll_inbox;
mod poll_loop;
mod preparation;
mod progress;
mod receive;
mod reference;
mod remembered;
mod request;
mod result_place;
mod result_verdict;
mod running_upload;
mod secrets;
mod seen_durations;
mod sending_file;
mod sent_attempts;
mod settings;
mod shared;
mod store;
mod stored;
mod submission;
#[cfg(test)]
mod tests;
mod time;
mod timers;
mod upload;
mod upload_file;
mod upload_inbox;
mod upload_queues;
mod verdict;
mod wait;
mod watch;
mod watcher;

pub use download::{DownloadOptions, DownloadProgress, OnDownload};
pub use entry::State;
pub use failure::{Facts, Failure, Outcome};
pub use generate::GenerateOptions;
pub use journal::Pending;
pub use progress::{OnProgress, Progress, Seen};
pub use reference::{Fit, Reference, ReferenceSource, UrlReference};
pub use request::GenerateRequest;
pub use result_place::urls_of;
pub use settings::Settings;
pub use upload_file::{InspectOptions, Inspection, UploadOptions, Uploaded};
pub use watch::Watch;

use std::future::Future;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::time::Duration;

use self::answers::Expected;
use self::attempts::{Call, send};
use self::request::issues_of;
use self::sent_attempts::Sent;
use self::shared::Shared;
use self::timers::unless_refused;
use crate::contract::path::encode_id;
use crate::contract::validation::Issue;
use crate::platform::Platform;

/// A client of the API over a platform. Clones share polls, pauses and the journal.
///
/// A call that was polled keeps its turn among the others until it ends or is dropped: poll it on, or drop it. One that
/// lies aside meanwhile, as `select!` leaves one that it polls by reference, may hold up every call awaited next.
///
/// ```
/// use rivya_wasm::client::{Engine, GenerateOptions, GenerateRequest, Outcome, Settings};
/// use rivya_wasm::platform::Platform;
///
/// async fn kite<P: Platform>(platform: P) -> Outcome<P> {
///     let engine = Engine::new(platform, Settings::new("https://example.com/api/rivya"));
///     let mut request = GenerateRequest::new("nano-banana-2");
///     request.prompt = Some("A red kite over the sea".to_owned());
///     engine.generate(&request, &GenerateOptions::default(), &|_progress| ()).await
/// }
/// ```
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

    /// Makes what a request asks for: checks it, uploads its files, submits it once, and waits for its end.
    ///
    /// # Errors
    ///
    /// `validation_failed` before anything is sent; what the API refuses; `timeout` at the limit. Where
    /// [`Facts::may_have_been_charged`] is set, [`Engine::resume`] with its key finds out what became of it.
    pub async fn generate(
        &self,
        request: &GenerateRequest<P::Blob>,
        options: &GenerateOptions,
        on_progress: OnProgress<'_, P::Answer>,
    ) -> Outcome<P> {
        self.ended(pin!(generate::generate(&self.0, request, options, on_progress))).await
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
        self.ended(pin!(generate::resume_key(&self.0, idempotency_key, None, wait_timeout, on_progress)))
            .await
    }

    /// The same with what [`Engine::pending`] has told of an entry. Where that is gone by now, its generation is waited
    /// for by its id, if it has one.
    ///
    /// # Errors
    ///
    /// As [`Engine::resume`].
    pub async fn resume_pending(
        &self,
        idempotency_key: &str,
        generation_id: Option<&str>,
        wait_timeout: Duration,
        on_progress: OnProgress<'_, P::Answer>,
    ) -> Outcome<P> {
        let shared = &self.0;
        let resumed = generate::resume_key(shared, idempotency_key, generation_id, wait_timeout, on_progress);
        self.ended(pin!(resumed)).await
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
        self.ended(pin!(generate::resume_id(&self.0, generation_id, wait_timeout, on_progress))).await
    }

    /// Submits, and answers as soon as the API has accepted. The wait is the caller's.
    ///
    /// # Errors
    ///
    /// As [`Engine::generate`].
    pub async fn create(
        &self,
        request: &GenerateRequest<P::Blob>,
        options: &GenerateOptions,
        timeout: Option<Duration>,
    ) -> Outcome<P> {
        self.ended(pin!(generate::create(&self.0, request, options, timeout))).await
    }

    /// Asks once for a generation.
    ///
    /// # Errors
    ///
    /// `not_found` where the API knows none of this id.
    pub async fn retrieve(&self, generation_id: &str, timeout: Option<Duration>) -> Outcome<P> {
        self.ended(pin!(generate::retrieve(&self.0, generation_id, timeout))).await
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
        self.ended(pin!(generate::wait_for(&self.0, generation_id, wait_timeout, on_progress))).await
    }

    /// Watches a generation until it ends: each state that differs from the one before. All who watch or wait for one
    /// id share its polls.
    pub fn watch(&self, generation_id: &str, wait_timeout: Duration) -> Watch<P> {
        Watch::new(self.0.clone(), generation_id, wait_timeout)
    }

    /// Receives the results of a generation from where they lie; [`urls_of`] reads their URLs. The files come in the
    /// order of the URLs.
    ///
    /// # Errors
    ///
    /// `invalid_response` for a URL that is not fetched, before anything is, and for what is no picture, film or sound;
    /// `not_found` where a result is there no more; `network_error`; `timeout`. The first one ends all.
    pub async fn download(
        &self,
        generation_id: &str,
        urls: &[String],
        options: &DownloadOptions,
        on_progress: OnDownload<'_>,
    ) -> Outcome<P, Vec<P::Blob>> {
        let core = &self.0.core;
        self.ended(pin!(download::download(core, generation_id, urls, options, on_progress))).await
    }

    /// What was submitted, or was about to be, and not delivered yet; oldest first.
    pub async fn pending(&self) -> Vec<Pending> {
        self.0.journal.pending().await
    }

    /// Takes an entry off the journal, whatever lies there.
    pub async fn forget(&self, idempotency_key: &str) {
        self.0.journal.forget(idempotency_key).await;
    }

    /// All that is wrong with a request, as far as that is known without looking at its files. Nothing is sent.
    pub fn validate(&self, request: &GenerateRequest<P::Blob>) -> Vec<Issue> {
        issues_of(request, self.0.core.settings.validation)
    }

    /// Uploads a file, freed of its metadata.
    ///
    /// # Errors
    ///
    /// `validation_failed` where its first bytes say that it is not taken, or it is so damaged that nobody can tell
    /// what to cut out; `file_unreadable`; what the API refuses.
    pub async fn upload(
        &self,
        file: &P::Blob,
        options: &UploadOptions,
        on_progress: OnProgress<'_, P::Answer>,
    ) -> Outcome<P, Uploaded<P::Answer>> {
        self.ended(pin!(upload_file::upload(&self.0, file, options, on_progress))).await
    }

    /// What [`Engine::upload`] would make of a file. Nothing is sent.
    ///
    /// # Errors
    ///
    /// `file_unreadable`. What stands against an upload is among the issues.
    pub async fn inspect(&self, file: &P::Blob, options: &InspectOptions) -> Outcome<P, Inspection> {
        self.ended(pin!(upload_file::inspect(&self.0, file, options))).await
    }

    /// What the API says of an uploaded file.
    ///
    /// # Errors
    ///
    /// `not_found` where the API knows none of this id.
    pub async fn retrieve_file(&self, id: &str, timeout: Option<Duration>) -> Outcome<P> {
        let Some(encoded) = encode_id(id) else {
            let message = "the id of a file must be one: it is empty, or dots alone".to_owned();
            return Err(Failure::new("invalid_option", message));
        };
        let (path, sent) = (["/files/", &encoded].concat(), Sent::without_a_key());
        let call = Call { timeout, ..Call::get(&path, Expected::File, &sent) };
        self.ended(pin!(send(&self.0.core, &call))).await
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
        let sent = Sent::without_a_key();
        let call = Call { timeout, ..Call::get(path, expected, &sent) };
        self.ended(pin!(send(&self.0.core, &call))).await
    }

    /// What a call comes to, as its caller sees it: a server may have said the key again.
    async fn ended<T>(&self, call: Pin<&mut dyn Future<Output = Outcome<P, T>>>) -> Outcome<P, T> {
        let outcome = unless_refused(self.platform(), call).await;
        outcome.map_err(|failure| self.0.secrets.cut_from(failure))
    }
}
