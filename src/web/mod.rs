//! The platform of pages, Workers and scripts, over web-sys: fetch, timers, a store, locks, the tab. Nothing is decided
//! here, and nothing is repeated.

mod abort;
mod answer;
mod body;
mod event;
mod failure;
mod fetch;
mod http;
mod indexed_db;
mod lock;
mod memory;
mod platform;
mod runtime;
mod timer;

pub use answer::JsAnswer;
pub use fetch::{Answering, Fetch};
pub use indexed_db::IndexedDb;
pub use lock::Lock;
pub use memory::Memory;
pub use platform::Web;
pub(crate) use platform::{Keep, is_browser};
