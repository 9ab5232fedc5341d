//! Calls: each is a builder that owns a clone of its client, and is sent when it is awaited.

use std::future::IntoFuture;
use std::time::Duration;

use super::client::Client;
use super::error::{Error, documented_generation};
use super::fused::{Calling, fused};
use super::generation::Generation;
use super::on_progress::OnProgress;
use super::pending::PendingGeneration;
use super::progress::Progress;
use super::request::GenerateRequest;
use super::retrieve::Retrieve;
use crate::client::GenerateOptions;
use crate::contract::validation::Mode;

impl Client {
    /// Makes what a request asks for: checks it, submits it once, and waits for its end.
    /// ```no_run
    /// # use rivya_wasm::api::{Client, Error, GenerateRequest, Progress};
    /// async fn repaint(
    ///     client: &Client,
    ///     photo: web_sys::File,
    ///     tell: impl Fn(&str) + 'static,
    /// ) -> Result<Vec<String>, Error> {
    ///     let request = GenerateRequest::new("nano-banana-2").prompt("The same at night").reference(photo);
    ///     let making = client.generate(request).on_progress(move |progress| match progress {
    ///         Progress::Uploading { file, files, .. } => tell(&format!("Photo {} of {files}", file + 1)),
    ///         Progress::Offline { .. } => tell("Waiting for the network"),
    ///         _ => tell("Painting"),
    ///     });
    ///     Ok(making.await?.urls())
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// `validation_failed` before anything is sent; what the API refuses; the generation's own failure; `timeout` at
    /// the limit. Where [`Error::may_have_been_charged`] is set, [`Client::resume_key`] finds out what became of it.
    pub fn generate(&self, request: GenerateRequest) -> Generate {
        Generate::new(self.clone(), request)
    }

    /// Goes on with what is pending.
    /// ```no_run
    /// # use rivya_wasm::api::{Client, Error};
    /// /// The pictures of the latest order that an earlier visit did not see the end of.
    /// async fn latest(client: &Client) -> Result<Vec<String>, Error> {
    ///     let Some(pending) = client.pending().await?.pop() else { return Ok(Vec::new()) };
    ///     Ok(client.resume(&pending).await?.urls())
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// `resume_expired` where it is over 24 hours old and no answer to it was ever seen; else as [`Client::generate`].
    pub fn resume(&self, pending: &PendingGeneration) -> Resume {
        let (key, id) = (pending.idempotency_key.clone(), pending.generation_id.clone());
        Resume::new(self.clone(), Which::Pending { key, id })
    }

    /// Goes on with what the journal holds under an idempotency key.
    /// ```no_run
    /// # use rivya_wasm::api::{Client, Error, GenerateRequest, Generation};
    /// /// One order, one picture, also where the answer to its submission was lost.
    /// async fn once(client: &Client, order: &str, request: GenerateRequest) -> Result<Generation, Error> {
    ///     match client.generate(request).idempotency_key(order).await {
    ///         Err(error) if error.may_have_been_charged() => client.resume_key(order).await,
    ///         ended => ended,
    ///     }
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// `not_found` where the journal has no such entry; else as [`Client::resume`].
    pub fn resume_key(&self, idempotency_key: &str) -> Resume {
        Resume::new(self.clone(), Which::Key(idempotency_key.to_owned()))
    }

    /// Goes on with a generation, which the journal need not know.
    /// ```no_run
    /// # use rivya_wasm::api::{Client, Error};
    /// /// The pictures behind a link that somebody else was given: its id is all that is known of them.
    /// async fn behind_a_link(client: &Client, id: &str) -> Result<Vec<String>, Error> {
    ///     Ok(client.resume_id(id).await?.urls())
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Generations::wait`].
    pub fn resume_id(&self, generation_id: &str) -> Resume {
        Resume::new(self.clone(), Which::Id(generation_id.to_owned()))
    }

    /// Single steps of a generation.
    /// ```no_run
    /// # use rivya_wasm::api::{Client, Error, GenerateRequest, Generation};
    /// /// Submits, and waits later: in between the id can be stored.
    /// async fn in_two_steps(client: &Client, request: GenerateRequest) -> Result<Generation, Error> {
    ///     let accepted = client.generations().create(request).await?;
    ///     client.generations().wait(&accepted.id).await
    /// }
    /// ```
    pub fn generations(&self) -> Generations {
        Generations { client: self.clone() }
    }
}

/// Single steps of a generation; see [`Client::generations`].
#[derive(Clone)]
pub struct Generations {
    pub(super) client: Client,
}

impl Generations {
    /// Submits, and answers as soon as the API has accepted.
    /// ```no_run
    /// # use rivya_wasm::api::{Client, Error, GenerateRequest};
    /// /// Hands an id to whoever waits for it elsewhere.
    /// async fn order(client: &Client, number: &str, prompt: &str) -> Result<String, Error> {
    ///     let request = GenerateRequest::new("nano-banana-2").prompt(prompt);
    ///     Ok(client.generations().create(request).idempotency_key(number).await?.id)
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Client::generate`], but for those of the wait.
    pub fn create(&self, request: GenerateRequest) -> Create {
        Create::new(self.client.clone(), request)
    }

    /// Asks once.
    /// ```no_run
    /// # use rivya_wasm::api::{Client, Error, Status};
    /// async fn is_ready(client: &Client, id: &str) -> Result<bool, Error> {
    ///     Ok(client.generations().retrieve(id).await?.status() == Status::Succeeded)
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// `not_found` where the API knows none of this id.
    pub fn retrieve(&self, generation_id: &str) -> Retrieve {
        Retrieve::new(self.client.clone(), generation_id)
    }

