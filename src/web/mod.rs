//! The platform of pages, Workers and scripts, over web-sys: fetch, forms, files, pictures, timers, a store, locks, the
//! tab. Nothing is decided here, and nothing is repeated.
//!
//! What a caller's fetch or store answers may be anything, and any script of a page may put members on the prototypes
//! that all objects share. So nothing of theirs is taken for the type that it should be, objects that the platform
//! reads options from have no prototype, and what can throw is called where that is caught.

mod abort;
mod answer;
mod answered;
mod blob;
mod body;
mod event;
mod failure;
mod fetch;
mod guarded;
mod http;
mod incoming;
mod indexed_db;
mod js_store;
mod lock;
mod memory;
mod object;
mod options;
mod picture;
mod platform;
mod promise;
mod request;
mod runtime;
mod scan;
mod timer;
mod transport;
mod upload;
mod url;
mod warn;

pub use answer::JsAnswer;
pub use blob::WebBlob;
pub use fetch::{Answering, Fetch};
pub use incoming::WebIncoming;
pub use indexed_db::IndexedDb;
pub use js_store::JsStore;
pub use lock::Lock;
pub use memory::Memory;
pub use options::{Keep, WebOptions};
pub use picture::WebPicture;
pub use platform::Web;
pub(crate) use platform::is_browser;
pub use scan::WebScan;
pub use transport::Transport;
pub use url::{Resolved, location_base, resolve};
