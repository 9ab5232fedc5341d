//! The API in a process, for tests: the same routes, checks, errors, credits and idempotency as Rivya Public API v1,
//! and results that are painted from the prompt and the references.
//!
//! An [`Emulator`] is a fetch. With feature `client`, a front end's tests give it to a client of theirs, and need no
//! network:
#![cfg_attr(feature = "client", doc = "\n```no_run")]
#![cfg_attr(not(feature = "client"), doc = "\n```ignore")]
//! use std::time::Duration;
//! use rivya_wasm::api::{Client, Error, GenerateRequest};
//! use rivya_wasm::emulator::{Emulator, EmulatorOptions};
//!
//! async fn a_kite_is_painted() -> Result<(), Error> {
//!     let emulator = Emulator::new(EmulatorOptions::new().pace(Duration::ZERO, Duration::ZERO));
//!     let client = Client::builder()
//!         .base_url(&emulator.base_url())
//!         .api_key(&emulator.api_key())
//!         .dangerously_allow_browser(true)
//!         .fetch(emulator.clone())
//!         .download_fetch(emulator)
//!         .build()?;
//!     let kite = client.generate(GenerateRequest::new("z-image").prompt("A kite")).await?;
//!     let pictures = client.download(&kite).await?;
//!     assert_eq!(pictures[0].type_(), "image/png");
//!     Ok(())
//! }
//! ```
//!
//! Where the API's documentation is silent it follows [`conventions`] of its own (success statuses, a file's keys,
//! `Retry-After`, pixel sizes): no program should rely on those.
//!
//! [`world`] and what stands below it decide everything and know neither JavaScript nor a clock; the border reads a
//! `Request`, asks the world, and makes a `Response`. Feature `npm` adds what JavaScript calls; without it the emulator
//! brings a program no export.

mod border;
pub mod checks;
pub mod conventions;
pub mod faults;
pub mod files;
pub mod ledger;
pub mod painter;
pub mod problem;
pub mod random;
pub mod routes;
pub mod settings;
pub mod signing;
pub mod tables;
pub mod tasks;
pub mod webhooks;
pub mod world;

#[cfg(test)]
mod checks_tests;
#[cfg(test)]
mod world_tests;

#[cfg(feature = "npm")]
pub use border::RawEmulator;
pub use border::{Emulator, EmulatorOptions, OptionError};
pub use checks::Accepted;
pub use faults::{FaultKind, FaultPlan};
pub use ledger::{Charge, Ledger};
pub use settings::{Habit, Outcome};
