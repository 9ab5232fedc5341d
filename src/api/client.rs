//! A client.

use super::error::Error;
use super::pending::PendingGeneration;
use super::request::GenerateRequest;
use crate::client::Engine;
use crate::contract::validation::{self, Issue, Mode};
use crate::web::Web;

/// A client of the API. Clones share polls, pauses and the journal.
#[derive(Clone)]
pub struct Client {
    pub(super) engine: Engine<Web>,
    pub(super) validation: Mode,
}

impl Client {
    /// All that is wrong with a request; nothing is sent.
    pub fn validate(&self, request: &GenerateRequest) -> Vec<Issue> {
        let request = request.as_core();
        let references = request.references.iter().map(|reference| validation::Reference {
            source: validation::Source::Url { url: reference.url.clone() },
            kind: reference.kind,
        });
        let draft = validation::Draft {
            model: &request.model,
            prompt: request.prompt.as_deref(),
            params: &request.params,
            references: &references.collect::<Vec<_>>(),
            client_request_id: request.client_request_id.as_deref(),
        };
        validation::check(&draft, self.validation).issues
    }

    /// What was submitted, or was about to be, and not delivered yet; oldest first.
    ///
    /// # Errors
    ///
    /// None today: a store that fails is told on the console, and counts as empty.
    pub async fn pending(&self) -> Result<Vec<PendingGeneration>, Error> {
        Ok(self.engine.pending().await.into_iter().map(PendingGeneration::from).collect())
    }

    /// Takes an entry off the journal.
    ///
    /// # Errors
    ///
    /// As [`Client::pending`].
    pub async fn forget(&self, pending: &PendingGeneration) -> Result<(), Error> {
        self.forget_key(&pending.idempotency_key).await
    }

    /// The same by its key, whatever lies there.
    ///
    /// # Errors
    ///
    /// As [`Client::pending`].
    pub async fn forget_key(&self, idempotency_key: &str) -> Result<(), Error> {
        self.engine.forget(idempotency_key).await;
        Ok(())
    }
}
