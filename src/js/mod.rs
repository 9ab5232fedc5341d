//! The border to JavaScript: what crosses it is checked here, and nowhere else.
//!
//! Callers' arguments ([`arguments`], [`data`]), promises and the calls in flight ([`promise`]), timers ([`timer`]), abort ([`scope`]), turns
//! ([`turnstile`]), `fetch` and its answers ([`fetch`], [`answer`]), files ([`file`]), and the one function that makes errors of the
//! package out of ours ([`error`]).

pub mod answer;
pub mod arguments;
pub mod concurrent;
pub mod data;
pub mod error;
pub mod fetch;
pub mod file;
pub mod platform;
pub mod promise;
pub mod scope;
pub mod timer;
pub mod turnstile;

#[cfg(target_arch = "wasm32")]
mod memory {
    /// Three kilobytes smaller than Rust's default, and a real allocator all the same.
    #[global_allocator]
    static ALLOCATOR: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();
}
