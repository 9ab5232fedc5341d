//! What the API says, as Rust has it. What it adds is kept.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
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
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// What was reserved for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reserved_credits: Option<f64>,
    /// What it has cost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub final_credits: Option<f64>,
    /// When it was accepted, as ISO 8601.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_at: Option<String>,
    /// When it last changed, as ISO 8601.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<String>,
    #[serde(default)]
    result: Option<GenerationResult>,
    #[serde(flatten)]
    extra: Map<String, Value>,
}

/// Where the results of a generation lie (contract, section 6).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct GenerationResult {
    /// The first of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub primary_url: Option<String>,
    /// All of them.
    #[serde(default)]
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
    /// What is left.
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
    #[serde(flatten)]
    extra: Map<String, Value>,
}

impl Model {
    /// Any other member: `display_name`, `category`, `base_credits`, …
    pub fn extra(&self, key: &str) -> Option<&Value> {
        self.extra.get(key)
    }
}

/// What an answer says, as a type of ours.
pub(super) fn parse<T: DeserializeOwned>(answer: &JsAnswer) -> Result<T, serde_json::Error> {
    let text = js_sys::JSON::stringify(&answer.0).map(String::from).unwrap_or_default();
    serde_json::from_str(&text)
}
