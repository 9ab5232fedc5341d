//! A panic traps, and what JavaScript then sees is `unreachable`: the hook says before that where, and rejects every call in flight.

use std::panic::PanicHookInfo;
use std::sync::Once;

use wasm_bindgen::prelude::*;

use crate::contract::text::push_digits;

#[wasm_bindgen(module = "/src/js/crash.js")]
extern "C" {
    fn crashed(message: &str);
}

/// Sets the hook, once for the module.
pub fn reject_calls_on_panic() {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| std::panic::set_hook(Box::new(report)));
}

/// Says where, and what where that is plain text: most panics are. Formatting the rest would link the formatting of everything.
fn report(panic: &PanicHookInfo<'_>) {
    let mut message = panic.payload().downcast_ref::<&str>().copied().unwrap_or("panicked").to_owned();
    if let Some(location) = panic.location() {
        message.push_str(" at ");
        message.push_str(location.file());
        message.push(':');
        push_digits(&mut message, location.line().into());
    }
    crashed(&message);
}
