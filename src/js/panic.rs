//! A panic traps, and what JavaScript then sees is `unreachable`: before that it is said where, and every call in
//! flight is rejected.
//!
//! Not by a hook: for that the standard library writes each message down, and the formatting of everything is linked.
//! The build puts [`rivya_panicked`] in the place of the standard library's handler (`build/panics.mjs`); modules of
//! `cargo test` keep the latter.

use core::panic::PanicInfo;

use wasm_bindgen::prelude::*;

use crate::contract::text::push_digits;

#[wasm_bindgen(module = "/src/js/crash.js")]
extern "C" {
    fn crashed(message: &str);
}

/// Says where, and what where that is plain text: most panics are.
#[allow(unsafe_code, reason = "the name is for the build, and no other function of the module has it")]
#[unsafe(no_mangle)]
fn rivya_panicked(panic: &PanicInfo<'_>) -> ! {
    let mut message = panic.message().as_str().unwrap_or("panicked").to_owned();
    if let Some(location) = panic.location() {
        message.push_str(" at ");
        message.push_str(location.file());
        message.push(':');
        push_digits(&mut message, location.line().into());
    }
    crashed(&message);
    core::arch::wasm32::unreachable()
}
