//! The client over the emulator, in a page.
#![cfg(target_arch = "wasm32")]

#[cfg(test)]
mod emulator;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
