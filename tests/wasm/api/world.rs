//! The platform by itself, over fetches that are written in JavaScript.

use std::time::Duration;

use js_sys::{Function, Object, Promise, Reflect, Uint8Array};
use rivya_wasm::platform::{Method, Platform, Request};
use rivya_wasm::web::{JsAnswer, Transport, Web, WebBlob, WebOptions};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

pub const URL: &str = "https://api.example/api/v1/credits";
pub type Exchange = rivya_wasm::platform::Exchange<JsAnswer>;

/// The value of an expression.
pub fn js(expression: &str) -> JsValue {
    run(&["return (", expression, ");"].concat())
}

/// What statements return.
pub fn run(statements: &str) -> JsValue {
    let strict = ["\"use strict\"; ", statements].concat();
    Function::new_no_args(&strict).call0(&JsValue::UNDEFINED).expect(statements)
}

/// What the promise of an expression gives.
pub async fn js_of(expression: &str) -> JsValue {
    JsFuture::from(js(expression).unchecked_into::<Promise>()).await.expect(expression)
}

/// A function of JavaScript that stands in for fetch.
pub fn script(expression: &str) -> Transport {
    Transport::Script(js(expression))
}

pub fn web(fetch: Transport) -> Web {
    Web::new(WebOptions { download_fetch: fetch.clone(), fetch, ..WebOptions::default() })
}

pub fn get() -> Request {
    Request {
        method: Method::Get,
        url: URL.to_owned(),
        headers: vec![("Accept".to_owned(), "application/json".to_owned())],
        body: None,
        timeout: Duration::from_secs(20),
    }
}

pub fn post(body: &str) -> Request {
    Request { method: Method::Post, body: Some(body.to_owned()), ..get() }
}

/// What becomes of a GET that is answered by a function of JavaScript.
pub async fn exchange(fetch: &str) -> Exchange {
    web(script(fetch)).exchange(get()).await
}

pub fn blob(bytes: &[u8]) -> WebBlob {
    let parts = js_sys::Array::of1(&Uint8Array::from(bytes));
    WebBlob::new(web_sys::Blob::new_with_u8_array_sequence(&parts).unwrap())
}

pub fn is_page() -> bool {
    Reflect::has(&js_sys::global(), &"document".into()).unwrap()
}

/// Members of a prototype, or of the global object, which go with it.
pub struct Changed(Function);

impl Changed {
    /// `changes`: expressions of an object, and of the members that it gets.
    pub fn new(changes: &[(&str, &str)]) -> Self {
        let restore = changes.iter().map(|(object, members)| {
            let change = Function::new_with_args(
                "object, members",
                "const before = Reflect.ownKeys(members).map((name) =>
                   [name, Object.getOwnPropertyDescriptor(object, name)]);
                 for (const [name] of before) Object.defineProperty(object, name, {
                   __proto__: null,
                   ...Object.getOwnPropertyDescriptor(members, name),
                   configurable: true,
                   enumerable: false,
                 });
                 return () => before.forEach(([name, descriptor]) => {
                   Reflect.deleteProperty(object, name);
                   if (descriptor !== undefined) Object.defineProperty(object, name, descriptor);
                 });",
            );
            change.call2(&JsValue::UNDEFINED, &js(object), &js(members)).unwrap()
        });
        let all: js_sys::Array = restore.collect();
        let restore = Function::new_with_args("all", "return () => all.reverse().forEach((one) => one());");
        Self(restore.call1(&JsValue::UNDEFINED, &all).unwrap().unchecked_into())
    }
}

impl Drop for Changed {
    fn drop(&mut self) {
        self.0.call0(&JsValue::UNDEFINED).unwrap();
    }
}

/// A member of an object, whichever it is.
pub fn member(object: &JsValue, name: &str) -> JsValue {
    Reflect::get(object.unchecked_ref::<Object>(), &name.into()).unwrap()
}
