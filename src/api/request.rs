//! What is asked for.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use crate::client::{self, UrlReference};
use crate::contract::value::Value;

/// What `generate` makes (contract, section 5).
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct GenerateRequest(client::GenerateRequest);

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
        Self(client::GenerateRequest::new(model))
    }

    /// What it shall make.
    pub fn prompt(mut self, prompt: &str) -> Self {
        self.0.prompt = Some(prompt.to_owned());
        self
    }

    /// A parameter of the model.
    pub fn param(mut self, key: &str, value: impl Into<ParamValue>) -> Self {
        self.0.params.push((key.to_owned(), value.into().into_value()));
        self
    }

    /// A file for the model to look at, which lies at a URL in public. Its kind is the model's only one, or the one of
    /// its extension.
    pub fn reference(mut self, url: &str) -> Self {
        self.0.references.push(UrlReference { url: url.to_owned(), kind: None });
        self
    }

    /// An id of your own, which the API shows again.
    pub fn client_request_id(mut self, id: &str) -> Self {
        self.0.client_request_id = Some(id.to_owned());
        self
    }

    pub(super) fn as_core(&self) -> &client::GenerateRequest {
        &self.0
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
