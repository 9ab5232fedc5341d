//! The client for programs in Rust, in a page.
#![cfg(target_arch = "wasm32")]

#[cfg(test)]
mod api;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
