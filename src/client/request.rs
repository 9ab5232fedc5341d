//! A `GenerateRequest` or `CreateGeneration`, read once, checked, and made the body that is sent.

use js_sys::Array;
use wasm_bindgen::prelude::*;

use super::references::{self, Given};
use crate::contract::media_type::MediaType;
use crate::contract::validation::{Checked, Draft, Issue, Mode, Severity, check, unknown_field};
use crate::contract::value::Value;
use crate::js::arguments::{self, checked, unknown_fields};
use crate::js::data;
use crate::js::error::{Error, invalid, wrong_argument};
use crate::js::platform;
use crate::js::shapes::generation_body;

const SCHEMA: &str = "model:s! prompt:s params:o client_request_id:s references:l";
/// The body of `POST /generations` itself has its references in `params`.
const BODY_SCHEMA: &str = "model:s! prompt:s params:o client_request_id:s";

/// What the caller asks for.
pub(crate) struct Request {
    pub model: String,
    prompt: Option<String>,
    /// None where the caller gave none.
    params: Option<Vec<(String, Value)>>,
    client_request_id: Option<String>,
    pub references: Vec<Given>,
    /// Names of members that no request has.
    unknown: Array,
}

impl Request {
    /// Reads the caller's object. Wrong types are a `TypeError` with their path.
    pub fn read(request: &JsValue, with_references: bool) -> Result<Self, Error> {
        if !request.is_object() {
            return Err(wrong_argument(&["request must be an object: { model, prompt, … }"]));
        }
        let schema = if with_references { SCHEMA } else { BODY_SCHEMA };
        let unknown = unknown_fields(request, schema)?;
        let request = checked(request, "request", schema)?;
        let params = request.value("params");
        let params = if params.is_undefined() { None } else { Some(data::decode(&params, "params")?) };
        let references = if with_references {
            references::sort(arguments::references(&request.value("references"))?)
        } else {
            Vec::new()
        };
        Ok(Self {
            model: request.string("model").unwrap_or_default(),
            prompt: request.string("prompt"),
            params: params
                .map(|params| if let Value::Record(members) = params { members } else { Vec::new() }),
            client_request_id: request.string("client_request_id"),
            references,
            unknown,
        })
    }

    /// Everything that the catalogue knows of it.
    pub fn check(&self, looked: Option<&[Option<MediaType>]>, mode: Mode) -> Checked {
        let references = references::describe(&self.references, looked);
        let draft = Draft {
            model: &self.model,
            prompt: self.prompt.as_deref(),
            params: self.params.as_deref().unwrap_or_default(),
            references: &references,
            client_request_id: self.client_request_id.as_deref(),
        };
        let mut checked = check(&draft, mode);
        for name in self.unknown.iter() {
            checked.issues.extend(unknown_field(&name.as_string().unwrap_or_default(), mode));
        }
        checked
    }

    /// The body of `POST /generations`, as text: the same bytes for every attempt.
    pub fn body(&self, params: Vec<(String, Value)>, items: &Array) -> String {
        let params =
            if self.params.is_some() { data::encode(&Value::Record(params)) } else { JsValue::UNDEFINED };
        generation_body(
            &self.model,
            self.prompt.as_deref(),
            &params,
            items,
            self.client_request_id.as_deref(),
        )
    }
}

/// Errors end the call; warnings are told once by `console.warn`.
pub(crate) fn settle(issues: Vec<Issue>) -> Result<(), Error> {
    if issues.iter().any(|issue| issue.severity == Severity::Error) {
        return Err(invalid(issues).into());
    }
    for issue in &issues {
        platform::warn_once(&["rivya-wasm: ", &issue.path, ": ", &issue.message].concat());
    }
    Ok(())
}
