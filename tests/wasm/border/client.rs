//! A client as the package's JavaScript makes it, with a fetch that is a function of JavaScript's.

use std::cell::Cell;
use std::panic::{set_hook, take_hook};
use std::rc::Rc;
use std::sync::Once;

use js_sys::{Array, Function, Object, Promise, Reflect, Uint8Array};
use rivya_wasm::bindings::{JsEngine, Method};
use rivya_wasm::js::handle::Handle;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::Blob;

use super::parse;

/// What has not come by then never comes.
const PATIENCE_MS: f64 = 20_000.0;

static HOOK: Once = Once::new();

/// A plain object as the package's JavaScript has read it: without a prototype.
pub fn handle(json: &str) -> Handle {
    let given = parse(json);
    Reflect::set_prototype_of(given.unchecked_ref::<Object>(), &JsValue::NULL).unwrap();
    given.unchecked_into()
}

pub fn set(object: &JsValue, name: &str, value: &JsValue) {
    Reflect::set(object, &name.into(), value).unwrap();
}

/// What `client-options.js` makes of `{ baseUrl, maxRetries: 0, store: null }`.
pub fn settings() -> Handle {
    handle(
        r#"{"holdsKey":false,"browser":false,"headers":[],"maxRetries":0,"timeoutMs":30000,"stallMs":60000,
            "maxResultBytes":1073741824,"maxConcurrentUploads":4,"store":null,"hasExtras":false,
            "href":"https://api.example/api/v1","protocol":"https:","host":"api.example","hostname":"api.example"}"#,
    )
}

/// A client of settings. A test that panics is told as it is anywhere: the client's own hook would end all calls of the
/// tests behind it.
pub fn try_connect(settings: Handle) -> Result<JsEngine, JsValue> {
    let mut first = None;
    HOOK.call_once(|| {
        let of_tests = take_hook();
        first = Some(JsEngine::new(settings.clone()));
        set_hook(of_tests);
    });
    first.unwrap_or_else(|| JsEngine::new(settings))
}

/// A client whose requests `fetch` answers, and whose journal is kept in `store`.
pub fn connect_with(fetch: &JsValue, store: &JsValue) -> JsEngine {
    let settings = settings();
    set(&settings, "fetch", fetch);
    set(&settings, "downloadFetch", fetch);
    set(&settings, "store", store);
    try_connect(settings).unwrap_or_else(|error| panic!("{error:?}"))
}

/// A client without a journal.
pub fn connect(fetch: &JsValue) -> JsEngine {
    connect_with(fetch, &JsValue::NULL)
}

/// A fetch of this body: it is given `url`, `init`, and an array `calls`, which it has all to itself.
pub fn fetch(body: &str) -> (JsValue, Array) {
    let calls = Array::new();
    let make = Function::new_with_args("calls", &["return async (url, init) => {", body, "};"].concat());
    (make.call1(&JsValue::UNDEFINED, &calls).unwrap(), calls)
}

/// A fetch that answers each path with a status and JSON text.
pub fn answering(answers: &str) -> (JsValue, Array) {
    fetch(
        &[
            "calls.push(init); const path = url.replace('https://api.example/api/v1', ''); const answers = ",
            answers,
            "; const [status, body, headers] = answers[path]; return new Response(body, { status, headers });",
        ]
        .concat(),
    )
}

/// A fetch that answers nothing, ever: of each request its init is kept.
pub fn hanging() -> (JsValue, Array) {
    fetch("calls.push(init); return new Promise(() => {});")
}

/// Enough of a JPEG to be known as one, and to be taken for a whole one.
pub const JPEG: &[u8] = b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0\xff\xd9";

pub fn jpeg() -> Blob {
    Blob::new_with_u8_array_sequence(&Array::of1(&Uint8Array::from(JPEG))).unwrap()
}

/// A call that was begun, and what came of it.
pub struct Begun {
    pub number: f64,
    pub promise: Promise,
    settled: Rc<Cell<u32>>,
}

impl Begun {
    /// How often one of its functions was called.
    pub fn settled(&self) -> u32 {
        self.settled.get()
    }

    /// What it resolves with.
    pub async fn value(self) -> JsValue {
        JsFuture::from(self.promise).await.unwrap_or_else(|error| panic!("rejected with {error:?}"))
    }

    /// What it rejects with.
    pub async fn error(self) -> JsValue {
        JsFuture::from(self.promise).await.expect_err("it has to fail")
    }
}

/// Begins a call with functions of its own, which tell its promise.
pub fn begun(start: impl FnOnce(Function, Function) -> f64) -> Begun {
    let settled = Rc::new(Cell::new(0_u32));
    let (mut number, mut start) = (0.0, Some(start));
    let promise = Promise::new(&mut |resolve, reject| {
        let counted = |settle: Function| {
            let settled = settled.clone();
            let counting = Closure::<dyn FnMut(JsValue)>::new(move |value: JsValue| {
                settled.set(settled.get().saturating_add(1));
                settle.call1(&JsValue::UNDEFINED, &value).unwrap();
            });
            counting.into_js_value().unchecked_into::<Function>()
        };
        number = start.take().unwrap()(counted(resolve), counted(reject));
    });
    // It may be looked at long after it was rejected, which ends Node otherwise.
    Function::new_with_args("promise", "promise.catch(() => {});")
        .call1(&JsValue::UNDEFINED, &promise)
        .unwrap();
    Begun { number, promise, settled }
}

/// Every task that can go on has gone on: a call of another client has run from its begin to its end.
pub async fn settle() {
    let (other, _) = answering(r#"{ "/credits": [200, '{"current_credits":1}'] }"#);
    let engine = connect(&other);
    begun(|resolve, reject| engine.begin(Method::Credits, JsValue::UNDEFINED, handle("{}"), resolve, reject))
        .value()
        .await;
}

/// Waits until a condition holds.
pub async fn until(condition: impl Fn() -> bool) {
    let begun_ms = js_sys::Date::now();
    while !condition() {
        assert!(js_sys::Date::now() - begun_ms < PATIENCE_MS, "that never came");
        // Locks and files of a page are another process's: they come with turns of the event loop.
        let turn = Function::new_no_args("return new Promise((resolve) => setTimeout(resolve, 0));");
        let turn: Promise = turn.call0(&JsValue::UNDEFINED).unwrap().unchecked_into();
        JsFuture::from(turn).await.unwrap();
    }
}
