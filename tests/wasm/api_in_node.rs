//! The client for programs in Rust, in Node.
#![cfg(target_arch = "wasm32")]

#[cfg(test)]
mod api;
