//! What is checked: a request before anything of it is sent.

use crate::contract::media_type::{MediaKind, MediaType};
use crate::contract::value::Value;

/// A request before anything of it is sent.
#[derive(Clone, Copy, Debug)]
pub struct Draft<'a> {
    /// Model id.
    pub model: &'a str,
    /// Prompt.
    pub prompt: Option<&'a str>,
    /// `params` as the caller gave them.
    pub params: &'a [(String, Value)],
    /// References, in order.
    pub references: &'a [Reference],
    /// The caller's trace id.
    pub client_request_id: Option<&'a str>,
}

/// A file or URL that the model shall look at.
#[derive(Clone, Debug, PartialEq)]
pub struct Reference {
    /// Where it comes from.
    pub source: Source,
    /// Its kind, as given by the caller.
    pub kind: Option<MediaKind>,
}

/// Where a reference comes from.
#[derive(Clone, Debug, PartialEq)]
pub enum Source {
    /// A file to upload.
    File {
        /// Its size.
        bytes: u64,
        /// What its first bytes say. `None`: see `looked_at`.
        media: Option<MediaType>,
        /// Whether its first bytes were looked at. If so and `media` is `None`, they are of no known type; if not, it
        /// is judged by `declared_type`, and no more than a warning comes of that.
        looked_at: bool,
        /// `Blob.type`: empty where nothing is declared.
        declared_type: String,
    },
    /// Something that already lies somewhere.
    Url {
        /// Its address.
        url: String,
    },
}

/// How much is checked of a request for a model of the catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// All of it; what the catalogue doesn't list is an error.
    Strict,
    /// All of it; a parameter or an option that the catalogue doesn't list is a warning.
    Known,
    /// Only what can't be written into a request at all.
    Off,
}
