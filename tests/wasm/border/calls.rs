//! A call from its begin to its end, and what it leaves to be finished.

use std::cell::Cell;
use std::rc::Rc;

use js_sys::{Array, Function, Reflect};
use rivya_wasm::bindings::{Method, begin, cancel_call};
use wasm_bindgen::prelude::*;
use wasm_bindgen_test::wasm_bindgen_test;

use super::client::{answering, begun, connect, connect_with, fetch, handle, hanging, set, settle, until};
use super::{get, shown, text};

const CREDITS: &str = r#"{ "/credits": [200, '{"current_credits":5,"new":[{"deep":7}]}'] }"#;
const HILL: &str = r#"{"model":"nano-banana-2","prompt":"A hill","unknown":[],"references":[]}"#;

#[wasm_bindgen_test]
async fn a_call_resolves_once_with_the_object_that_the_server_sent() {
    let (fetch, calls) = answering(CREDITS);
    let engine = connect(&fetch);
    let call = begun(|resolve, reject| {
        engine.begin(Method::Credits, JsValue::UNDEFINED, handle("{}"), resolve, reject)
    });
    until(|| call.settled() > 0).await;
    assert_eq!((call.settled(), calls.length()), (1, 1));
    assert_eq!(shown(&call.value().await), r#"{"current_credits":5,"new":[{"deep":7}]}"#);
}

#[wasm_bindgen_test]
async fn a_call_rejects_once_with_the_error() {
    let (fetch, _) = answering(r#"{ "/credits": [401, '{"error":{"code":"api_key_invalid"}}'] }"#);
    let engine = connect(&fetch);
    let call = begun(|resolve, reject| {
        engine.begin(Method::Credits, JsValue::UNDEFINED, handle("{}"), resolve, reject)
    });
    until(|| call.settled() > 0).await;
    assert_eq!(call.settled(), 1);
    assert_eq!(text(&call.error().await, "code"), "api_key_invalid");
}

#[wasm_bindgen_test]
async fn nothing_of_a_call_runs_before_its_number_is_known() {
    let (fetch, calls) = answering(CREDITS);
    let engine = connect(&fetch);
    let call = begun(|resolve, reject| {
        engine.begin(Method::Credits, JsValue::UNDEFINED, handle("{}"), resolve, reject)
    });
    assert_eq!((calls.length(), call.settled()), (0, 0));
    call.value().await;
    assert_eq!(calls.length(), 1);
}

#[wasm_bindgen_test]
async fn a_client_may_be_freed_while_its_calls_run() {
    let (fetch, _) = answering(CREDITS);
    let engine = connect(&fetch);
    let call = begun(|resolve, reject| {
        engine.begin(Method::Credits, JsValue::UNDEFINED, handle("{}"), resolve, reject)
    });
    drop(engine);
    assert_eq!(get(&call.value().await, "current_credits"), 5);
}

#[wasm_bindgen_test]
async fn a_call_that_never_wakes_holds_up_nobody() {
    let (silent, sent) = hanging();
    let silent = connect(&silent);
    let never = begun(|resolve, reject| {
        silent.begin(Method::Credits, JsValue::UNDEFINED, handle("{}"), resolve, reject)
    });
    until(|| sent.length() == 1).await;
    settle().await;
    assert_eq!(never.settled(), 0);
    cancel_call(never.number);
}

/// As Workers do it with a request that has ended: its microtasks never run.
#[wasm_bindgen_test]
async fn a_call_whose_context_was_ended_holds_up_nobody() {
    let global = js_sys::global();
    let (fetch, calls) = answering(CREDITS);
    let engine = connect(&fetch);
    let kept = get(&global, "queueMicrotask");
    let held = Array::new();
    let hold = Function::new_with_args("held", "return (task) => { held.push(task); };");
    set(&global, "queueMicrotask", &hold.call1(&JsValue::UNDEFINED, &held).unwrap());
    let ended = begun(|resolve, reject| {
        engine.begin(Method::Credits, JsValue::UNDEFINED, handle("{}"), resolve, reject)
    });
    set(&global, "queueMicrotask", &kept);
    assert_eq!(held.length(), 1, "its pump, and no more");
    let beside = begun(|resolve, reject| {
        engine.begin(Method::Credits, JsValue::UNDEFINED, handle("{}"), resolve, reject)
    });
    beside.value().await;
    assert_eq!((ended.settled(), calls.length()), (0, 1));
    // Its own microtask runs it, and nobody else's.
    held.get(0).unchecked_into::<Function>().call0(&JsValue::UNDEFINED).unwrap();
    assert_eq!(calls.length(), 2);
    ended.value().await;
}

/// A store whose answers are given by hand, once `isHeld`.
fn store() -> JsValue {
    let make = Function::new_no_args(
        "const texts = new Map(); const waiting = []; const asked = [];
         const answer = (what, value) => {
           asked.push(what);
           if (!store.isHeld) return value();
           return new Promise((resolve) => waiting.push(() => resolve(value())));
         };
         const store = {
           isHeld: false, waiting, asked, texts,
           get: (key) => answer('get', () => texts.get(key)),
           set: (key, text) => answer('set', () => void texts.set(key, text)),
           delete: (key) => answer('delete', () => void texts.delete(key)),
           keys: () => answer('keys', () => [...texts.keys()]),
           answerAll: () => waiting.splice(0).forEach((each) => each()),
           shown: () => JSON.stringify([...texts.values()]),
         };
         return store;",
    );
    make.call0(&JsValue::UNDEFINED).unwrap()
}

fn method(object: &JsValue, name: &str) -> JsValue {
    get(object, name).unchecked_into::<Function>().call0(object).unwrap()
}

#[wasm_bindgen_test]
async fn what_a_cancelled_call_has_begun_to_write_is_written_to_its_end() {
    let store = store();
    let body = "calls.push(init); return new Response('{\"id\":\"task_1\",\"status\":\"queued\"}', { status: 202 });";
    let (fetch, _) = fetch(body);
    let hold = Function::new_with_args(
        "fetch, store",
        "return (url, init) => { store.isHeld = true; return fetch(url, init); };",
    );
    let fetch = hold.call2(&JsValue::UNDEFINED, &fetch, &store).unwrap();
    let engine = connect_with(&fetch, &store);
    let options = handle(r#"{"idempotencyKey":"mine"}"#);
    let call =
        begun(|resolve, reject| engine.begin(Method::Create, handle(HILL).into(), options, resolve, reject));
    // The task is accepted, and the entry is read before its id is written there.
    let waiting: Array = get(&store, "waiting").unchecked_into();
    until(|| waiting.length() == 1).await;
    let texts = || method(&store, "shown").as_string().unwrap();
    assert!(!texts().contains("task_1"));
    cancel_call(call.number);
    Reflect::set(&store, &"isHeld".into(), &false.into()).unwrap();
    method(&store, "answerAll");
    until(|| texts().contains("task_1")).await;
    settle().await;
    assert_eq!(call.settled(), 0);
}

#[wasm_bindgen_test]
async fn a_call_that_is_woken_twice_within_a_poll_is_polled_once_more() {
    let polls = Rc::new(Cell::new(0_u32));
    let counted = polls.clone();
    let call = begun(|resolve, reject| {
        let waiting = std::future::poll_fn(move |context| {
            counted.set(counted.get().saturating_add(1));
            if counted.get() == 3 {
                return std::task::Poll::Ready(Ok(JsValue::from(counted.get())));
            }
            // Woken twice within one poll, it is polled once more.
            context.waker().wake_by_ref();
            context.waker().wake_by_ref();
            std::task::Poll::Pending
        });
        begin(Box::pin(waiting), resolve, reject)
    });
    assert_eq!(polls.get(), 0);
    assert_eq!(call.value().await, 3);
    settle().await;
    assert_eq!(polls.get(), 3);
}
