//! Files by handle: a Blob goes into a form as it is, and only its first bytes are ever read here.

use js_sys::{Promise, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::Blob;

use super::error::Failure;

#[wasm_bindgen(module = "/src/js/platform.js")]
extern "C" {
    #[wasm_bindgen(js_name = fileHandle)]
    fn file_handle(blob: &Blob) -> FileHandle;

    #[wasm_bindgen(js_name = bytesOf)]
    fn bytes_of(file: &FileHandle, start: f64, end: f64) -> Promise;

    /// What goes into the form of an upload, once.
    #[wasm_bindgen(js_name = parcelOf)]
    pub fn parcel_of(
        file: &FileHandle,
        kind: &str,
        model: Option<&str>,
        client_request_id: Option<&str>,
        mime: Option<&str>,
        name: Option<&str>,
    ) -> JsValue;

    /// The form, anew for each attempt.
    #[wasm_bindgen(js_name = formOf)]
    pub fn form_of(parcel: &JsValue) -> JsValue;
}

#[wasm_bindgen]
extern "C" {
    /// A Blob or File of a caller, and what the platform says of it.
    #[derive(Clone)]
    pub type FileHandle;

    /// None where a reference is no file.
    #[wasm_bindgen(method, getter)]
    pub fn blob(this: &FileHandle) -> Option<Blob>;
    /// Its size.
    #[wasm_bindgen(method, getter)]
    pub fn bytes(this: &FileHandle) -> f64;
    /// The MIME type that it was declared with; empty where it was not.
    #[wasm_bindgen(method, getter, js_name = type)]
    pub fn declared_type(this: &FileHandle) -> String;
    /// Its own name, where it is a File.
    #[wasm_bindgen(method, getter)]
    pub fn name(this: &FileHandle) -> Option<String>;
}

impl FileHandle {
    /// Of a Blob.
    pub fn of_blob(blob: &Blob) -> Self {
        file_handle(blob)
    }

    async fn read(&self, start: f64, end: f64, path: &str) -> Result<Uint8Array, Failure> {
        match JsFuture::from(bytes_of(self, start, end)).await {
            Ok(bytes) if !bytes.is_undefined() => Ok(bytes.unchecked_into()),
            _ => Err(Failure::new(
                "file_unreadable",
                &[path, ": the file can't be read; it has changed or gone since it was chosen"],
            )),
        }
    }

    /// Its first bytes, at most `count`. `file_unreadable` where the platform can't read it.
    pub async fn head(&self, count: usize, path: &str) -> Result<Vec<u8>, Failure> {
        Ok(self.read(0.0, count as f64, path).await?.to_vec())
    }

    /// Whether it can still be read: a failed upload may be the file's fault, and `fetch` does not tell.
    pub async fn check_readable(&self, path: &str) -> Result<(), Failure> {
        let end = self.bytes();
        // The last byte: a file that was cut short on disk still has its first one.
        self.read((end - 1.0).max(0.0), end, path).await.map(drop)
    }
}
