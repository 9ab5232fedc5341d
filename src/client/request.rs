//! A `GenerateRequest` or `CreateGeneration`, read once, checked, and made the body that is sent.

use wasm_bindgen::prelude::*;

use super::references::{self, Given};
use crate::contract::media_type::MediaType;
use crate::contract::validation::{Checked, Draft, Issue, Mode, Severity, check};
use crate::contract::value::Value;
use crate::js::arguments::Arguments;
use crate::js::data;
use crate::js::error::Error;
use crate::js::platform;

/// What the caller asks for.
pub(crate) struct Request {
    pub model: String,
    pub prompt: Option<String>,
    /// None where the caller gave none.
    pub params: Option<Vec<(String, Value)>>,
    pub client_request_id: Option<String>,
    pub references: Vec<Given>,
}

impl Request {
    /// Reads the caller's object. Wrong types are a `TypeError` with their path.
    pub fn read(request: JsValue, with_references: bool) -> Result<Self, Error> {
        let request = Arguments::required(request, "request")?;
        let model = request
            .string("model")?
            .ok_or_else(|| Error::argument("request.model must be a string: the id of a model"))?;
        let params = match request.get("params")? {
            None => None,
            Some(value) => match data::decode(&value, "params")? {
                Value::Record(members) => Some(members),
                _ => return Err(request.wrong("params", "an object", &value)),
            },
        };
        Ok(Self {
            model,
            prompt: request.string("prompt")?,
            params,
            client_request_id: request.string("client_request_id")?,
            references: if with_references { references::read_all(&request)? } else { Vec::new() },
        })
    }

    /// Everything that the catalogue knows of it.
    pub fn check(&self, looked: Option<&[Option<MediaType>]>, mode: Mode) -> Checked {
        let references = references::describe_all(&self.references, looked);
        check(
            &Draft {
                model: &self.model,
                prompt: self.prompt.as_deref(),
                params: self.params.as_deref().unwrap_or_default(),
                references: &references,
                client_request_id: self.client_request_id.as_deref(),
            },
            mode,
        )
    }

    /// The body of `POST /generations`, as text: the same bytes for every attempt.
    pub fn body(&self, mut params: Vec<(String, Value)>, items: Vec<Value>) -> String {
        if !items.is_empty() {
            params.push(("referenceMediaItems".to_owned(), Value::List(items)));
        }
        let mut members = vec![("model".to_owned(), Value::String(self.model.clone()))];
        if let Some(prompt) = &self.prompt {
            members.push(("prompt".to_owned(), Value::String(prompt.clone())));
        }
        if self.params.is_some() || !params.is_empty() {
            members.push(("params".to_owned(), Value::Record(params)));
        }
        if let Some(id) = &self.client_request_id {
            members.push(("client_request_id".to_owned(), Value::String(id.clone())));
        }
        data::to_json(&data::encode(&Value::Record(members)))
    }
}

/// Errors end the call; warnings are told once by `console.warn`.
pub(crate) fn settle(issues: Vec<Issue>) -> Result<(), Error> {
    if issues.iter().any(|issue| issue.severity == Severity::Error) {
        return Err(Error::invalid(issues));
    }
    for issue in issues {
        platform::warn_once(&format!("rivya-wasm: {}: {}", issue.path, issue.message));
    }
    Ok(())
}
