//! What the platform is told of a client.

use std::future::poll_fn;
use std::rc::Rc;
use std::task::Poll;

use web_sys::RequestCredentials;

use super::transport::Transport;
use crate::platform::{Local, Store};

/// Where a client's journal is kept.
#[derive(Default)]
pub enum Keep {
    /// IndexedDB where there is one, else this process's memory.
    #[default]
    Default,
    /// No journal is kept.
    Nowhere,
    /// A caller's store.
    In(Rc<dyn Store>),
}

/// The options of a client that the platform acts by.
pub struct WebOptions {
    /// Who answers calls of the API. Default: the platform.
    pub fetch: Transport,
    /// Who answers calls for results where they lie. Default: the platform.
    pub download_fetch: Transport,
    /// Whether cookies are sent to the API. Default: as the platform does it.
    pub credentials: Option<RequestCredentials>,
    /// Whether a secret key is among the headers: XMLHttpRequest would take it along on redirects. Default false.
    pub holds_key: bool,
    /// Where the journal is kept.
    pub keep: Keep,
    /// Whether the task that is being polled was given up within this poll, by a caller's callback: then it sends
    /// nothing more. Default: never.
    pub is_given_up: fn() -> bool,
    /// Runs tasks that nobody waits for. Default: the executor of wasm-bindgen-futures.
    pub spawn: fn(Local<()>),
}

impl WebOptions {
    /// Goes on at once, unless the task that polls it was given up, which is dropped then. Several tasks may share what
    /// waits here, an upload or a poll loop: the next one that polls it goes on.
    pub(super) async fn unless_given_up(&self) {
        poll_fn(|_| if (self.is_given_up)() { Poll::Pending } else { Poll::Ready(()) }).await;
    }
}

impl Default for WebOptions {
    fn default() -> Self {
        Self {
            fetch: Transport::default(),
            download_fetch: Transport::default(),
            credentials: None,
            holds_key: false,
            keep: Keep::default(),
            is_given_up: || false,
            spawn: |task| wasm_bindgen_futures::spawn_local(task),
        }
    }
}
