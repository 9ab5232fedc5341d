//! A call that panics, in a page.
#![cfg(target_arch = "wasm32")]

#[cfg(test)]
#[path = "crash/by_panic.rs"]
mod by_panic;
#[cfg(test)]
mod crash;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
