//! Plain objects that leave the module: see `shapes.js`.

use js_sys::{Array, Float64Array, Function};
use wasm_bindgen::prelude::*;

use super::arguments::GivenReference;

#[wasm_bindgen(module = "/src/js/shapes.js")]
extern "C" {
    /// An item of `params.referenceMediaItems`, from one that the caller gave.
    #[wasm_bindgen(js_name = givenItem)]
    pub fn given_item(kind: &str, given: &GivenReference) -> JsValue;

    /// The same for an upload.
    #[wasm_bindgen(js_name = uploadedItem)]
    pub fn uploaded_item(kind: &str, uploaded: &JsValue, name: Option<&str>, mime: Option<&str>) -> JsValue;

    /// The body of `POST /generations` as text.
    #[wasm_bindgen(js_name = generationBody)]
    pub fn generation_body(
        model: &str,
        prompt: Option<&str>,
        params: &JsValue,
        items: &Array,
        client_request_id: Option<&str>,
    ) -> String;

    /// `onProgress` of an upload.
    #[wasm_bindgen(js_name = tellUpload)]
    pub fn tell_upload(callback: &Function, file: u32, files: u32, loaded_bytes: f64, total_bytes: f64);

    /// `onProgress` before the submission.
    #[wasm_bindgen(js_name = tellSubmitting)]
    pub fn tell_submitting(callback: &Function);

    /// `onProgress` of a look.
    #[wasm_bindgen(js_name = tellLook)]
    pub fn tell_look(callback: &Function, phase: &str, generation: &JsValue, elapsed_ms: f64);

    /// `onProgress` of a download: loaded and total bytes of each result in a row.
    #[wasm_bindgen(js_name = tellDownload)]
    pub fn tell_download(callback: &Function, parts: &Float64Array);
}
