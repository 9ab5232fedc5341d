//! Uploads: the file by handle, in a form, in its turn.

use wasm_bindgen::prelude::*;

use super::Core;
use super::call::{Body, Call, Upload};
use super::request::settle;
use crate::contract::media_type::MediaKind;
use crate::contract::media_type::MediaType;
use crate::contract::validation::{Mode, check_client_request_id, check_upload};
use crate::js::arguments::Checked;
use crate::js::data;
use crate::js::error::{Error, wrong_argument};
use crate::js::file::{FileHandle, parcel_of};
use crate::js::turnstile::Turnstile;
use crate::media::signature;

/// `UploadOptions`.
pub(crate) const SCHEMA: &str =
    "signal:a timeoutMs:n model:s kind:image|video|audio client_request_id:s name:s";

/// Where no byte can be seen moving, an upload may take ten times `stallMs` in all: 600 s by default.
const UNSEEN_FACTOR: f64 = 10.0;

/// A file that was looked at, and what goes before it in the form.
pub(crate) struct Parcel<'a> {
    pub file: FileHandle,
    pub media: Option<MediaType>,
    pub kind: MediaKind,
    pub model: Option<&'a str>,
    pub client_request_id: Option<&'a str>,
    pub name: Option<&'a str>,
    pub path: String,
    pub timeout_ms: Option<f64>,
}

impl Core {
    /// `files.upload`: looks at the file, checks it, sends it.
    pub(crate) async fn upload_file(&self, file: FileHandle, options: &Checked) -> Result<JsValue, Error> {
        let (model, client_request_id) = (options.string("model"), options.string("client_request_id"));
        let name = options.string("name");
        let kind = options.string("kind").and_then(|kind| MediaKind::parse(&kind));
        let media = signature::detect(&file.head(signature::HEAD_BYTES, "file").await?);
        if self.config.mode != Mode::Off {
            let mut issues = check_upload(model.as_deref(), file.bytes() as u64, media, kind, "file");
            issues.extend(
                client_request_id.as_ref().and_then(|id| check_client_request_id(id, "client_request_id")),
            );
            settle(issues)?;
        }
        let Some(kind) = kind.or_else(|| media.and_then(MediaType::kind)) else {
            return Err(wrong_argument(&["options.kind must say what the file is: its first bytes don't"]));
        };
        let parcel = Parcel {
            file,
            media,
            kind,
            model: model.as_deref(),
            client_request_id: client_request_id.as_deref(),
            name: name.as_deref(),
            path: "file".to_owned(),
            timeout_ms: options.timeout_ms(),
        };
        Ok(self.send(&self.upload_call(parcel)).await?)
    }

    /// Where uploads queue: on Workers no call may be woken by another, so each call has a queue of its own.
    pub(crate) fn uploads(&self) -> Turnstile {
        if self.config.workerd {
            Turnstile::new(self.config.settings.amount("maxConcurrentUploads") as u32)
        } else {
            self.uploads.clone()
        }
    }

    /// The call that sends a file which was checked.
    pub(crate) fn upload_call(&self, parcel: Parcel<'_>) -> Call {
        let mime = parcel.media.map(|media| media.seen_as(parcel.kind).mime());
        let Parcel { file, model, client_request_id, name, path, .. } = parcel;
        let parts = parcel_of(&file, parcel.kind.as_str(), model, client_request_id, mime, name);
        let timeout_ms = parcel.timeout_ms.unwrap_or(self.config.settings.amount("stallMs") * UNSEEN_FACTOR);
        self.call(
            "/files".to_owned(),
            Body::Form(Upload { file, parcel: parts, path }),
            Some(timeout_ms),
            has_url,
        )
    }
}

/// Only `url` is relied on: no page documents the rest (contract, section 7.1).
pub(crate) fn has_url(json: &JsValue) -> bool {
    data::get_text(json, "url").is_some_and(|url| !url.is_empty())
}
