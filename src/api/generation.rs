//! What the API says, as Rust has it. What it adds is kept, and a member that is not of the documented type counts as
//! absent: a picture that is paid for is handed over all the same.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

use crate::web::JsAnswer;

/// Where a generation stands (contract, section 6).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Status {
    /// Accepted, not begun.
    Queued,
    /// Under way.
    Processing,
    /// Ended with a result.
    Succeeded,
    /// Ended without one.
    Failed,
    /// A word that the API has added since. It counts as not ended.
    Other(String),
}

/// A generation, as the API shows it (contract, section 6).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Generation {
    /// The API's id of it.
    pub id: String,
    status: String,
    /// The model that makes it.
    #[serde(default, deserialize_with = "as_documented", skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Credits that were set aside for it at its start.
    #[serde(default, deserialize_with = "as_documented", skip_serializing_if = "Option::is_none")]
    pub reserved_credits: Option<f64>,
    /// Credits that it has cost in the end; 0 until then.
    #[serde(default, deserialize_with = "as_documented", skip_serializing_if = "Option::is_none")]
    pub final_credits: Option<f64>,
    /// When it was accepted, as ISO 8601.
    #[serde(default, deserialize_with = "as_documented", skip_serializing_if = "Option::is_none")]
    pub created_at: Option<String>,
    /// When it last changed, as ISO 8601.
    #[serde(default, deserialize_with = "as_documented", skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<String>,
    #[serde(default, deserialize_with = "as_documented")]
    result: Option<GenerationResult>,
    /// Why it has failed, where the API says so.
    #[serde(default, deserialize_with = "as_documented")]
    pub error: Option<GenerationError>,
    #[serde(flatten)]
    extra: Map<String, Value>,
}

/// Why a generation has failed (contract, section 6).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct GenerationError {
    /// A stable code of the API's.
    #[serde(default, deserialize_with = "as_documented", skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The same for people.
    #[serde(default, deserialize_with = "as_documented", skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    #[serde(flatten)]
    extra: Map<String, Value>,
}

impl GenerationError {
    /// A member that this version does not know.
    pub fn extra(&self, key: &str) -> Option<&Value> {
        self.extra.get(key)
    }
}

/// Where the results of a generation lie (contract, section 6).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct GenerationResult {
    /// The first of them.
    #[serde(default, deserialize_with = "as_documented", skip_serializing_if = "Option::is_none")]
    pub primary_url: Option<String>,
    /// All of them.
    #[serde(default, deserialize_with = "texts")]
    pub urls: Vec<String>,
    #[serde(flatten)]
    extra: Map<String, Value>,
}

impl Generation {
    /// Where it stands.
    pub fn status(&self) -> Status {
        match self.status.as_str() {
            "queued" => Status::Queued,
            "processing" => Status::Processing,
            "succeeded" => Status::Succeeded,
            "failed" => Status::Failed,
            other => Status::Other(other.to_owned()),
        }
    }

    /// Its result, once it has succeeded.
    pub fn result(&self) -> Option<&GenerationResult> {
        self.result.as_ref()
    }

    /// Where its results lie, all of them; none before it has succeeded.
    pub fn urls(&self) -> Vec<String> {
        let Some(result) = &self.result else { return Vec::new() };
        if result.urls.is_empty() {
            result.primary_url.iter().cloned().collect()
        } else {
            result.urls.clone()
        }
    }

    /// A member that this version does not know, or has no field for.
    pub fn extra(&self, key: &str) -> Option<&Value> {
        self.extra.get(key)
    }
}

/// The account's balance (contract, section 8).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Credits {
    current_credits: f64,
    #[serde(flatten)]
    extra: Map<String, Value>,
}

impl Credits {
    /// Credits that are left.
    pub fn current_credits(&self) -> f64 {
        self.current_credits
    }

    /// A member that this version does not know.
    pub fn extra(&self, key: &str) -> Option<&Value> {
        self.extra.get(key)
    }
}

/// A model, as the API lists it (contract, section 4).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Model {
    /// What a request names it by.
    pub id: String,
    /// Its name for people.
    #[serde(default, deserialize_with = "as_documented", skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// What it makes: `image`, `video`, `audio`, `chat`.
    #[serde(default, deserialize_with = "as_documented", skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// Credits that one generation costs; its parameters may change what is reserved.
    #[serde(default, deserialize_with = "as_documented", skip_serializing_if = "Option::is_none")]
    pub base_credits: Option<f64>,
    /// `available`, `coming_soon` or `studio_only`.
    #[serde(default, deserialize_with = "as_documented", skip_serializing_if = "Option::is_none")]
    pub api_status: Option<String>,
    /// What `params` of a request takes. The form of an element is not documented.
    #[serde(default, deserialize_with = "as_documented", skip_serializing_if = "Option::is_none")]
    pub params: Option<Vec<Value>>,
    #[serde(flatten)]
    extra: Map<String, Value>,
}

impl Model {
    /// Any other member: `runtime`, `max_prompt_length`, …
    pub fn extra(&self, key: &str) -> Option<&Value> {
        self.extra.get(key)
    }
}

/// A member; `None` where it is of another type than documented.
pub(super) fn as_documented<'de, D: Deserializer<'de>, T: DeserializeOwned>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    Value::deserialize(deserializer).map(|value| serde_json::from_value(value).ok())
}

/// The texts of a list.
fn texts<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let list = as_documented::<D, Vec<Value>>(deserializer)?.unwrap_or_default();
    Ok(list.iter().filter_map(Value::as_str).map(str::to_owned).collect())
}

/// What an answer says, as a type of ours.
pub(super) fn parse<T: DeserializeOwned>(answer: &JsAnswer) -> Result<T, serde_json::Error> {
    let text = js_sys::JSON::stringify(&answer.0).map(String::from).unwrap_or_default();
    serde_json::from_str(&without_lone_surrogates(&text))
}

/// Halves of characters, which a server that cuts texts by code units leaves behind, have no place in a `String`.
/// `JSON.stringify` escapes these alone: all other characters stand in its text as they are.
fn without_lone_surrogates(json: &str) -> String {
    let (mut whole, mut rest) = (String::with_capacity(json.len()), json);
    while let Some((before, escape)) = rest.split_once('\\') {
        whole.push_str(before);
        let is_lone =
            escape.starts_with("ud") && matches!(escape.as_bytes().get(2), Some(b'8'..=b'9' | b'a'..=b'f'));
        // The escaped character itself may be a backslash.
        let escaped = escape.chars().next().map_or(0, char::len_utf8);
        let (escaped, after) = escape.split_at_checked(if is_lone { 5 } else { escaped }).unwrap_or_default();
        whole.push_str(if is_lone { "\u{fffd}" } else { "\\" });
        whole.push_str(if is_lone { "" } else { escaped });
        rest = after;
    }
    whole.push_str(rest);
    whole
}
