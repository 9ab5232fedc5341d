//! The border to JavaScript: what crosses it, and how.
//!
//! Plain data comes in and goes out ([`data`]), a caller's objects come in as handles whose members JavaScript has
//! checked ([`handle`]), one function makes the package's errors out of ours ([`error`]), and a panic ends every call
//! in flight ([`panic`]).
//!
//! What has to be done rather than decided (fetch, timers, abort, forms, files) is in the `.js` files here: nothing in
//! Rust ever waits.

pub mod data;
pub mod error;
pub mod handle;
#[cfg(all(feature = "npm", any(feature = "client", feature = "edge")))]
pub(crate) mod panic;

#[cfg(all(target_arch = "wasm32", feature = "npm"))]
mod memory {
    /// Three kilobytes smaller than Rust's default, and a real allocator all the same.
    #[global_allocator]
    static ALLOCATOR: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();
}
