//! What the API has seen of its clients.

use std::collections::BTreeMap;

use super::executor::Owner;

/// One submission as the server saw it.
#[derive(Clone, Debug)]
pub struct Post {
    pub owner: Owner,
    /// Whose secret key it came with.
    pub api_key: String,
    pub body: String,
    /// Whether an entry of its key was stored when it arrived.
    pub was_stored: bool,
}

/// One poll as it was sent.
#[derive(Clone, Debug)]
pub struct Get {
    pub owner: Owner,
    pub id: String,
    /// By the clock of the machine, which the client goes by.
    pub sent_ms: f64,
    /// When it was answered or had failed, likewise.
    pub ended_ms: f64,
    pub has_failed: bool,
}

#[derive(Default)]
pub struct Log {
    pub posts: BTreeMap<String, Vec<Post>>,
    pub gets: Vec<Get>,
    /// Keys that were sent although their entry held the id of their generation.
    pub sent_in_vain: Vec<String>,
    /// Keys that had been sent before, and were sent again over a day after their entry was begun.
    pub sent_too_late: Vec<String>,
}
