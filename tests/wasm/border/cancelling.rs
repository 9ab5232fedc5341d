//! A call that nobody waits for any more.

use std::cell::Cell;
use std::rc::Rc;

use js_sys::{Array, Function};
use rivya_wasm::bindings::{Method, cancel_call};
use rivya_wasm::js::handle::Handle;
use wasm_bindgen::prelude::*;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::AbortSignal;

use super::client::{
    Begun, answering, begun, connect, connect_with, fetch, handle, hanging, jpeg, set, settle, until,
};
use super::{get, text};

const HILL: &str = r#"{"model":"nano-banana-2","prompt":"A hill","unknown":[],"references":[]}"#;

/// How many results are fetched at once.
const AT_ONCE: u32 = 4;

fn signal_of(calls: &Array, index: u32) -> AbortSignal {
    get(&calls.get(index), "signal").unchecked_into()
}

/// A callback that cancels a call, whose number is set once it is known. It keeps what it is told.
struct Canceller {
    number: Rc<Cell<f64>>,
    told: Array,
    callback: JsValue,
}

impl Canceller {
    /// `phase`: when it cancels; `None`: with the first thing that it is told.
    fn new(phase: Option<&'static str>) -> Self {
        let (number, told) = (Rc::new(Cell::new(0.0)), Array::new());
        let (known, kept) = (number.clone(), told.clone());
        let callback = Closure::<dyn FnMut(JsValue)>::new(move |progress: JsValue| {
            kept.push(&progress);
            if phase.is_none_or(|phase| text(&progress, "phase") == phase) {
                cancel_call(known.get());
            }
        });
        Self { number, told, callback: callback.into_js_value() }
    }

    fn begun(&self, start: impl FnOnce(Function, Function) -> f64) -> Begun {
        let call = begun(start);
        self.number.set(call.number);
        call
    }
}

