//! Client for Rivya Public API v1, an edge proxy for it and an emulator of it, on the platform's own `fetch`.
//!
//! Rules live apart from the world, and flows apart from the platform. These know no JavaScript, clock, randomness or
//! I/O, and compile natively:
//!
//! - [`contract`]: what the API says (catalogue, requests, generations, files, errors, validation);
//! - [`policy`]: when to act (retries, polling, the pause after 429);
//! - [`media`]: what a file is (signature);
//! - [`platform`]: what flows ask of the world, as traits;
//! - [`client`]: the flows, over any platform.
//!
//! Feature `client` (default): `web` is the platform of pages, Workers and scripts, and `api` the client that programs
//! in Rust use. Feature `emulator`: the API in a process, which is a fetch for the tests of such programs.
//!
//! Feature `npm` is for the modules of the npm package: `js` is the border to JavaScript (data, errors thrown, panics),
//! and on it stand `bindings`, `edge` and the exports of the `emulator`, which never import each other.
//!
//! # From Rust
//!
//! `docs/rust.md` is the guide, `examples/leptos` a whole page, `examples/rust-worker` a whole Worker, and
//! `examples/rust-native` a native program that takes the rules alone, with `default-features = false`.
//!
//! ```
//! use std::time::Duration;
//!
//! use rivya_wasm::contract::validation::{Draft, Mode, check};
//! use rivya_wasm::policy::learned::Learned;
//! use rivya_wasm::policy::polling::Guidance;
//!
//! let draft = Draft {
//!     model: "nano-banana-2",
//!     prompt: Some("A lighthouse"),
//!     params: &[],
//!     references: &[],
//!     client_request_id: None,
//! };
//! assert!(check(&draft, Mode::Strict).may_be_sent());
//!
//! // From the submission to the first poll, where no run of the model was seen.
//! let plan = Learned::new(&[], Guidance::Images);
//! assert_eq!(plan.next_delay(Duration::ZERO, 0), Duration::from_millis(2_500));
//! ```

pub mod client;
pub mod contract;
mod futures;
pub mod media;
mod millis;
pub mod platform;
pub mod policy;

#[cfg(feature = "client")]
pub mod api;
#[cfg(feature = "client")]
pub mod web;

#[cfg(feature = "js")]
pub mod js;

#[cfg(all(feature = "client", feature = "npm"))]
pub mod bindings;

#[cfg(all(feature = "edge", feature = "npm"))]
pub mod edge;

#[cfg(feature = "emulator")]
pub mod emulator;

/// The guides to Rust, whose samples are tests.
#[cfg(all(doctest, feature = "client"))]
mod guides {
    #[doc = include_str!("../docs/rust.md")]
    mod from_rust {}

    // Its tests need the emulator.
    #[cfg(feature = "emulator")]
    #[doc = include_str!("../docs/rust-page.md")]
    mod page {}
}
