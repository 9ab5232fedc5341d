//! A panic traps, and what JavaScript then sees is `unreachable`: before that it is said where, and every call in
//! flight is rejected.

use std::panic::{PanicHookInfo, set_hook};
use std::sync::Once;

use wasm_bindgen::prelude::*;

#[wasm_bindgen(module = "/src/js/crash.js")]
extern "C" {
    fn crashed(message: &str);
}

static HOOK: Once = Once::new();

/// From now on a panic tells JavaScript of itself.
pub(crate) fn tell_panics() {
    HOOK.call_once(|| set_hook(Box::new(|panic| crashed(&words_of(panic)))));
}

/// Says where, and what where that is plain text: most panics are.
fn words_of(panic: &PanicHookInfo<'_>) -> String {
    let what = panic.payload().downcast_ref::<&str>().copied().unwrap_or("panicked");
    match panic.location() {
        Some(place) => [what, " at ", place.file(), ":", &place.line().to_string()].concat(),
        None => what.to_owned(),
    }
}
