//! Files and URLs that a caller gives.

use js_sys::{Array, Uint8Array};
use web_sys::{Blob, BlobPropertyBag, FilePropertyBag};

use super::error::{Error, wrong_option};
use super::uploaded_file::UploadedFile;
use crate::client::{self, ReferenceSource, UrlReference};
use crate::contract::data_url::parse_data_url;
use crate::contract::media_type::MediaKind;
use crate::web::WebBlob;

/// A file to be uploaded.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum File {
    /// A `Blob` of the page, or a `File`, which is one. It is handed on as it is: its bytes don't enter WebAssembly.
    Blob(Blob),
    /// Bytes, which are copied once, into a `Blob`.
    Bytes {
        /// All of them.
        bytes: Vec<u8>,
        /// What the file is called.
        name: Option<String>,
    },
}

/// Something for a model to look at.
/// ```no_run
/// use rivya_wasm::api::{GenerateRequest, Reference};
///
/// fn request(chosen: web_sys::File, drawn: Vec<u8>) -> GenerateRequest {
///     GenerateRequest::new("nano-banana-2")
///         .prompt("All of them on one picture")
///         .reference(chosen)
///         .reference(Reference::Bytes { bytes: drawn, name: Some("drawing.png".to_owned()) })
///         .reference("https://example.com/hill.jpg")
/// }
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Reference {
    /// A `Blob` of the page, or a `File`, which is one.
    Blob(Blob),
    /// Bytes, which are copied once, into a `Blob`.
    Bytes {
        /// All of them.
        bytes: Vec<u8>,
        /// What the file is called.
        name: Option<String>,
    },
    /// Where it lies: at an `https:` or `http:` URL, in this page under a `blob:` URL, or in a `data:` URL. The latter
    /// two are uploaded.
    Url(String),
    /// A file that was uploaded before.
    Uploaded(UploadedFile),
    /// A ready item of `params.referenceMediaItems` (contract, section 5).
    Item(ReferenceMediaItem),
}

/// A ready item of `params.referenceMediaItems` (contract, section 5).
pub type ReferenceMediaItem = UrlReference;

impl File {
    /// As the platform has it.
    pub(super) fn into_blob(self) -> Result<WebBlob, Error> {
        match self {
            Self::Blob(blob) => Ok(WebBlob::new(blob)),
            Self::Bytes { bytes, name } => blob_of(&bytes, name.as_deref(), ""),
        }
    }
}

impl Reference {
    /// As flows have it. `index`: its place among the caller's.
    pub(super) fn into_core(self, index: usize) -> Result<client::Reference<WebBlob>, Error> {
        let source = match self {
            Self::Blob(blob) => ReferenceSource::File(WebBlob::new(blob)),
            Self::Bytes { bytes, name } => ReferenceSource::File(blob_of(&bytes, name.as_deref(), "")?),
            Self::Url(url) => source_of(UrlReference::new(&url), index)?,
            Self::Uploaded(file) => ReferenceSource::Item(item_of(&file)),
            Self::Item(item) => source_of(item, index)?,
        };
        Ok(client::Reference { source, index: Some(index) })
    }
}

/// Nobody but this page can read a `blob:` or `data:` URL: its file is uploaded.
fn source_of(item: UrlReference, index: usize) -> Result<ReferenceSource<WebBlob>, Error> {
    let is =
        |scheme: &str| item.url.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme));
    let wrong = |problem| wrong_option(&["references[", &index.to_string(), "]"].concat(), problem);
    if is("blob:") {
        return Ok(ReferenceSource::BlobUrl(item.url));
    }
    if is("data:") {
        let (media_type, bytes) = parse_data_url(&item.url).ok_or_else(|| wrong("is no valid data: URL"))?;
        return blob_of(&bytes, None, media_type).map(ReferenceSource::File);
    }
    if is("https:") || is("http:") {
        return Ok(ReferenceSource::Item(item));
    }
    Err(wrong("must be a data:, blob:, http: or https: URL, or a file"))
}

fn item_of(file: &UploadedFile) -> UrlReference {
    UrlReference {
        kind: file.kind.as_deref().and_then(MediaKind::parse),
        name: file.name.clone(),
        duration_token: file.duration_token.clone(),
        ..UrlReference::new(&file.url)
    }
}

fn blob_of(bytes: &[u8], name: Option<&str>, media_type: &str) -> Result<WebBlob, Error> {
    let parts = Array::of1(&Uint8Array::from(bytes));
    let blob = match name {
        Some(name) => {
            let options = FilePropertyBag::new();
            options.set_type(media_type);
            web_sys::File::new_with_u8_array_sequence_and_options(&parts, name, &options).map(Blob::from)
        }
        None => {
            let options = BlobPropertyBag::new();
            options.set_type(media_type);
            Blob::new_with_u8_array_sequence_and_options(&parts, &options)
        }
    };
    blob.map(WebBlob::new)
        .map_err(|_| Error::new("file_unreadable", "The platform makes no Blob of the bytes"))
}

impl From<Blob> for File {
    fn from(blob: Blob) -> Self {
        Self::Blob(blob)
    }
}

impl From<web_sys::File> for File {
    fn from(file: web_sys::File) -> Self {
        Self::Blob(file.into())
    }
}

impl From<Vec<u8>> for File {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes { bytes, name: None }
    }
}

impl From<Blob> for Reference {
    fn from(blob: Blob) -> Self {
        Self::Blob(blob)
    }
}

impl From<web_sys::File> for Reference {
    fn from(file: web_sys::File) -> Self {
        Self::Blob(file.into())
    }
}

impl From<Vec<u8>> for Reference {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes { bytes, name: None }
    }
}

impl From<&str> for Reference {
    fn from(url: &str) -> Self {
        Self::Url(url.to_owned())
    }
}

impl From<String> for Reference {
    fn from(url: String) -> Self {
        Self::Url(url)
    }
}

impl From<UploadedFile> for Reference {
    fn from(file: UploadedFile) -> Self {
        Self::Uploaded(file)
    }
}

impl From<ReferenceMediaItem> for Reference {
    fn from(item: ReferenceMediaItem) -> Self {
        Self::Item(item)
    }
}
