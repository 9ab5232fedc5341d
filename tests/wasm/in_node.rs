//! The border to JavaScript, in Node.
#![cfg(target_arch = "wasm32")]

#[cfg(test)]
mod border;
