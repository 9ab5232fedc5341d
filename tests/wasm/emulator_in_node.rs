//! The client over the emulator, in Node.
#![cfg(target_arch = "wasm32")]

#[cfg(test)]
mod emulator;
