//! Calls: each is a builder that owns a clone of its client, and is sent when it is awaited.

use std::cell::Cell;
use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::time::Duration;

use super::client::Client;
use super::error::{Error, documented};
use super::generation::Generation;
use super::pending::PendingGeneration;
use super::progress::{Progress, progress_of};
use super::request::GenerateRequest;
use crate::client::{GenerateOptions, Progress as Told};
use crate::contract::validation::Mode;
use crate::web::JsAnswer;

impl Client {
    /// Makes what a request asks for: checks it, submits it once, and waits for its end.
    pub fn generate(&self, request: GenerateRequest) -> Generate {
        Generate::new(self.clone(), request)
    }

    /// Goes on with what is pending.
    pub fn resume(&self, pending: &PendingGeneration) -> Resume {
        self.resume_key(&pending.idempotency_key)
    }

    /// Goes on with what the journal holds under an idempotency key.
    pub fn resume_key(&self, idempotency_key: &str) -> Resume {
        Resume::new(self.clone(), Which::Key(idempotency_key.to_owned()))
    }

    /// Goes on with a generation, which the journal need not know.
    pub fn resume_id(&self, generation_id: &str) -> Resume {
        Resume::new(self.clone(), Which::Id(generation_id.to_owned()))
    }

    /// Single steps of a generation.
    pub fn generations(&self) -> Generations {
        Generations { client: self.clone() }
    }
}

/// Single steps of a generation; see [`Client::generations`].
#[derive(Clone)]
pub struct Generations {
    client: Client,
}

impl Generations {
    /// Submits, and answers as soon as the API has accepted.
    pub fn create(&self, request: GenerateRequest) -> Create {
        Create::new(self.client.clone(), request)
    }

    /// Asks once.
    pub fn retrieve(&self, generation_id: &str) -> Retrieve {
        Retrieve::new(self.client.clone(), generation_id)
    }

    /// Waits until a generation has ended.
    pub fn wait(&self, generation_id: &str) -> Wait {
        Wait::new(self.client.clone(), Which::Generation(generation_id.to_owned()))
    }
}

/// What a call comes to, once it is awaited.
type Calling = Pin<Box<dyn Future<Output = Result<Generation, Error>>>>;

type Callback = Box<dyn FnMut(Progress)>;

/// A caller's callback. A callback that calls itself by way of the client is not called again within its own call.
#[derive(Default)]
struct OnProgress(Cell<Option<Callback>>);

impl OnProgress {
    fn set(&mut self, on_progress: impl FnMut(Progress) + 'static) {
        self.0.set(Some(Box::new(on_progress)));
    }

    fn tell(&self, progress: Told<JsAnswer>) {
        let Some(mut on_progress) = self.0.take() else { return };
        if let Some(progress) = progress_of(progress) {
            on_progress(progress);
        }
        self.0.set(Some(on_progress));
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
    type IntoFuture = Calling;

    fn into_future(self) -> Calling {
        Box::pin(async move {
            let Self { client, request, options, on_progress } = self;
            let tell = |progress| on_progress.tell(progress);
            documented(&client.engine.generate(request.as_core(), &options, &tell).await?)
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
    type IntoFuture = Calling;

    fn into_future(self) -> Calling {
        Box::pin(async move {
            let Self { client, request, options, timeout } = self;
            documented(&client.engine.create(request.as_core(), &options, timeout).await?)
        })
    }
}

/// See [`Generations::retrieve`].
#[must_use = "a call is sent when it is awaited"]
pub struct Retrieve {
    client: Client,
    id: String,
    timeout: Option<Duration>,
}

impl Retrieve {
    pub(super) fn new(client: Client, id: &str) -> Self {
        Self { client, id: id.to_owned(), timeout: None }
    }

    /// How long one attempt may take. Default: the client's.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }
}

impl IntoFuture for Retrieve {
    type Output = Result<Generation, Error>;
    type IntoFuture = Calling;

    fn into_future(self) -> Calling {
        Box::pin(async move { documented(&self.client.engine.retrieve(&self.id, self.timeout).await?) })
    }
}

/// What a wait is for.
enum Which {
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
    type IntoFuture = Calling;

    fn into_future(self) -> Calling {
        Box::pin(async move {
            let Self { client, which, wait_timeout, on_progress } = self;
            let tell = |progress| on_progress.tell(progress);
            let engine = &client.engine;
            let ended = match which {
                Which::Key(key) => engine.resume(&key, wait_timeout, &tell).await,
                Which::Id(id) => engine.resume_id(&id, wait_timeout, &tell).await,
                Which::Generation(id) => engine.wait(&id, wait_timeout, &tell).await,
            };
            documented(&ended?)
        })
    }
}
