//! What an upload sends.

use super::looked_at::LookedAt;
use super::stored::UploadAs;
use crate::contract::file_name::file_name;
use crate::platform::{Blob, Form, Transmission};

/// A file with what goes beside it.
pub(crate) struct Parcel<B> {
    /// What is made of the file.
    pub(crate) content: B,
    /// The file itself.
    pub(crate) file: LookedAt<B>,
    pub(crate) transmission: Transmission,
    fields: Vec<(&'static str, String)>,
    media_type: String,
    pub(crate) name: String,
}

impl<B: Blob> Parcel<B> {
    /// `media_type`: what it travels as, where that is known.
    pub(crate) fn new(
        file: LookedAt<B>,
        content: B,
        media_type: Option<&str>,
        what: &UploadAs,
        transmission: Transmission,
    ) -> Self {
        let fields = [
            ("kind", Some(what.kind.as_str().to_owned())),
            ("model", what.model.clone()),
            ("client_request_id", what.client_request_id.clone()),
        ];
        let fields = fields.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
        let media_type = media_type.map_or_else(|| file.blob.declared_type(), str::to_owned);
        let own_name = file.own_name();
        let name = what.name.clone().unwrap_or_else(|| file_name(own_name.as_deref(), &media_type));
        Self { content, file, transmission, fields, media_type, name }
    }

    /// The form, made anew for each attempt, in the order of the contract (section 7.1). The file goes in as a slice of
    /// itself, typed anew: one that has changed on disk fails then, instead of being sent with other bytes.
    pub(crate) fn form(&self) -> Form<B> {
        Form {
            fields: self.fields.clone(),
            file: self.content.slice(0, self.content.bytes(), &self.media_type),
            file_name: self.name.clone(),
        }
    }
}
