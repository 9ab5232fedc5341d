//! What a caller passed as references: files to upload, or items that are ready.

use js_sys::Array;
use wasm_bindgen::prelude::*;

use super::Core;
use crate::contract::media_type::MediaKind;
use crate::contract::media_type::MediaType;
use crate::contract::text::digits;
use crate::contract::validation::{Reference, Source};
use crate::js::arguments::GivenReference;
use crate::js::error::{Error, Failure};
use crate::js::exchange::read_blob_url;
use crate::js::file::FileHandle;
use crate::media::signature;

/// One reference of a request.
pub(crate) enum Given {
    /// A Blob, a File, or the file of a `data:` URL.
    File(FileHandle),
    /// A `blob:` URL, still to be read.
    BlobUrl(String),
    /// Something with a URL that the API reads itself: the caller's object, checked.
    Item { url: String, object: GivenReference },
}

/// Sorts what the argument checks read.
pub(crate) fn sort(references: Array) -> Vec<Given> {
    let mut given = Vec::with_capacity(references.length() as usize);
    for reference in references.iter() {
        if reference.unchecked_ref::<FileHandle>().blob().is_some() {
            given.push(Given::File(reference.unchecked_into()));
            continue;
        }
        let object: GivenReference = reference.unchecked_into();
        given.push(match object.blob_url() {
            Some(url) => Given::BlobUrl(url),
            None => Given::Item { url: object.url().unwrap_or_default(), object },
        });
    }
    given
}

impl Core {
    /// Reads what `blob:` URLs name.
    pub(crate) async fn open_blob_urls(&self, given: &mut [Given]) -> Result<(), Error> {
        for (index, reference) in given.iter_mut().enumerate() {
            let Given::BlobUrl(url) = reference else { continue };
            let answer = read_blob_url(url, self.config.settings.amount("timeoutMs")).await;
            match answer.blob().as_ref().map(FileHandle::of_blob) {
                Some(file) => *reference = Given::File(file),
                None => {
                    let path = path_of(index);
                    let message = [path.as_str(), ": the blob: URL can't be read; it may have been revoked"];
                    return Err(Failure::new("file_unreadable", &message).into());
                }
            }
        }
        Ok(())
    }
}

/// What the first bytes of each file say; None for what is of no known type, or no file.
pub(crate) async fn look_at_files(given: &[Given]) -> Result<Vec<Option<MediaType>>, Failure> {
    let mut found = Vec::with_capacity(given.len());
    for (index, reference) in given.iter().enumerate() {
        found.push(match reference {
            Given::File(file) => signature::detect(&file.head(signature::HEAD_BYTES, &path_of(index)).await?),
            _ => None,
        });
    }
    Ok(found)
}

/// `references[2]`.
pub(crate) fn path_of(index: usize) -> String {
    ["references[", &digits(index as u64), "]"].concat()
}

/// What validation judges. `looked`: what [`look_at_files`] found, once it has.
pub(crate) fn describe(given: &[Given], looked: Option<&[Option<MediaType>]>) -> Vec<Reference> {
    let mut described = Vec::with_capacity(given.len());
    for (index, reference) in given.iter().enumerate() {
        described.push(match reference {
            Given::File(file) => Reference {
                source: Source::File {
                    bytes: file.bytes() as u64,
                    media: looked.and_then(|looked| *looked.get(index)?),
                    looked_at: looked.is_some(),
                    declared_type: file.declared_type(),
                },
                kind: None,
            },
            // A file that nobody has looked at yet.
            Given::BlobUrl(_) => Reference {
                source: Source::File {
                    bytes: 1,
                    media: None,
                    looked_at: false,
                    declared_type: String::new(),
                },
                kind: None,
            },
            Given::Item { url, object } => Reference {
                source: Source::Url { url: url.clone() },
                kind: object.kind().and_then(|kind| MediaKind::parse(&kind)),
            },
        });
    }
    described
}
