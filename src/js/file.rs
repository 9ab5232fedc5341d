//! Files by handle: a Blob goes into a form as it is, and only its first bytes are ever read here.

use js_sys::{Array, Promise, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, FormData};

use super::error::Failure;

#[wasm_bindgen(module = "/src/js/platform.js")]
extern "C" {
    #[wasm_bindgen(js_name = fileHandle)]
    fn file_handle(blob: &Blob) -> FileHandle;

    #[wasm_bindgen(js_name = bytesOf)]
    fn bytes_of(blob: &Blob, start: f64, end: f64) -> Promise;

    /// The form of an upload: `fields` in a row of names and values, then the file as a slice, typed anew.
    #[wasm_bindgen(js_name = formOf)]
    pub fn form_of(fields: &Array, blob: &Blob, content_type: &str, name: &str) -> FormData;
}

#[wasm_bindgen]
extern "C" {
    /// A Blob or File of a caller, and what the platform says of it.
    #[derive(Clone)]
    pub type FileHandle;

    /// None where a reference is no file.
    #[wasm_bindgen(method, getter)]
    pub fn blob(this: &FileHandle) -> Option<Blob>;
    #[wasm_bindgen(method, getter)]
    fn bytes(this: &FileHandle) -> f64;
    #[wasm_bindgen(method, getter, js_name = type)]
    fn declared_type(this: &FileHandle) -> String;
    #[wasm_bindgen(method, getter)]
    fn name(this: &FileHandle) -> Option<String>;
}

/// A file to upload.
#[derive(Clone)]
pub struct LocalFile {
    /// By handle.
    pub blob: Blob,
    /// Its size.
    pub bytes: u64,
    /// Its own name, where it is a File.
    pub name: Option<String>,
    /// The MIME type that it was declared with; empty where it was not.
    pub declared_type: String,
}

impl LocalFile {
    /// Of a handle; None where that is no file's.
    pub fn of(handle: &FileHandle) -> Option<Self> {
        Some(Self {
            blob: handle.blob()?,
            bytes: handle.bytes() as u64,
            name: handle.name(),
            declared_type: handle.declared_type(),
        })
    }

    /// Of a Blob.
    pub fn of_blob(blob: &Blob) -> Option<Self> {
        Self::of(&file_handle(blob))
    }

    async fn read(&self, start: f64, end: f64, path: &str) -> Result<Uint8Array, Failure> {
        match JsFuture::from(bytes_of(&self.blob, start, end)).await {
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
        let end = self.bytes as f64;
        // The last byte: a file that was cut short on disk still has its first one.
        self.read((end - 1.0).max(0.0), end, path).await.map(drop)
    }
}
