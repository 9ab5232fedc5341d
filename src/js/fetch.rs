//! Calls *a* fetch: the platform's, a caller's function, or an object that has one (a service binding, an emulator).

use js_sys::{Function, Object, Promise};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use super::answer::Answer;
use super::arguments::Arguments;
use super::data;
use super::error::Error;

#[wasm_bindgen]
extern "C" {
    // As a bare global: `this.fetch(…)` is an illegal invocation in a page.
    #[wasm_bindgen(js_name = fetch, catch)]
    fn platform_fetch(url: &str, init: &Object) -> Result<Promise, JsValue>;
}

/// Which fetch.
#[derive(Clone)]
pub enum Fetcher {
    /// The platform's own.
    Platform,
    /// A caller's function, called with no `this`.
    Function(Function),
    /// A caller's object; its `fetch` is called as its method.
    Object(JsValue),
}

impl Fetcher {
    /// The option `key`, or the platform's.
    pub fn option(options: &Arguments, key: &str) -> Result<Self, Error> {
        let Some(value) = options.get(key)? else { return Ok(Self::Platform) };
        if let Some(function) = value.dyn_ref::<Function>() {
            return Ok(Self::Function(function.clone()));
        }
        let path = options.path_of(key);
        if value.is_object() && data::member(&value, "fetch", &format!("{path}.fetch"))?.is_function() {
            return Ok(Self::Object(value));
        }
        Err(options.wrong(key, "a function, or an object with a fetch method,", &value))
    }

    /// Whether the platform's own fetch is called.
    pub fn is_platform(&self) -> bool {
        matches!(self, Self::Platform)
    }

    /// Fetches. The error is what the fetch threw or rejected with.
    pub async fn call(&self, url: &str, init: &Object) -> Result<Answer, JsValue> {
        let returned: JsValue = match self {
            Self::Platform => platform_fetch(url, init)?.into(),
            Self::Function(function) => function.call2(&JsValue::UNDEFINED, &url.into(), init)?,
            Self::Object(object) => {
                let method: Function = js_sys::Reflect::get(object, &"fetch".into())?.dyn_into()?;
                method.call2(object, &url.into(), init)?
            }
        };
        Answer::of(JsFuture::from(Promise::resolve(&returned)).await?)
    }
}