    /// Waits until a generation has ended.
    /// ```no_run
    /// # use rivya_wasm::api::{Client, Error, Generation};
    /// use std::time::Duration;
    ///
    /// /// What came of an order within a minute; `None` where it is not ready yet.
    /// async fn within_a_minute(client: &Client, id: &str) -> Result<Option<Generation>, Error> {
    ///     match client.generations().wait(id).wait_timeout(Duration::from_secs(60)).await {
    ///         Err(error) if error.code() == "timeout" => Ok(None),
    ///         ended => ended.map(Some),
    ///     }
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// The generation's own failure; `timeout` at the limit, while the generation goes on; `not_found`.
    pub fn wait(&self, generation_id: &str) -> Wait {
        Wait::new(self.client.clone(), Which::Generation(generation_id.to_owned()))
    }
}

/// See [`Client::generate`].
#[must_use = "a call is sent when it is awaited"]
pub struct Generate {
    client: Client,
    request: GenerateRequest,
    options: GenerateOptions,
    on_progress: OnProgress,
}

impl Generate {
    pub(super) fn new(client: Client, request: GenerateRequest) -> Self {
        let (options, on_progress) = (GenerateOptions::default(), OnProgress::default());
        Self { client, request, options, on_progress }
    }

    /// A key of your own: the same call again goes on instead of beginning another one. Default: a fresh one.
    pub fn idempotency_key(mut self, key: &str) -> Self {
        self.options.idempotency_key = Some(key.to_owned());
        self
    }

    /// How long it may take in all. Default 15 minutes.
    pub fn wait_timeout(mut self, wait_timeout: Duration) -> Self {
        self.options.wait_timeout = wait_timeout;
        self
    }

    /// How much is checked, where it is not the client's mode.
    pub fn validation(mut self, validation: Mode) -> Self {
        self.options.validation = Some(validation);
        self
    }

    /// Is told how far it is.
    pub fn on_progress(mut self, on_progress: impl FnMut(Progress) + 'static) -> Self {
        self.on_progress.set(on_progress);
        self
    }
}

impl IntoFuture for Generate {
    type Output = Result<Generation, Error>;
    type IntoFuture = Calling<Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        fused(async move {
            let Self { client, request, mut options, on_progress } = self;
            options.tells_bytes = on_progress.is_set();
            let tell = |progress| on_progress.tell(progress);
            documented_generation(&client.engine.generate(&request.into_core()?, &options, &tell).await?)
        })
    }
}

/// See [`Generations::create`].
#[must_use = "a call is sent when it is awaited"]
pub struct Create {
    client: Client,
    request: GenerateRequest,
    options: GenerateOptions,
    timeout: Option<Duration>,
}

impl Create {
    pub(super) fn new(client: Client, request: GenerateRequest) -> Self {
        Self { client, request, options: GenerateOptions::default(), timeout: None }
    }

    /// A key of your own: the same call again answers with the same generation. Default: a fresh one.
    pub fn idempotency_key(mut self, key: &str) -> Self {
        self.options.idempotency_key = Some(key.to_owned());
        self
    }

    /// How long one attempt may take. Default: the client's.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }
}

impl IntoFuture for Create {
    type Output = Result<Generation, Error>;
    type IntoFuture = Calling<Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        fused(async move {
            let Self { client, request, mut options, timeout } = self;
            options.tells_bytes = false;
            documented_generation(&client.engine.create(&request.into_core()?, &options, timeout).await?)
        })
    }
}

impl IntoFuture for Retrieve {
    type Output = Result<Generation, Error>;
    type IntoFuture = Calling<Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        fused(async move {
            let (client, id, timeout) = self.into_parts();
            documented_generation(&client.engine.retrieve(&id, timeout).await?)
        })
    }
}

/// What a wait is for.
enum Which {
    /// What was pending a moment ago.
    Pending { key: String, id: Option<String> },
    /// What the journal holds under a key.
    Key(String),
    /// A generation, which the journal may know.
    Id(String),
    /// A generation.
    Generation(String),
}

/// See [`Client::resume`]: it waits for what the journal holds.
pub type Resume = Wait;

/// See [`Generations::wait`].
#[must_use = "a call is sent when it is awaited"]
pub struct Wait {
    client: Client,
    which: Which,
    wait_timeout: Duration,
    on_progress: OnProgress,
}

impl Wait {
    fn new(client: Client, which: Which) -> Self {
        let wait_timeout = GenerateOptions::default().wait_timeout;
        Self { client, which, wait_timeout, on_progress: OnProgress::default() }
    }

    /// How long it may take. Default 15 minutes. The generation goes on all the same.
    pub fn wait_timeout(mut self, wait_timeout: Duration) -> Self {
        self.wait_timeout = wait_timeout;
        self
    }

    /// Is told how far it is.
    pub fn on_progress(mut self, on_progress: impl FnMut(Progress) + 'static) -> Self {
        self.on_progress.set(on_progress);
        self
    }
}

impl IntoFuture for Wait {
    type Output = Result<Generation, Error>;
    type IntoFuture = Calling<Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        fused(async move {
            let Self { client, which, wait_timeout, on_progress } = self;
            let tell = |progress| on_progress.tell(progress);
            let engine = &client.engine;
            let ended = match which {
                Which::Pending { key, id } => {
                    engine.resume_pending(&key, id.as_deref(), wait_timeout, &tell).await
                }
                Which::Key(key) => engine.resume(&key, wait_timeout, &tell).await,
                Which::Id(id) => engine.resume_id(&id, wait_timeout, &tell).await,
                Which::Generation(id) => engine.wait(&id, wait_timeout, &tell).await,
            };
            documented_generation(&ended?)
        })
    }
}
