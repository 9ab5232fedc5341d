//! Checks an answer for what we rely on, and leaves the rest as the server sent it: a field that the API adds tomorrow reaches the caller.

use wasm_bindgen::prelude::*;

use crate::contract::generation::Status;
use crate::contract::value::Value;
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
        let id = data::get_text(&object, "id").filter(|id| !id.is_empty())?;
        let status = Status::parse(&data::get_text(&object, "status")?);
        Some(Self { object, id, status })
    }

    /// The model that it runs on, where the server says so.
    pub fn model(&self) -> Option<String> {
        data::get_text(&self.object, "model")
    }

    /// Code and message of a failed one. A failed task may carry no error object (contract, section 6).
    pub fn failure(&self) -> (String, String) {
        let error = data::get(&self.object, "error");
        let code = data::get_text(&error, "code").unwrap_or_else(|| "generation_failed".to_owned());
        let message =
            data::get_text(&error, "message").unwrap_or_else(|| "The generation failed.".to_owned());
        (code, message)
    }
}

/// Where the results of a generation lie: `result.urls`, or `result.primary_url` alone where there is no list (contract, section 6).
/// The error is the place in the list of what is no URL; 0 where there is nothing at all.
pub(crate) fn result_urls(result: &Value) -> Result<Vec<String>, usize> {
    let list = result.get("urls").and_then(Value::as_list).unwrap_or_default();
    let primary = result.get("primary_url");
    let mut urls = Vec::with_capacity(list.len().max(1));
    for (index, url) in
        if list.is_empty() { primary.map_or(list, std::slice::from_ref) } else { list }.iter().enumerate()
    {
        urls.push(url.as_str().filter(|url| !url.is_empty()).ok_or(index)?.to_owned());
    }
    if urls.is_empty() { Err(0) } else { Ok(urls) }
}

/// Whether an answer is a generation.
pub(crate) fn is_generation(json: &JsValue) -> bool {
    Generation::of(json.clone()).is_some()
}
