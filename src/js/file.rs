//! Files by handle: a Blob goes into a form as it is, and only its first bytes are ever read here.

use js_sys::{Promise, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, FormData};

use super::error::{Error, Failure};

#[wasm_bindgen(module = "/src/js/platform.js")]
extern "C" {
    #[wasm_bindgen(js_name = blobSize)]
    fn blob_size(blob: &Blob) -> f64;

    #[wasm_bindgen(js_name = blobType)]
    fn blob_type(blob: &Blob) -> String;

    #[wasm_bindgen(js_name = blobSlice)]
    fn blob_slice(blob: &Blob, start: f64, end: f64, content_type: &str) -> Blob;

    #[wasm_bindgen(js_name = blobBytes)]
    fn blob_bytes(blob: &Blob) -> Promise;

    #[wasm_bindgen(js_name = fileName)]
    fn file_name(blob: &Blob) -> Option<String>;
}

/// A Blob or File of a caller.
#[derive(Clone)]
pub struct LocalFile {
    blob: Blob,
    /// Its size.
    pub bytes: u64,
    /// Its own name, where it is a File.
    pub name: Option<String>,
}

impl LocalFile {
    /// Of a Blob.
    pub fn new(blob: Blob) -> Self {
        Self { bytes: blob_size(&blob) as u64, name: file_name(&blob), blob }
    }

    /// The MIME type that it was declared with.
    pub fn declared_type(&self) -> String {
        blob_type(&self.blob)
    }

    /// Its first bytes, at most `count`. `file_unreadable` where the platform can't read it (changed on disk, taken away).
    pub async fn head(&self, count: usize, path: &str) -> Result<Vec<u8>, Error> {
        let slice = blob_slice(&self.blob, 0.0, count as f64, "");
        match JsFuture::from(blob_bytes(&slice)).await {
            Ok(buffer) => Ok(Uint8Array::new(&buffer).to_vec()),
            Err(cause) => Err(self.unreadable(path, &cause).into()),
        }
    }

    /// Whether it can still be read: a failed upload may be the file's fault, and `fetch` does not tell.
    pub async fn check_readable(&self, path: &str) -> Result<(), Failure> {
        // The last byte: a file that was cut short on disk still has its first one.
        let slice = blob_slice(&self.blob, (self.bytes as f64 - 1.0).max(0.0), self.bytes as f64, "");
        JsFuture::from(blob_bytes(&slice)).await.map(drop).map_err(|cause| self.unreadable(path, &cause))
    }

    fn unreadable(&self, path: &str, cause: &JsValue) -> Failure {
        let cause = super::data::get(cause, "message").as_string().unwrap_or_default();
        Failure::new(
            "file_unreadable",
            format!(
                "{path}: the file can't be read; it may have changed or gone since it was chosen ({cause})"
            ),
        )
    }

    /// The multipart form of an upload, in the order that the contract names. The file is a slice of the whole, typed as `mime`: a slice
    /// fails where the file changed on disk, while the file itself would upload other bytes.
    pub fn form(&self, fields: &[(&str, &str)], mime: &str, name: &str) -> Result<FormData, JsValue> {
        let form = FormData::new()?;
        for (key, value) in fields {
            form.append_with_str(key, value)?;
        }
        let slice = blob_slice(&self.blob, 0.0, self.bytes as f64, mime);
        form.append_with_blob_and_filename("file", &slice, name)?;
        Ok(form)
    }
}
