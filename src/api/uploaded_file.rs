//! What an upload is answered with.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::generation::as_documented;

/// A file, as the API shows it (contract, section 7).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct UploadedFile {
    /// Where it lies: what goes into a reference.
    pub url: String,
    /// For [`super::Files::retrieve`].
    #[serde(default, deserialize_with = "as_documented", skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// `"image"`, `"video"` or `"audio"`.
    #[serde(default, deserialize_with = "as_documented", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Its name.
    #[serde(default, deserialize_with = "as_documented", skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// For models that verify durations; a reference carries it on, once.
    #[serde(default, deserialize_with = "as_documented", skip_serializing_if = "Option::is_none")]
    pub duration_token: Option<String>,
    /// What was cut out before it was sent (ours): `Exif (with GPS)`, `XMP`. `None` where nothing is cut out of its
    /// type, or it was to be kept.
    #[serde(default, deserialize_with = "as_documented", skip_serializing_if = "Option::is_none")]
    pub removed: Option<Vec<String>>,
    #[serde(flatten)]
    extra: Map<String, Value>,
}

impl UploadedFile {
    /// A member that this version does not know, or has no field for.
    pub fn extra(&self, key: &str) -> Option<&Value> {
        self.extra.get(key)
    }
}
