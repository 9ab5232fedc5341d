//! What is left of a module in which a call has crashed. A module that has crashed stays so: each way to crash has a
//! test binary of its own.

use std::cell::Cell;
use std::future::Future;
use std::rc::Rc;

use js_sys::{Function, Promise};
use rivya_wasm::bindings::{JsEngine, Method, Outcome, begin, cancel_call};
use rivya_wasm::js::handle::Handle;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

#[wasm_bindgen(module = "/tests/wasm/crash/in_flight.js")]
extern "C" {
    /// As `call.js` begins a call: its promise is rejected by a crash.
    #[wasm_bindgen(js_name = inFlight)]
    fn in_flight(start: &Closure<dyn FnMut(Function, Function) -> f64>) -> Promise;
    fn turn() -> Promise;
}

/// A client whose requests are never answered.
fn connect() -> JsEngine {
    let settings: Handle = js_sys::JSON::parse(
        r#"{"holdsKey":false,"browser":false,"headers":[],"maxRetries":0,"timeoutMs":30000,"stallMs":60000,
            "maxResultBytes":1073741824,"maxConcurrentUploads":4,"store":null,"hasExtras":false,
            "href":"https://api.example/api/v1","protocol":"https:","host":"api.example","hostname":"api.example"}"#,
    )
    .unwrap()
    .unchecked_into();
    let fetch = Function::new_no_args("return new Promise(() => {});");
    js_sys::Reflect::set(&settings, &"fetch".into(), &fetch).unwrap();
    JsEngine::new(settings).unwrap_or_else(|error| panic!("{error:?}"))
}

fn started(start: impl FnMut(Function, Function) -> f64 + 'static) -> Promise {
    let start = Closure::new(start);
    let promise = in_flight(&start);
    start.forget();
    promise
}

/// The error of a call that has crashed, or was refused after that.
async fn error_of(promise: Promise) -> (String, String) {
    let error = JsFuture::from(promise).await.expect_err("it has to fail");
    let text = |key: &str| js_sys::Reflect::get(&error, &key.into()).unwrap().as_string().unwrap();
    assert_eq!(text("name"), "RivyaError");
    (text("code"), text("message"))
}

/// Crashes with `crash`, a future that does so after an await, and looks at what is left. Its message has to name the
/// place `file`.
pub async fn everything_ends_with<C: Future<Output = Outcome<JsValue>> + 'static>(
    crash: impl Fn() -> C + 'static,
    file: &str,
) {
    let engine = Rc::new(connect());
    let beside = [engine.clone(), Rc::new(connect())].map(|engine| {
        let options = || js_sys::Object::new().unchecked_into::<Handle>();
        started(move |resolve, reject| {
            engine.begin(Method::Credits, JsValue::UNDEFINED, options(), resolve, reject)
        })
    });
    let crashed = started(move |resolve, reject| begin(Box::pin(crash()), resolve, reject));
    let (code, message) = error_of(crashed).await;
    assert_eq!(code, "module_crashed");
    let place = message.rsplit_once(" at ").map_or("", |(_, place)| place);
    let (named, line) = place.trim_end_matches(')').rsplit_once(':').unwrap_or_default();
    assert!(named.ends_with(file) && line.parse::<u32>().is_ok(), "{message}");
    for call in beside {
        assert_eq!(error_of(call).await, (code.clone(), message.clone()));
    }

    // Nothing of a later call is run, whoever begins it, and to cancel one is no second failure.
    let (begun, polls) = (Rc::new(Cell::new(0_u32)), Rc::new(Cell::new(0_u32)));
    let counted = polls.clone();
    let later = move || {
        let polls = counted.clone();
        async move {
            polls.set(polls.get().saturating_add(1));
            Ok(JsValue::UNDEFINED)
        }
    };
    let (counted, call) = (begun.clone(), later.clone());
    let refused = started(move |resolve, reject| {
        counted.set(counted.get().saturating_add(1));
        begin(Box::pin(call()), resolve, reject)
    });
    assert_eq!(error_of(refused).await, (code, message));
    let ignore = Function::new_no_args("");
    let number = begin(Box::pin(later()), ignore.clone(), ignore);
    JsFuture::from(turn()).await.unwrap();
    assert_eq!((begun.get(), polls.get()), (0, 0));
    cancel_call(number);
}
