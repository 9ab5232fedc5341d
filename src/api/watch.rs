//! The states of a generation as a stream.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_core::{FusedStream, Stream};

use super::call::Generations;
use super::callback::Callback;
use super::client::Client;
use super::error::{Error, documented_generation};
use super::generation::Generation;
use super::progress::{Progress, progress_of};
use crate::client::{GenerateOptions, Outcome, Watch as States};
use crate::web::Web;

impl Generations {
    /// Watches a generation until it ends: a stream of its states, each of which differs from the one before. It asks
    /// for nothing before it is polled, ends after the generation's end or an error, and polls no more once it is
    /// dropped. While its reader is busy it polls on, and no state is lost.
    /// ```no_run
    /// # use rivya_wasm::api::{Client, Error, Status};
    /// use futures_util::StreamExt;
    ///
    /// async fn states(client: &Client, id: &str) -> Result<Vec<Status>, Error> {
    ///     let (mut states, mut watch) = (Vec::new(), client.generations().watch(id));
    ///     while let Some(state) = watch.next().await {
    ///         states.push(state?.status());
    ///     }
    ///     Ok(states)
    /// }
    /// ```
    pub fn watch(&self, generation_id: &str) -> Watch {
        Watch {
            client: self.client.clone(),
            id: generation_id.to_owned(),
            wait_timeout: GenerateOptions::default().wait_timeout,
            stage: Stage::New(Callback::default()),
        }
    }
}

/// See [`Generations::watch`].
#[must_use = "a stream does nothing before it is polled"]
pub struct Watch {
    client: Client,
    id: String,
    wait_timeout: Duration,
    stage: Stage,
}

enum Stage {
    New(Callback<Progress>),
    Waiting(Pin<Box<dyn Future<Output = Read>>>),
    Between(Reader),
    Over,
}

/// A reader that has read.
type Read = (Reader, Option<Outcome<Web>>);

/// The states, and who is told of what happens between them.
struct Reader {
    states: States<Web>,
    on_progress: Callback<Progress>,
}

impl Watch {
    /// How long it goes on. Default 15 minutes. The generation goes on all the same.
    pub fn wait_timeout(mut self, wait_timeout: Duration) -> Self {
        self.wait_timeout = wait_timeout;
        self
    }

    /// Is told how far it is, also of an outage, which is no state.
    pub fn on_progress(mut self, on_progress: impl FnMut(Progress) + 'static) -> Self {
        if let Stage::New(callback) = &mut self.stage {
            callback.set(on_progress);
        }
        self
    }
}

impl Reader {
    async fn next(mut self) -> Read {
        let on_progress = &self.on_progress;
        let tell = |progress| {
            if let Some(progress) = progress_of(progress) {
                on_progress.tell(progress);
            }
        };
        let next = self.states.next(&tell).await;
        (self, next)
    }
}

impl Stream for Watch {
    type Item = Result<Generation, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            match std::mem::replace(&mut self.stage, Stage::Over) {
                Stage::New(on_progress) => {
                    let states = self.client.engine.watch(&self.id, self.wait_timeout);
                    self.stage = Stage::Between(Reader { states, on_progress });
                }
                Stage::Between(reader) => self.stage = Stage::Waiting(Box::pin(reader.next())),
                Stage::Waiting(mut waiting) => {
                    let Poll::Ready((reader, next)) = waiting.as_mut().poll(context) else {
                        self.stage = Stage::Waiting(waiting);
                        return Poll::Pending;
                    };
                    let item = next.map(|state| documented_generation(&state?));
                    if matches!(item, Some(Ok(_))) {
                        self.stage = Stage::Between(reader);
                    }
                    return Poll::Ready(item);
                }
                Stage::Over => return Poll::Ready(None),
            }
        }
    }
}

impl FusedStream for Watch {
    fn is_terminated(&self) -> bool {
        matches!(self.stage, Stage::Over)
    }
}
