//! What a caller may pass as a reference, read into what it is: a file to upload, or an item that is ready.

use js_sys::JsString;
use wasm_bindgen::prelude::*;

use super::Core;
use super::call::describe;
use crate::contract::media_type::{MediaKind, MediaType};
use crate::contract::validation::{Reference, Source};
use crate::contract::value::Value;
use crate::js::arguments::{Arguments, string, wrong};
use crate::js::data;
use crate::js::error::{Error, Failure};
use crate::js::file::LocalFile;
use crate::js::platform;
use crate::js::timer::with_limit;
use crate::media::signature;

/// More than any model takes; a longer list is not even looked at.
const MAX_REFERENCES: u32 = 1_000;

/// One reference of a request.
pub(crate) enum Given {
    /// A Blob, a File, or the file of a `data:` URL.
    File(LocalFile),
    /// A `blob:` URL, still to be read.
    BlobUrl(String),
    /// Something with a URL that the API reads itself.
    Item(Item),
}

/// An item of `params.referenceMediaItems`, without its kind where the caller gave none.
pub(crate) struct Item {
    pub url: String,
    pub kind: Option<MediaKind>,
    /// `name`, `mimeType`, `durationSeconds`, `durationToken`, as far as they are known.
    pub details: Vec<(&'static str, Value)>,
}

impl Item {
    /// As the API takes it.
    pub fn into_value(self, kind: MediaKind) -> Value {
        let mut members = vec![
            ("url".to_owned(), Value::String(self.url)),
            ("kind".to_owned(), Value::String(kind.as_str().to_owned())),
        ];
        members.extend(self.details.into_iter().map(|(key, value)| (key.to_owned(), value)));
        Value::Record(members)
    }
}

/// Reads `request.references`, each as far as that needs no reading of files.
pub(crate) fn read_all(request: &Arguments) -> Result<Vec<Given>, Error> {
    let Some(value) = request.get("references")? else { return Ok(Vec::new()) };
    let path = request.path_of("references");
    let is_list = platform::is_array(&value);
    let length = if is_list { data::member(&value, "length", &path)?.as_f64().unwrap_or(0.0) } else { 0.0 };
    if !is_list {
        return Err(request.wrong("references", "an array", &value));
    }
    if length > f64::from(MAX_REFERENCES) {
        return Err(Error::argument(format!(
            "{path} must be an array of at most {MAX_REFERENCES} references"
        )));
    }
    (0..length as u32)
        .map(|index| {
            let path = format!("references[{index}]");
            read(data::member(&value, &index.to_string(), &path)?, &path)
        })
        .collect()
}

fn read(value: JsValue, path: &str) -> Result<Given, Error> {
    if platform::is_blob(&value) {
        return Ok(Given::File(LocalFile::new(value.unchecked_into())));
    }
    if platform::is_url(&value) {
        return read(data::member(&value, "href", path)?, path);
    }
    if let Some(text) = value.dyn_ref::<JsString>().filter(|_| value.is_string()) {
        // Only its first letters come over the border: a data: URL may be as long as the file in it.
        return match String::from(text.slice(0, 5)).to_ascii_lowercase().as_str() {
            "data:" => {
                platform::blob_of_data_url(&value).map(|blob| Given::File(LocalFile::new(blob))).map_err(
                    |cause| Error::argument(format!("{path} is no valid data: URL: {}", describe(&cause))),
                )
            }
            "blob:" => Ok(Given::BlobUrl(string(&value, path)?)),
            "http:" | "https" => {
                Ok(Given::Item(Item { url: string(&value, path)?, kind: None, details: Vec::new() }))
            }
            _ => Err(wrong(
                path,
                "a Blob, a File, an uploaded file, a reference item, or a data:, blob:, http: or https: URL",
                &value,
            )),
        };
    }
    item(Arguments::required(value, path).map_err(|_| not_a_reference(path))?)
}

fn not_a_reference(path: &str) -> Error {
    Error::argument(format!("{path} must be a Blob, a File, an uploaded file, a reference item, or a URL"))
}

/// An uploaded file, or a ready item: the first spells `duration_token`, the second `durationToken` (contract, section 5).
fn item(given: Arguments) -> Result<Given, Error> {
    let url = given
        .string("url")?
        .ok_or_else(|| Error::argument(format!("{} must be a string", given.path_of("url"))))?;
    let kind = given.one_of("kind", &["image", "video", "audio"])?.and_then(MediaKind::parse);
    let mut details = Vec::new();
    for key in ["name", "mimeType"] {
        if let Some(text) = given.string(key)? {
            details.push((key, Value::String(text)));
        }
    }
    if let Some(seconds) = given.number("durationSeconds", 0.0, "a number of seconds")? {
        details.push(("durationSeconds", Value::Number(seconds)));
    }
    let token = match given.string("durationToken")? {
        Some(token) => Some(token),
        None => given.string("duration_token")?,
    };
    if let Some(token) = token {
        details.push(("durationToken", Value::String(token)));
    }
    Ok(Given::Item(Item { url, kind, details }))
}

impl Core {
    /// Reads what `blob:` URLs name; they live in this page alone, so the platform's fetch reads them.
    pub(crate) async fn open_blob_urls(&self, given: &mut [Given]) -> Result<(), Error> {
        for (index, reference) in given.iter_mut().enumerate() {
            let Given::BlobUrl(url) = reference else { continue };
            let init = data::object([]);
            let read = async { crate::js::fetch::Fetcher::Platform.call(url, &init).await?.blob().await };
            let blob = match with_limit(self.config.timeout_ms, read).await {
                Some(Ok(blob)) if platform::is_blob(&blob) => blob,
                failed => {
                    let cause = failed
                        .and_then(Result::err)
                        .map_or_else(|| "no answer in time".to_owned(), |cause| describe(&cause));
                    let message = format!(
                        "references[{index}]: the blob: URL can't be read; it may have been revoked ({cause})"
                    );
                    return Err(Failure::new("file_unreadable", message).into());
                }
            };
            *reference = Given::File(LocalFile::new(blob.unchecked_into()));
        }
        Ok(())
    }
}

/// What the first bytes of each file say; None for what is of no known type, or no file.
pub(crate) async fn look_at_files(given: &[Given]) -> Result<Vec<Option<MediaType>>, Error> {
    let mut found = Vec::with_capacity(given.len());
    for (index, reference) in given.iter().enumerate() {
        found.push(match reference {
            Given::File(file) => {
                signature::detect(&file.head(signature::HEAD_BYTES, &format!("references[{index}]")).await?)
            }
            _ => None,
        });
    }
    Ok(found)
}

/// What validation judges. `looked`: what [`look_at_files`] found, once it has.
pub(crate) fn describe_all(given: &[Given], looked: Option<&[Option<MediaType>]>) -> Vec<Reference> {
    given
        .iter()
        .enumerate()
        .map(|(index, reference)| match reference {
            Given::File(file) => Reference {
                source: Source::File {
                    bytes: file.bytes,
                    media: looked.and_then(|looked| looked.get(index).copied().flatten()),
                    looked_at: looked.is_some(),
                    declared_type: file.declared_type(),
                },
                kind: None,
            },
            Given::BlobUrl(url) => Reference { source: Source::Url { url: url.clone() }, kind: None },
            Given::Item(item) => Reference { source: Source::Url { url: item.url.clone() }, kind: item.kind },
        })
        .collect()
}
