//! What is asked for.

use std::fmt;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use super::error::Error;
use super::reference::Reference;
use crate::client::{self, Fit};
use crate::contract::value::Value;
use crate::web::WebBlob;

/// What `generate` makes (contract, section 5).
/// ```no_run
/// use rivya_wasm::api::{Fit, GenerateRequest};
///
/// let request = GenerateRequest::new("nano-banana-2")
///     .prompt("These two at the seaside")
///     .param("aspect_ratio", "16:9")
///     .references(["https://example.com/ann.jpg", "https://example.com/ben.jpg"])
///     .fit(Fit::Limit)
///     .client_request_id("order-17");
/// ```
#[derive(Clone, Default)]
#[must_use]
pub struct GenerateRequest {
    core: client::GenerateRequest<WebBlob>,
    /// Why one of its references is none: the call ends with it.
    wrong: Option<Error>,
}

/// The value of a parameter.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum ParamValue {
    /// A flag.
    Bool(bool),
    /// A number.
    Number(f64),
    /// A text, or an option of a select.
    Text(String),
    /// Several.
    List(Vec<ParamValue>),
    /// Members by name.
    Record(Vec<(String, ParamValue)>),
}

impl GenerateRequest {
    /// A request for a model, by its id.
    pub fn new(model: &str) -> Self {
        Self { core: client::GenerateRequest::new(model), wrong: None }
    }

    /// What it shall make.
    pub fn prompt(mut self, prompt: &str) -> Self {
        self.core.prompt = Some(prompt.to_owned());
        self
    }

    /// A parameter of the model.
    pub fn param(mut self, key: &str, value: impl Into<ParamValue>) -> Self {
        self.core.params.push((key.to_owned(), value.into().into_value()));
        self
    }

    /// Something for the model to look at: a file, which is uploaded, or where it lies. The kind of what lies at a URL
    /// is the model's only one, or the one of its extension.
    pub fn reference(mut self, reference: impl Into<Reference>) -> Self {
        match reference.into().into_core(self.core.references.len()) {
            Ok(reference) => self.core.references.push(reference),
            Err(error) => self.wrong = self.wrong.or(Some(error)),
        }
        self
    }

    /// Several of them.
    pub fn references(self, references: impl IntoIterator<Item = impl Into<Reference>>) -> Self {
        references.into_iter().fold(self, Self::reference)
    }

    /// Whether camera, location and other metadata stay in the files. Default false: they are cut out, the pixels
    /// untouched.
    pub fn keep_metadata(mut self, keep: bool) -> Self {
        self.core.keep_metadata = keep;
        self
    }

    /// What becomes of an image that is too large. Default: the call ends with `validation_failed`.
    pub fn fit(mut self, fit: Fit) -> Self {
        self.core.fit = fit;
        self
    }

    /// An id of your own, which the API shows again.
    pub fn client_request_id(mut self, id: &str) -> Self {
        self.core.client_request_id = Some(id.to_owned());
        self
    }

    pub(super) fn as_core(&self) -> &client::GenerateRequest<WebBlob> {
        &self.core
    }

    pub(super) fn into_core(self) -> Result<client::GenerateRequest<WebBlob>, Error> {
        match self.wrong {
            Some(error) => Err(error),
            None => Ok(self.core),
        }
    }
}

impl fmt::Debug for GenerateRequest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("GenerateRequest")
            .field("model", &self.core.model)
            .field("prompt", &self.core.prompt)
            .field("params", &self.core.params)
            .field("references", &self.core.references.len())
            .field("client_request_id", &self.core.client_request_id)
            .finish_non_exhaustive()
    }
}

impl ParamValue {
    fn of(value: Value) -> Option<Self> {
        Some(match value {
            Value::Null => return None,
            Value::Bool(flag) => Self::Bool(flag),
            Value::Number(number) => Self::Number(number),
            Value::String(text) => Self::Text(text),
            Value::List(items) => Self::List(items.into_iter().map(Self::of).collect::<Option<_>>()?),
            Value::Record(members) => {
                let members = members.into_iter().map(|(key, value)| Some((key, Self::of(value)?)));
                Self::Record(members.collect::<Option<_>>()?)
            }
        })
    }

    fn into_value(self) -> Value {
        match self {
            Self::Bool(flag) => Value::Bool(flag),
            Self::Number(number) => Value::Number(number),
            Self::Text(text) => Value::String(text),
            Self::List(items) => Value::List(items.into_iter().map(Self::into_value).collect()),
            Self::Record(members) => {
                Value::Record(members.into_iter().map(|(key, value)| (key, value.into_value())).collect())
            }
        }
    }
}

/// Anything that JSON can say, but for `null`.
impl<'de> Deserialize<'de> for ParamValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        Self::of(value).ok_or_else(|| D::Error::custom("null is no value of a parameter"))
    }
}

impl From<bool> for ParamValue {
    fn from(flag: bool) -> Self {
        Self::Bool(flag)
    }
}

impl From<f64> for ParamValue {
    fn from(number: f64) -> Self {
        Self::Number(number)
    }
}

impl From<i32> for ParamValue {
    fn from(number: i32) -> Self {
        Self::Number(number.into())
    }
}

impl From<u32> for ParamValue {
    fn from(number: u32) -> Self {
        Self::Number(number.into())
    }
}

impl From<&str> for ParamValue {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for ParamValue {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<Vec<ParamValue>> for ParamValue {
    fn from(items: Vec<ParamValue>) -> Self {
        Self::List(items)
    }
}
