//! Pictures, decoded and encoded by the platform. Workers, Node, Deno and Bun have no canvas.

use js_sys::Promise;
use wasm_bindgen::prelude::*;
use web_sys::ImageBitmap;

use super::blob::WebBlob;
use super::promise::Settling;
use crate::platform::{Encoding, Local, Picture};

#[wasm_bindgen(module = "/src/web/encode.js")]
extern "C" {
    fn decode(file: &web_sys::Blob) -> Promise;
    fn encode(bitmap: &ImageBitmap, media_type: &str, width: u32, height: u32, quality: f64) -> Promise;
}

/// A picture that the platform has decoded. Its memory is the platform's, and is given back when this is dropped.
pub struct WebPicture(ImageBitmap);

impl Drop for WebPicture {
    fn drop(&mut self) {
        self.0.close();
    }
}

impl Picture for WebPicture {
    type Blob = WebBlob;

    fn width(&self) -> u32 {
        self.0.width()
    }

    fn height(&self) -> u32 {
        self.0.height()
    }

    fn encode(&self, encoding: &Encoding) -> Local<Option<WebBlob>> {
        let Encoding { media_type, width, height, quality } = *encoding;
        let bitmap = self.0.clone();
        Box::pin(async move {
            WebBlob::given(Settling::of(&encode(&bitmap, media_type, width, height, quality)).await)
        })
    }
}

/// Decodes a picture, upright.
pub(super) fn decoded(file: &WebBlob) -> Local<Option<WebPicture>> {
    let file = file.clone();
    Box::pin(async move {
        let bitmap = Settling::of(&decode(file.as_blob())).await.ok()?;
        (!bitmap.is_undefined()).then(|| WebPicture(bitmap.unchecked_into()))
    })
}
