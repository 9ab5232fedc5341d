//! Files and URLs that a model shall look at.

use crate::contract::media_type::MediaKind;

/// Something for the model to look at.
#[derive(Clone, Debug)]
pub struct Reference<B> {
    /// What it is.
    pub source: ReferenceSource<B>,
    /// Its place in the caller's list, which errors name, where some of that were left out. Default: its place among
    /// the request's references.
    pub index: Option<usize>,
}

/// Where a reference comes from.
#[derive(Clone, Debug)]
pub enum ReferenceSource<B> {
    /// A file, to be uploaded.
    File(B),
    /// A `blob:` URL of this page, whose file is uploaded.
    BlobUrl(String),
    /// Something that lies at a URL already.
    Item(UrlReference),
}

/// A file that lies at a URL (contract, section 5).
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct UrlReference {
    /// Its address.
    pub url: String,
    /// Its kind: needed where the model takes several, and the URL has no extension that tells.
    pub kind: Option<MediaKind>,
    /// What it is called.
    pub name: Option<String>,
    /// Its MIME type.
    pub mime_type: Option<String>,
    /// How long audio or video takes, in seconds.
    pub duration_seconds: Option<f64>,
    /// What the upload of audio or video was answered with.
    pub duration_token: Option<String>,
}

impl UrlReference {
    /// Something of which nothing but its URL is known.
    pub fn new(url: &str) -> Self {
        Self { url: url.to_owned(), ..Self::default() }
    }
}

impl<B> Reference<B> {
    /// A file, to be uploaded.
    pub fn file(file: B) -> Self {
        Self { source: ReferenceSource::File(file), index: None }
    }

    /// Something that lies at a URL already.
    pub fn url(url: &str) -> Self {
        Self { source: ReferenceSource::Item(UrlReference::new(url)), index: None }
    }
}

/// What becomes of an image that is larger than is sure to be taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fit {
    /// Nothing: it is refused where it is too large.
    #[default]
    Off,
    /// It is encoded anew by the platform until it fits.
    Limit,
}

/// How a file is treated before it is sent.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Treatment<'a> {
    /// Whose limits it shall fit.
    pub(crate) model: Option<&'a str>,
    pub(crate) keep_metadata: bool,
    pub(crate) fit: Fit,
}
