//! What the flows ask of the world, as traits alone: [`crate::client`] stands on them, and each platform implements
//! them.
//!
//! Nothing behind these traits retries, counts or decides. A future that is dropped gives up what it asked for: the
//! request, the timer, the wait for a lock. Each future may be dropped at any moment, also before it was polled.

mod answer;
mod file;
mod http;
mod transfer;
mod url;

pub use answer::Answer;
pub use file::{Blob, Encoding, Part, Picture, Scan};
pub(crate) use http::NamesOf;
pub use http::{Body, Exchange, Method, Request};
pub use transfer::{Form, Incoming, Reception, ResultRequest, ResultSource, Transmission};
pub use url::UrlParts;

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use crate::contract::value::Value;

/// A future of this thread. A platform's futures borrow nothing: they outlive the call that asked for them.
pub type Local<T> = Pin<Box<dyn Future<Output = T>>>;

/// Why a store has not answered, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreError(pub String);

/// Texts by key, kept over reloads where the platform can. What is read back may be a stranger's: it is never trusted.
/// ```
/// use std::cell::RefCell;
/// use std::collections::BTreeMap;
/// use std::future::ready;
///
/// use rivya_wasm::platform::{Local, Store, StoreError};
///
/// /// Texts that end with their program.
/// #[derive(Default)]
/// struct Kept(RefCell<BTreeMap<String, String>>);
///
/// impl Store for Kept {
///     fn get(&self, key: &str) -> Local<Result<Option<String>, StoreError>> {
///         Box::pin(ready(Ok(self.0.borrow().get(key).cloned())))
///     }
///     fn set(&self, key: &str, text: &str) -> Local<Result<(), StoreError>> {
///         self.0.borrow_mut().insert(key.to_owned(), text.to_owned());
///         Box::pin(ready(Ok(())))
///     }
///     fn delete(&self, key: &str) -> Local<Result<(), StoreError>> {
///         self.0.borrow_mut().remove(key);
///         Box::pin(ready(Ok(())))
///     }
///     fn keys(&self, prefix: &str) -> Local<Result<Vec<String>, StoreError>> {
///         let keys = self.0.borrow().keys().filter(|key| key.starts_with(prefix)).cloned().collect();
///         Box::pin(ready(Ok(keys)))
///     }
/// }
/// ```
pub trait Store: 'static {
    /// The text under a key; `None` where there is none.
    fn get(&self, key: &str) -> Local<Result<Option<String>, StoreError>>;
    /// Writes a text. It counts as written when it would survive the process.
    fn set(&self, key: &str, text: &str) -> Local<Result<(), StoreError>>;
    /// Removes a text, if there is one.
    fn delete(&self, key: &str) -> Local<Result<(), StoreError>>;
    /// All keys that begin with a prefix.
    fn keys(&self, prefix: &str) -> Local<Result<Vec<String>, StoreError>>;
}

/// A world in which the flows run: a page, a Worker, a script, or a simulation of them.
pub trait Platform: 'static {
    /// What a server said; see [`Answer`].
    type Answer: Answer;
    /// The lock of a name. Dropped, it is free again.
    type Lock: 'static;
    /// A file's bytes, by handle; see [`Blob`].
    type Blob: Blob;
    /// A picture that was decoded; see [`Picture`].
    type Picture: Picture<Blob = Self::Blob>;
    /// A result on its way; see [`Incoming`].
    type Incoming: Incoming<Blob = Self::Blob, Answer = Self::Answer>;

    /// Milliseconds of a clock that never goes backwards. It may stand still while the machine sleeps.
    fn monotonic_ms(&self) -> f64;
    /// Milliseconds since 1970, by a clock that may be set.
    fn wall_ms(&self) -> f64;
    /// Milliseconds since 1970 of a date as HTTP or ISO 8601 writes it; NaN where the text is none.
    fn date_ms(&self, text: &str) -> f64;
    /// Ends after so long, by the monotonic clock. A platform whose timers can't be set so far ends sooner.
    fn sleep(&self, delay: Duration) -> Local<()>;
    /// How many timers the platform has refused to set so far: what sleeps by one of them does not end, and the call
    /// that polls it fails. Default: none.
    fn refused_timers(&self) -> u64 {
        0
    }
    /// Why the last one was refused.
    fn timer_refusal(&self) -> String {
        String::new()
    }

    /// A number from 0 up to 1, without 1, for delays that shall differ.
    fn random(&self) -> f64;
    /// Bytes that nobody can guess.
    fn random_bytes(&self) -> [u8; 16];

    /// One exchange with the API. A redirect is not followed. It never waits for another call of the client.
    fn exchange(&self, request: Request) -> Local<Exchange<Self::Answer>>;

    /// The same for a form with a file. What it may take is in `transmission` alone.
    fn upload(
        &self,
        request: Request,
        form: Form<Self::Blob>,
        transmission: Transmission,
    ) -> Local<Exchange<Self::Answer>>;
    /// Asks for a result. Its body is not waited for.
    fn receive(&self, request: ResultRequest) -> Local<Reception<Self::Incoming>>;

    /// A URL in its parts; `None` where it is none. A relative one is relative to `base`, and where there is no `base`,
    /// to this page; outside of pages it is none then.
    fn resolve_url(&self, url: &str, base: Option<&str>) -> Option<UrlParts>;

    /// The file that a `blob:` URL of this page names; `None` where it names none any more.
    fn open_blob_url(&self, url: &str) -> Local<Option<Self::Blob>>;
    /// Whether pictures can be decoded and encoded here.
    fn can_encode(&self) -> bool;
    /// Decodes a picture, upright; `None` where the platform can't.
    fn decode(&self, file: &Self::Blob) -> Local<Option<Self::Picture>>;
    /// Ends when everything else on this thread has had its turn: timers, events, other calls.
    fn turn(&self) -> Local<()>;

    /// A value as JSON text.
    fn to_json(&self, value: &Value) -> String;
    /// The value of a JSON text; `None` where it is none, or nests too deep.
    fn parse_json(&self, text: &str) -> Option<Value>;

    /// The store; `None` where nothing shall be remembered.
    fn store(&self) -> Option<&dyn Store>;

    /// Waits for a lock that one has at a time, in all pages of the origin. Where there are no locks it holds within
    /// this page, and on Workers nobody waits for it.
    fn lock(&self, name: &str) -> Local<Self::Lock>;
    /// A lock that many may have at a time, for others to see in [`Platform::marks`]. Nobody waits for it; `None` where
    /// the platform has no locks.
    fn mark(&self, name: &str) -> Local<Option<Self::Lock>>;
    /// The names that are marked, in whichever page.
    fn marks(&self) -> Local<Vec<String>>;

    /// Whether the platform says that it has no network. It may be wrong.
    fn is_offline(&self) -> bool;
    /// Ends when the platform says that it is online again.
    fn online(&self) -> Local<()>;
    /// Whether nobody can see the page.
    fn is_hidden(&self) -> bool;
    /// Ends when the page can be seen again, or is online again.
    fn returned(&self) -> Local<()>;

    /// Whether a call must not be woken by another one, as on Workers, where such a call is killed as hung.
    fn separates_calls(&self) -> bool;
    /// Whether the causes of a failed request tell that nothing was sent. Browsers tell none, and a caller's own fetch
    /// may have tried more than once.
    fn tells_causes(&self) -> bool;

    /// Runs a task that nobody waits for, to its end.
    fn spawn(&self, task: Local<()>);
    /// Tells a developer something, as `console.warn` does: once about one thing, whoever tells it.
    fn warn(&self, about: &str, message: &str);
}
