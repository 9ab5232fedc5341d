//! A call that borrows after an await what is borrowed already.

use std::cell::RefCell;

use rivya_wasm::bindings::Outcome;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::crash::everything_ends_with;

async fn borrowing() -> Outcome<JsValue> {
    let shared = RefCell::new(JsValue::UNDEFINED);
    let answer = JsFuture::from(js_sys::Promise::resolve(&JsValue::from(7))).await;
    let first = shared.borrow_mut();
    *shared.borrow_mut() = answer.unwrap();
    Ok(first.clone())
}

#[wasm_bindgen_test]
async fn a_double_borrow_after_an_await_ends_every_call_and_says_where() {
    everything_ends_with(borrowing, "tests/wasm/crash/by_borrow.rs").await;
}
