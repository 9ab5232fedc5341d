//! A call that borrows twice, in a page.
#![cfg(target_arch = "wasm32")]

#[cfg(test)]
#[path = "crash/by_borrow.rs"]
mod by_borrow;
#[cfg(test)]
mod crash;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
