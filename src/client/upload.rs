//! Uploads: the file by handle, in a form, in its turn.

use wasm_bindgen::prelude::*;

use super::Core;
use super::call::{Body, Call, PATIENCE_MS, Upload};
use crate::contract::media_type::{MediaKind, MediaType};
use crate::contract::validation::check_upload;
use crate::js::arguments::Arguments;
use crate::js::data;
use crate::js::error::Error;
use crate::js::file::LocalFile;
use crate::js::platform;
use crate::js::turnstile::Turnstile;
use crate::media::signature;

/// Where no byte can be seen moving, an upload may take ten times `stallMs` in all: 600 s by default.
const UNSEEN_FACTOR: f64 = 10.0;

/// What goes before the file in the form.
pub(crate) struct Fields<'a> {
    pub kind: MediaKind,
    pub model: Option<&'a str>,
    pub client_request_id: Option<&'a str>,
    pub name: Option<String>,
    pub path: String,
    pub timeout_ms: Option<f64>,
}

impl Core {
    /// `files.upload`: looks at the file, checks it, sends it.
    pub(crate) async fn upload_file(&self, file: LocalFile, options: Arguments) -> Result<JsValue, Error> {
        let model = options.string("model")?;
        let kind = options.one_of("kind", &["image", "video", "audio"])?.and_then(MediaKind::parse);
        let client_request_id = options.string("client_request_id")?;
        let name = options.string("name")?;
        let timeout_ms = super::config::duration(&options, "timeoutMs")?;
        let media = signature::detect(&file.head(signature::HEAD_BYTES, "file").await?);
        super::request::settle(check_upload(model.as_deref(), file.bytes, media, kind, "file"))?;
        let Some(kind) = kind.or_else(|| media.and_then(|media| media.kind())) else {
            return Err(Error::argument("options.kind must say what the file is: its first bytes don't"));
        };
        let fields = Fields {
            kind,
            model: model.as_deref(),
            client_request_id: client_request_id.as_deref(),
            name,
            path: "file".to_owned(),
            timeout_ms,
        };
        self.upload(file, media, fields, &self.uploads()).await
    }

    /// Where uploads of one call queue: on Workers no call may be woken by another, so each has its own.
    pub(crate) fn uploads(&self) -> Turnstile {
        if self.config.workerd {
            Turnstile::new(self.config.max_concurrent_uploads)
        } else {
            self.uploads.clone()
        }
    }

    /// Sends a file that was checked, and resolves with what the API says of it.
    pub(crate) async fn upload(
        &self,
        file: LocalFile,
        media: Option<MediaType>,
        fields: Fields<'_>,
        turns: &Turnstile,
    ) -> Result<JsValue, Error> {
        let mut form = vec![("kind", fields.kind.as_str().to_owned())];
        form.extend(fields.model.map(|model| ("model", model.to_owned())));
        form.extend(fields.client_request_id.map(|id| ("client_request_id", id.to_owned())));
        let mime = media.map_or_else(|| file.declared_type(), |media| media.mime().to_owned());
        let name = fields.name.or_else(|| file.name.clone()).unwrap_or_else(|| file_name(media));
        let call = Call {
            method: "POST",
            path: "/files".to_owned(),
            body: Body::Form(Upload { file, fields: form, mime, name, path: fields.path }),
            idempotency_key: None,
            timeout_ms: fields.timeout_ms.unwrap_or(self.config.stall_ms * UNSEEN_FACTOR),
            max_retries: self.config.max_retries,
            patience_ms: PATIENCE_MS,
            accepts: has_url,
            on_delay: None,
        };
        let _place = turns.enter().await;
        Ok(self.send(&call).await?)
    }
}

/// Only `url` is relied on: no page documents the rest (contract, section 7.1).
pub(crate) fn has_url(json: &JsValue) -> bool {
    data::get(json, "url").as_string().is_some_and(|url| !url.is_empty())
}

/// A Blob has no name; the API's samples all have one.
fn file_name(media: Option<MediaType>) -> String {
    format!("reference.{}", media.and_then(|media| media.mime().split('/').nth(1)).unwrap_or("bin"))
}

/// A Blob argument.
pub(crate) fn file_argument(value: JsValue) -> Result<LocalFile, Error> {
    if platform::is_blob(&value) {
        Ok(LocalFile::new(value.unchecked_into()))
    } else {
        Err(crate::js::arguments::wrong("file", "a Blob or a File", &value))
    }
}
