//! Files, by handle: their bytes stay in JavaScript.

use js_sys::{Array, Promise, Uint8Array};
use wasm_bindgen::prelude::*;
use web_sys::AbortSignal;

use super::abort::Abort;
use super::promise::Settling;
use super::scan::WebScan;
use crate::platform::{Blob, Local, Part};

#[wasm_bindgen(module = "/src/web/blob.js")]
extern "C" {
    #[wasm_bindgen(js_name = sizeOf)]
    fn size_of(blob: &web_sys::Blob) -> f64;
    #[wasm_bindgen(js_name = typeOf)]
    fn type_of(blob: &web_sys::Blob) -> String;
    #[wasm_bindgen(js_name = nameOf)]
    fn name_of(blob: &web_sys::Blob) -> Option<String>;
    #[wasm_bindgen(js_name = identityOf)]
    fn identity_of(blob: &web_sys::Blob) -> f64;
    #[wasm_bindgen(js_name = sliceOf)]
    fn slice_of(blob: &web_sys::Blob, start: f64, end: f64, media_type: &str) -> web_sys::Blob;
    fn joined(parts: &Array, media_type: &str) -> web_sys::Blob;
    #[wasm_bindgen(js_name = bytesOf)]
    fn bytes_of(blob: &web_sys::Blob, start: f64, end: f64) -> Promise;
    #[wasm_bindgen(js_name = inMemory)]
    fn in_memory(blob: &web_sys::Blob) -> Promise;
    #[wasm_bindgen(js_name = openBlobUrl)]
    fn open_blob_url(url: &str, signal: &AbortSignal) -> Promise;
}

/// A Blob or a File, which stays where it is.
#[derive(Clone, Debug)]
pub struct WebBlob(web_sys::Blob);

impl WebBlob {
    /// A handle to a Blob. Two handles to one are the same file.
    pub fn new(blob: web_sys::Blob) -> Self {
        Self(blob)
    }

    /// The Blob itself.
    pub fn as_blob(&self) -> &web_sys::Blob {
        &self.0
    }

    /// One of Blobs and bytes of JavaScript's.
    pub(super) fn of_parts(parts: &Array, media_type: &str) -> Self {
        Self(joined(parts, media_type))
    }

    /// What one of the functions above gives that gives a Blob or undefined.
    pub(super) fn given(value: Result<JsValue, JsValue>) -> Option<Self> {
        value.ok().filter(|blob| !blob.is_undefined()).map(|blob| Self(blob.unchecked_into()))
    }
}

impl Blob for WebBlob {
    type Scan = WebScan;

    fn identity(&self) -> u64 {
        identity_of(&self.0) as u64
    }

    fn bytes(&self) -> u64 {
        size_of(&self.0) as u64
    }

    fn declared_type(&self) -> String {
        type_of(&self.0)
    }

    fn name(&self) -> Option<String> {
        name_of(&self.0)
    }

    fn slice(&self, start: u64, end: u64, media_type: &str) -> Self {
        Self(slice_of(&self.0, start as f64, end as f64, media_type))
    }

    fn join(parts: Vec<Part<Self>>) -> Self {
        let parts = parts.into_iter().map(|part| match part {
            Part::Blob(blob) => JsValue::from(blob.0),
            Part::Bytes(bytes) => Uint8Array::from(bytes.as_slice()).into(),
        });
        Self::of_parts(&parts.collect::<Array>(), "")
    }

    fn in_memory(&self) -> Local<Option<Self>> {
        let blob = self.0.clone();
        Box::pin(async move { Self::given(Settling::of(&in_memory(&blob)).await) })
    }

    fn read(&self, start: u64, end: u64) -> Local<Option<Vec<u8>>> {
        let blob = self.0.clone();
        Box::pin(async move {
            let bytes = Settling::of(&bytes_of(&blob, start as f64, end as f64)).await.ok()?;
            bytes.dyn_ref::<Uint8Array>().map(Uint8Array::to_vec)
        })
    }

    fn scan(&self) -> WebScan {
        WebScan::new(&self.0)
    }
}

/// The file that a `blob:` URL of this page names.
pub(super) fn of_url(url: &str) -> Local<Option<WebBlob>> {
    let url = url.to_owned();
    Box::pin(async move {
        let abort = Abort::new().ok()?;
        let opened = Settling::of(&open_blob_url(&url, abort.signal())).await;
        abort.disarm();
        WebBlob::given(opened)
    })
}
