//! A call that panics after an await.

use rivya_wasm::bindings::Outcome;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::crash::everything_ends_with;

async fn panicking() -> Outcome<JsValue> {
    let answer = JsFuture::from(js_sys::Promise::resolve(&JsValue::from(7))).await;
    panic!("forced, after {answer:?}");
}

#[wasm_bindgen_test]
async fn a_panic_after_an_await_ends_every_call_and_says_where() {
    everything_ends_with(panicking, "tests/wasm/crash/by_panic.rs").await;
}
