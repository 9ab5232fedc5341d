//! A client.

use super::error::Error;
use super::pending::PendingGeneration;
use super::request::GenerateRequest;
use crate::client::Engine;
use crate::contract::validation::Issue;
use crate::web::Web;

/// A client of the API. Clones share polls, uploads, pauses and the journal.
///
/// A call that was polled keeps its turn among the others until it ends or is dropped: poll it on, or drop it. One that
/// lies aside meanwhile, as `select!` leaves one that it polls by reference, may hold up every call awaited next.
///
/// ```no_run
/// use rivya_wasm::api::{Client, Error, GenerateRequest};
///
/// async fn costs(client: &Client) -> Result<Option<f64>, Error> {
///     let request = GenerateRequest::new("nano-banana-2").prompt("A red kite over the sea");
///     assert!(client.validate(&request).is_empty());
///     Ok(client.generate(request).await?.final_credits)
/// }
/// ```
#[derive(Clone)]
pub struct Client {
    pub(super) engine: Engine<Web>,
}

impl Client {
    /// All that is wrong with a request, as far as that is known without looking at its files. Nothing is sent.
    /// ```no_run
    /// # use rivya_wasm::api::{Client, GenerateRequest};
    /// /// What stands beside the fields of a form as it is typed.
    /// fn remarks(client: &Client, prompt: &str) -> Vec<String> {
    ///     let request = GenerateRequest::new("nano-banana-2").prompt(prompt);
    ///     client.validate(&request).iter().map(|issue| format!("{}: {}", issue.path, issue.message)).collect()
    /// }
    /// ```
    pub fn validate(&self, request: &GenerateRequest) -> Vec<Issue> {
        self.engine.validate(request.as_core())
    }

    /// What was submitted, or was about to be, and not delivered yet; oldest first.
    ///
    /// ```no_run
    /// # use rivya_wasm::api::{Client, Error, Generation};
    /// async fn of_earlier_visits(client: &Client) -> Result<Vec<Generation>, Error> {
    ///     let mut made = Vec::new();
    ///     for pending in client.pending().await? {
    ///         made.push(client.resume(&pending).await?);
    ///     }
    ///     Ok(made)
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// None today: a store that fails is told on the console, and counts as empty.
    pub async fn pending(&self) -> Result<Vec<PendingGeneration>, Error> {
        Ok(self.engine.pending().await.into_iter().map(PendingGeneration::from).collect())
    }

    /// Takes an entry off the journal.
    ///
    /// ```no_run
    /// # use rivya_wasm::api::{Client, Error, PendingState};
    /// /// Drops what the API knows no more, once a person was told of it.
    /// async fn drop_lost(client: &Client) -> Result<(), Error> {
    ///     for pending in client.pending().await? {
    ///         if pending.state == PendingState::Lost {
    ///             client.forget(&pending).await?;
    ///         }
    ///     }
    ///     Ok(())
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Client::pending`].
    pub async fn forget(&self, pending: &PendingGeneration) -> Result<(), Error> {
        self.forget_key(&pending.idempotency_key).await
    }

    /// The same by its key, whatever lies there.
    ///
    /// ```no_run
    /// # use rivya_wasm::api::{Client, Error};
    /// /// An order that was called off is not offered again; what runs of it goes on.
    /// async fn call_off(client: &Client, order: &str) -> Result<(), Error> {
    ///     client.forget_key(order).await
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Client::pending`].
    pub async fn forget_key(&self, idempotency_key: &str) -> Result<(), Error> {
        self.engine.forget(idempotency_key).await;
        Ok(())
    }
}
