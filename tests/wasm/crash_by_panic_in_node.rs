//! A call that panics, in Node.
#![cfg(target_arch = "wasm32")]

#[cfg(test)]
#[path = "crash/by_panic.rs"]
mod by_panic;
#[cfg(test)]
mod crash;
