//! The client for programs in Rust that are compiled to WebAssembly: a page, a Worker, a script.
//!
//! Its futures are not `Send`, like all that touches JavaScript: Leptos has `LocalResource` and `Action::new_local` for
//! them. A future that is dropped aborts what it was doing.
//!
//! ```no_run
//! use rivya_wasm::api::{Client, Error, GenerateRequest};
//!
//! async fn kite() -> Result<String, Error> {
//!     let client = Client::builder().base_url("https://example.com/api/rivya").build()?;
//!     let request = GenerateRequest::new("nano-banana-2").prompt("A kite").param("resolution", "2K");
//!     let generation = client.generate(request).await?;
//!     Ok(generation.urls().first().cloned().unwrap_or_default())
//! }
//! ```

mod account;
mod builder;
mod call;
mod callback;
mod client;
mod download;
mod error;
mod files;
mod fused;
mod generation;
mod on_progress;
mod pending;
mod progress;
mod reference;
mod request;
mod retrieve;
mod uploaded_file;
mod watch;

pub use crate::client::{Fit, Inspection as FileReport, State as PendingState};
pub use crate::contract::media_type::MediaKind;
pub use crate::contract::validation::{Issue as ValidationIssue, Mode as Validation, Severity};
pub use crate::platform::{Local, Store, StoreError};
pub use crate::web::{Answering, Fetch, IndexedDb, Memory};
pub use account::{ListModels, RetrieveCredits};
pub use builder::ClientBuilder;
pub use call::{Create, Generate, Generations, Resume, Wait};
pub use client::Client;
pub use download::{Download, DownloadProgress};
pub use error::Error;
pub use files::{Files, Inspect, Upload};
pub use generation::{Credits, Generation, GenerationError, GenerationResult, Model, Status};
pub use pending::PendingGeneration;
pub use progress::{Progress, Seen};
pub use reference::{File, Reference, ReferenceMediaItem};
pub use request::{GenerateRequest, ParamValue};
pub use retrieve::Retrieve;
pub use uploaded_file::UploadedFile;
pub use watch::Watch;
