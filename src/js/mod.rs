//! The border to JavaScript: what crosses it is checked here, and nowhere else.
//!
//! Callers' arguments ([`arguments`], [`data`]), exchanges over a fetch ([`exchange`]), files by handle ([`file`]), what only the platform
//! knows ([`platform`]), promises and abort ([`promise`]), timers ([`timer`]), turns ([`turnstile`]), several things at once
//! ([`concurrent`]), and the one function that makes errors of the package out of ours ([`error`]).
//!
//! Mechanics that are one line in JavaScript and a hundred in WebAssembly (reading an option, racing a timer against a fetch) are in the
//! `.js` files here; they decide nothing.

pub mod arguments;
pub mod concurrent;
pub mod data;
pub mod error;
pub mod exchange;
pub mod file;
pub mod platform;
pub mod promise;
pub mod shapes;
pub mod timer;
pub mod turnstile;

#[cfg(target_arch = "wasm32")]
mod memory {
    /// Three kilobytes smaller than Rust's default, and a real allocator all the same.
    #[global_allocator]
    static ALLOCATOR: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();
}
