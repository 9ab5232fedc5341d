//! Client for Rivya Public API v1, an edge proxy for it and an emulator of it, on the platform's own `fetch`.
//!
//! Rules live apart from the world. Three modules know no JavaScript, clock, randomness or I/O, and compile natively:
//!
//! - [`contract`]: what the API says (catalogue, requests, generations, files, errors, validation);
//! - [`policy`]: when to act (retries, polling, the pause after 429);
//! - [`media`]: what a file is (signature).
//!
//! The others know that JavaScript exists, each behind a feature of its own: `js` is the border (data, errors thrown, panics),
//! and on it stand `client`, `emulator` and `edge`, which never import each other.

pub mod contract;
pub mod media;
pub mod policy;

#[cfg(feature = "js")]
pub mod js;

#[cfg(feature = "client")]
pub mod client;

#[cfg(feature = "edge")]
pub mod edge;

#[cfg(feature = "emulator")]
pub mod emulator;