fn generate_options(on_progress: &JsValue) -> Handle {
    let options = handle(r#"{"waitTimeoutMs":900000}"#);
    set(&options, "onProgress", on_progress);
    options
}

#[wasm_bindgen_test]
async fn a_cancelled_call_aborts_its_request_at_once_and_settles_nothing() {
    let (fetch, calls) = fetch(
        "calls.push(init); return new Promise((resolve) => (init.answer = () => resolve(Response.json({}))));",
    );
    let engine = connect(&fetch);
    let call = begun(|resolve, reject| {
        engine.begin(Method::Credits, JsValue::UNDEFINED, handle("{}"), resolve, reject)
    });
    until(|| calls.length() == 1).await;
    assert!(!signal_of(&calls, 0).aborted());
    cancel_call(call.number);
    assert!(signal_of(&calls, 0).aborted(), "in the same turn");
    get(&calls.get(0), "answer").unchecked_into::<Function>().call0(&JsValue::UNDEFINED).unwrap();
    settle().await;
    assert_eq!((call.settled(), calls.length()), (0, 1));
}

#[wasm_bindgen_test]
async fn a_call_that_is_cancelled_in_the_turn_in_which_it_was_begun_sends_nothing() {
    let (fetch, calls) = hanging();
    let engine = connect(&fetch);
    let call = begun(|resolve, reject| {
        engine.begin(Method::Credits, JsValue::UNDEFINED, handle("{}"), resolve, reject)
    });
    cancel_call(call.number);
    settle().await;
    assert_eq!((call.settled(), calls.length()), (0, 0));
}

#[wasm_bindgen_test]
async fn a_call_that_is_cancelled_by_its_own_callback_tells_and_sends_nothing_more() {
    let (fetch, calls) = hanging();
    let engine = connect(&fetch);
    let canceller = Canceller::new(Some("submitting"));
    let options = generate_options(&canceller.callback);
    let call = canceller.begun(|resolve, reject| {
        engine.begin(Method::Generate, handle(HILL).into(), options, resolve, reject)
    });
    until(|| canceller.told.length() > 0).await;
    settle().await;
    assert_eq!((canceller.told.length(), calls.length(), call.settled()), (1, 0, 0));
}

#[wasm_bindgen_test]
async fn a_call_that_is_cancelled_by_its_callback_for_an_upload_sends_no_file() {
    let (fetch, calls) = hanging();
    let engine = connect(&fetch);
    let canceller = Canceller::new(None);
    let options = generate_options(&canceller.callback);
    set(&options, "kind", &"image".into());
    set(&options, "keepMetadata", &true.into());
    let call = canceller
        .begun(|resolve, reject| engine.begin(Method::Upload, jpeg().into(), options, resolve, reject));
    until(|| canceller.told.length() > 0).await;
    settle().await;
    assert_eq!((canceller.told.length(), calls.length(), call.settled()), (1, 0, 0));
}

#[wasm_bindgen_test]
async fn a_call_that_is_cancelled_from_within_its_own_fetch_is_aborted_when_that_returns() {
    let number = Rc::new(Cell::new(0.0));
    let (known, signals) = (number.clone(), Array::new());
    let kept = signals.clone();
    let fetch = Closure::<dyn FnMut(JsValue, JsValue) -> js_sys::Promise>::new(move |_, init: JsValue| {
        kept.push(&get(&init, "signal"));
        cancel_call(known.get());
        js_sys::Promise::new(&mut |_, _| {})
    });
    let engine = connect(&fetch.into_js_value());
    let call = begun(|resolve, reject| {
        engine.begin(Method::Credits, JsValue::UNDEFINED, handle("{}"), resolve, reject)
    });
    number.set(call.number);
    until(|| signals.length() == 1).await;
    settle().await;
    assert!(signals.get(0).unchecked_into::<AbortSignal>().aborted());
    assert_eq!((signals.length(), call.settled()), (1, 0));
}

#[wasm_bindgen_test]
async fn a_call_that_is_cancelled_from_within_its_own_store_sends_nothing() {
    let number = Rc::new(Cell::new(0.0));
    let (known, asked) = (number.clone(), Rc::new(Cell::new(0_u32)));
    let counted = asked.clone();
    let write = Closure::<dyn FnMut(JsValue, JsValue)>::new(move |_, _| {
        counted.set(counted.get().saturating_add(1));
        cancel_call(known.get());
    });
    let make =
        Function::new_with_args("set", "return { set, get: () => undefined, delete() {}, keys: () => [] };");
    let store = make.call1(&JsValue::UNDEFINED, &write.into_js_value()).unwrap();
    let (fetch, calls) = hanging();
    let engine = connect_with(&fetch, &store);
    let options = handle(r#"{"idempotencyKey":"mine"}"#);
    let call =
        begun(|resolve, reject| engine.begin(Method::Create, handle(HILL).into(), options, resolve, reject));
    number.set(call.number);
    until(|| asked.get() == 1).await;
    settle().await;
    assert_eq!((calls.length(), call.settled()), (0, 0));
}

#[wasm_bindgen_test]
async fn a_callback_may_cancel_another_call() {
    let (fetch, calls) = hanging();
    let engine = connect(&fetch);
    let other = begun(|resolve, reject| {
        engine.begin(Method::Credits, JsValue::UNDEFINED, handle("{}"), resolve, reject)
    });
    until(|| calls.length() == 1).await;
    let canceller = Canceller::new(Some("submitting"));
    canceller.number.set(other.number);
    let options = generate_options(&canceller.callback);
    let call = begun(|resolve, reject| {
        engine.begin(Method::Generate, handle(HILL).into(), options, resolve, reject)
    });
    until(|| calls.length() == 2).await;
    assert!(signal_of(&calls, 0).aborted() && !signal_of(&calls, 1).aborted());
    cancel_call(call.number);
}

#[wasm_bindgen_test]
async fn a_number_that_is_no_calls_cancels_nothing() {
    let (credits, _) = answering(r#"{ "/credits": [200, '{"current_credits":5}'] }"#);
    let over = connect(&credits);
    let over = begun(|resolve, reject| {
        over.begin(Method::Credits, JsValue::UNDEFINED, handle("{}"), resolve, reject)
    });
    until(|| over.settled() == 1).await;

    let (fetch, calls) = hanging();
    let engine = connect(&fetch);
    let running = begun(|resolve, reject| {
        engine.begin(Method::Credits, JsValue::UNDEFINED, handle("{}"), resolve, reject)
    });
    until(|| calls.length() == 1).await;
    for number in
        [over.number, running.number + 1_000.0, 0.0, -1.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY]
    {
        cancel_call(number);
    }
    settle().await;
    assert!(!signal_of(&calls, 0).aborted());
    cancel_call(running.number);
    cancel_call(running.number);
    assert!(signal_of(&calls, 0).aborted());
    settle().await;
    assert_eq!((over.settled(), running.settled()), (1, 0));
}

#[wasm_bindgen_test]
async fn a_call_that_is_cancelled_by_the_first_of_two_words_within_a_poll_hears_no_second() {
    let (fetch, calls) = fetch(
        "calls.push(init); return Response.json({ id: 'file_1', url: 'https://files.example/1.jpg' });",
    );
    let engine = connect(&fetch);
    let file = jpeg();
    let options = || handle(r#"{"keepMetadata":true}"#);
    let before = file.clone();
    begun(|resolve, reject| engine.begin(Method::Upload, before.into(), options(), resolve, reject))
        .value()
        .await;
    // It is there already: that it begins and that it is there are told at once.
    let canceller = Canceller::new(None);
    let heard = options();
    set(&heard, "onProgress", &canceller.callback);
    let call =
        canceller.begun(|resolve, reject| engine.begin(Method::Upload, file.into(), heard, resolve, reject));
    until(|| canceller.told.length() > 0).await;
    settle().await;
    assert_eq!((canceller.told.length(), calls.length(), call.settled()), (1, 1, 0));
}

#[wasm_bindgen_test]
async fn a_download_that_is_cancelled_by_its_callback_fetches_no_further_result() {
    let (fetch, calls) = fetch("calls.push(init); return new Response(calls.file);");
    set(&calls, "file", &jpeg());
    let engine = connect(&fetch);
    let canceller = Canceller::new(None);
    let options = handle("{}");
    set(&options, "onProgress", &canceller.callback);
    let urls = [r#""https://cdn.example.com/1.jpg""#; 9].join(",");
    let generation = handle(&format!(r#"{{"id":"task_1","result":{{"urls":[{urls}]}}}}"#));
    let call = canceller
        .begun(|resolve, reject| engine.begin(Method::Download, generation.into(), options, resolve, reject));
    until(|| canceller.told.length() > 0).await;
    settle().await;
    // As many as are fetched at once had been asked for before.
    assert_eq!((canceller.told.length(), calls.length(), call.settled()), (1, AT_ONCE, 0));
}
