//! A single question for something by its id.

use std::marker::PhantomData;
use std::time::Duration;

use super::client::Client;
use super::generation::Generation;

/// Asks once; see [`super::Generations::retrieve`] and [`super::Files::retrieve`].
#[must_use = "a call is sent when it is awaited"]
pub struct Retrieve<T = Generation> {
    client: Client,
    id: String,
    timeout: Option<Duration>,
    what: PhantomData<fn() -> T>,
}

impl<T> Retrieve<T> {
    pub(super) fn new(client: Client, id: &str) -> Self {
        Self { client, id: id.to_owned(), timeout: None, what: PhantomData }
    }

    /// How long one attempt may take. Default: the client's.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    pub(super) fn into_parts(self) -> (Client, String, Option<Duration>) {
        (self.client, self.id, self.timeout)
    }
}
