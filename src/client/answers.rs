//! Checks an answer for what we rely on, and leaves the rest as the server sent it: a field that the API adds tomorrow reaches the caller.

use wasm_bindgen::prelude::*;

use crate::contract::generation::Status;
use crate::js::data;

/// The very object that the server sent, with what is relied on.
#[derive(Clone)]
pub(crate) struct Generation {
    pub object: JsValue,
    pub id: String,
    pub status: Status,
}

impl Generation {
    /// None where it has no `id` or no `status`: then it is no generation.
    pub fn of(object: JsValue) -> Option<Self> {
        let id = data::get(&object, "id").as_string().filter(|id| !id.is_empty())?;
        let status = Status::parse(&data::get(&object, "status").as_string()?);
        Some(Self { object, id, status })
    }

    /// The model that it runs on, where the server says so.
    pub fn model(&self) -> Option<String> {
        data::get(&self.object, "model").as_string()
    }

    /// Code and message of a failed one. A failed task may carry no error object (contract, section 6).
    pub fn failure(&self) -> (String, String) {
        let error = data::get(&self.object, "error");
        let code = data::get(&error, "code").as_string().unwrap_or_else(|| "generation_failed".to_owned());
        let message =
            data::get(&error, "message").as_string().unwrap_or_else(|| "The generation failed.".to_owned());
        (code, message)
    }
}

/// Where the results of a generation lie: `result.urls`, or `result.primary_url` alone where there is no list (contract, section 6).
pub(crate) fn result_urls(generation: &JsValue) -> Vec<String> {
    let result = data::get(generation, "result");
    let urls = data::get(&result, "urls").dyn_into::<js_sys::Array>().unwrap_or_default();
    let list: Vec<String> = urls.iter().filter_map(|url| url.as_string()).collect();
    if list.is_empty() { data::get(&result, "primary_url").as_string().into_iter().collect() } else { list }
}
