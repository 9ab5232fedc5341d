//! Uploads: the file by handle, in a form, in its turn.

use js_sys::Array;
use wasm_bindgen::prelude::*;

use super::Core;
use super::call::{Body, Upload};
use super::request::settle;
use crate::contract::media_type::MediaKind;
use crate::contract::media_type::MediaType;
use crate::contract::validation::{Mode, check_client_request_id, check_upload};
use crate::js::arguments::Checked;
use crate::js::data;
use crate::js::error::{Error, Failure, wrong_argument};
use crate::js::file::LocalFile;
use crate::js::turnstile::Turnstile;
use crate::media::signature;

/// `UploadOptions`.
pub(crate) const SCHEMA: &str =
    "signal:a timeoutMs:n model:s kind:image|video|audio client_request_id:s name:s";

/// Where no byte can be seen moving, an upload may take ten times `stallMs` in all: 600 s by default.
const UNSEEN_FACTOR: f64 = 10.0;

/// A file that was looked at, and what goes before it in the form.
pub(crate) struct Parcel {
    pub file: LocalFile,
    pub media: Option<MediaType>,
    pub kind: MediaKind,
    pub model: Option<String>,
    pub client_request_id: Option<String>,
    pub name: Option<String>,
    pub path: String,
    pub timeout_ms: Option<f64>,
}

impl Core {
    /// `files.upload`: looks at the file, checks it, sends it.
    pub(crate) async fn upload_file(&self, file: LocalFile, options: &Checked) -> Result<JsValue, Error> {
        let (model, client_request_id) = (options.string("model"), options.string("client_request_id"));
        let kind = options.string("kind").and_then(|kind| MediaKind::parse(&kind));
        let media = signature::detect(&file.head(signature::HEAD_BYTES, "file").await?);
        if self.config.mode != Mode::Off {
            let mut issues = check_upload(model.as_deref(), file.bytes, media, kind, "file");
            issues.extend(
                client_request_id.as_ref().and_then(|id| check_client_request_id(id, "client_request_id")),
            );
            settle(issues)?;
        }
        let Some(kind) = kind.or_else(|| media.and_then(MediaType::kind)) else {
            return Err(wrong_argument(&["options.kind must say what the file is: its first bytes don't"]));
        };
        let parcel = Parcel {
            media,
            kind,
            model,
            client_request_id,
            name: options.string("name"),
            path: "file".to_owned(),
            timeout_ms: options.timeout_ms(),
            file,
        };
        Ok(self.upload(parcel, &self.uploads()).await?)
    }

    /// Where uploads queue: on Workers no call may be woken by another, so each call has a queue of its own.
    pub(crate) fn uploads(&self) -> Turnstile {
        if self.config.workerd {
            Turnstile::new(self.config.max_concurrent_uploads)
        } else {
            self.uploads.clone()
        }
    }

    /// Sends a file that was checked, and resolves with what the API says of it.
    pub(crate) async fn upload(&self, parcel: Parcel, turns: &Turnstile) -> Result<JsValue, Failure> {
        let fields = Array::new();
        let field = |name: &str, value: &str| {
            fields.push(&name.into());
            fields.push(&value.into());
        };
        // In the order that the contract names.
        field("kind", parcel.kind.as_str());
        if let Some(model) = &parcel.model {
            field("model", model);
        }
        if let Some(id) = &parcel.client_request_id {
            field("client_request_id", id);
        }
        let mime = match parcel.media {
            Some(media) => media.seen_as(parcel.kind).mime().to_owned(),
            None => parcel.file.declared_type.clone(),
        };
        // A Blob has no name; the API's samples all have one.
        let name = parcel.name.or_else(|| parcel.file.name.clone());
        let name = name.unwrap_or_else(|| {
            ["reference.", mime.split('/').nth(1).filter(|part| !part.is_empty()).unwrap_or("bin")].concat()
        });
        let timeout_ms = parcel.timeout_ms.unwrap_or(self.config.stall_ms * UNSEEN_FACTOR);
        let body = Body::Form(Upload { file: parcel.file, fields, mime, name, path: parcel.path });
        let call = self.call("/files".to_owned(), body, Some(timeout_ms), has_url);
        let _place = turns.enter().await;
        self.send(&call).await
    }
}

/// Only `url` is relied on: no page documents the rest (contract, section 7.1).
pub(crate) fn has_url(json: &JsValue) -> bool {
    data::get_text(json, "url").is_some_and(|url| !url.is_empty())
}
