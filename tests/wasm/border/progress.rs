//! What `onProgress` is told.

use js_sys::{Array, Function, Object};
use rivya_wasm::bindings::Method;
use wasm_bindgen::prelude::*;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::Blob;

use super::client::{JPEG, begun, connect, fetch, handle, jpeg, set};
use super::{get, shown, text};

/// What is told, and the callback that keeps it.
fn keeping() -> (Array, JsValue) {
    let told = Array::new();
    let make = Function::new_with_args("told", "return (progress) => { told.push(progress); };");
    let callback = make.call1(&JsValue::UNDEFINED, &told).unwrap();
    (told, callback)
}

fn members_of(object: &JsValue) -> Vec<String> {
    Object::keys(object.unchecked_ref::<Object>()).iter().map(|key| key.as_string().unwrap()).collect()
}

#[wasm_bindgen_test]
async fn a_generation_is_told_of_by_objects_with_the_documented_members() {
    let (fetch, _) = fetch(
        "calls.push(init);
         if (url.endsWith('/files/uploads') || url.includes('/files'))
           return Response.json({ id: 'file_1', url: 'https://files.example/1.jpg' });
         const polls = calls.filter(({ method }) => method === 'GET').length;
         const status = ['queued', 'processing', 'succeeded'][polls];
         return Response.json({ id: 'task_1', status, new: 7 }, { status: polls === 0 ? 202 : 200 });",
    );
    let engine = connect(&fetch);
    let (told, on_progress) = keeping();
    let request = handle(r#"{"model":"nano-banana-2","prompt":"A hill","keepMetadata":true,"unknown":[]}"#);
    let reference = Object::new();
    set(&reference, "blob", &jpeg());
    set(&request, "references", &Array::of1(&reference));
    let options = handle(r#"{"waitTimeoutMs":900000}"#);
    set(&options, "onProgress", &on_progress);
    begun(|resolve, reject| engine.begin(Method::Generate, request.into(), options, resolve, reject))
        .value()
        .await;

    let phases: Vec<String> = told.iter().map(|progress| text(&progress, "phase")).collect();
    let mut in_order = phases.clone();
    in_order.dedup();
    assert_eq!(in_order, ["uploading", "submitting", "queued", "processing"], "{}", shown(&told));
    for progress in told.iter() {
        let number = |name: &str| get(&progress, name).as_f64();
        let expected: &[&str] = match text(&progress, "phase").as_str() {
            "uploading" => {
                assert_eq!((number("file"), number("files")), (Some(0.0), Some(1.0)));
                assert_eq!(number("totalBytes"), Some(JPEG.len() as f64));
                assert!(number("loadedBytes") <= number("totalBytes") && number("loadedBytes") >= Some(0.0));
                assert!(get(&progress, "removed").is_instance_of::<Array>());
                &["phase", "file", "files", "loadedBytes", "totalBytes", "removed"]
            }
            "submitting" => &["phase"],
            phase => {
                let generation = get(&progress, "generation");
                assert_eq!(
                    (text(&generation, "status").as_str(), get(&generation, "new")),
                    (phase, 7.into())
                );
                assert!(number("elapsedMs").is_some_and(|elapsed_ms| elapsed_ms >= 0.0));
                assert!(get(&progress, "expectedMs").is_null(), "no run of it was seen before");
                &["phase", "generation", "elapsedMs", "expectedMs"]
            }
        };
        assert_eq!(members_of(&progress), expected, "{}", shown(&progress));
    }
}

#[wasm_bindgen_test]
async fn an_upload_is_told_of_in_bytes() {
    let (fetch, _) = fetch("return Response.json({ id: 'file_1', url: 'https://files.example/1.jpg' });");
    let engine = connect(&fetch);
    let (told, on_progress) = keeping();
    let options = handle(r#"{"keepMetadata":true}"#);
    set(&options, "onProgress", &on_progress);
    begun(|resolve, reject| engine.begin(Method::Upload, jpeg().into(), options, resolve, reject))
        .value()
        .await;
    let bytes = JPEG.len();
    let expected = format!(
        r#"[{{"loadedBytes":0,"totalBytes":{bytes}}},{{"loadedBytes":{bytes},"totalBytes":{bytes}}}]"#
    );
    assert_eq!(shown(&told), expected);
}

#[wasm_bindgen_test]
async fn a_download_is_told_of_in_bytes_of_which_the_total_may_be_unknown() {
    let (fetch, content) = fetch("return new Response(new Blob(calls));");
    content.push(&jpeg());
    let engine = connect(&fetch);
    let (told, on_progress) = keeping();
    let options = handle("{}");
    set(&options, "onProgress", &on_progress);
    let generation = handle(r#"{"id":"task_1","result":{"urls":["https://cdn.example.com/1.jpg"]}}"#);
    let call =
        begun(|resolve, reject| engine.begin(Method::Download, generation.into(), options, resolve, reject));
    let files: Array = call.value().await.unchecked_into();
    assert_eq!(files.get(0).unchecked_into::<Blob>().size(), JPEG.len() as f64);
    assert!(told.length() > 0);
    for progress in told.iter() {
        assert_eq!(members_of(&progress), ["loadedBytes", "totalBytes"]);
    }
    let last = told.at(-1);
    assert_eq!(get(&last, "loadedBytes").as_f64(), Some(JPEG.len() as f64));
}

#[wasm_bindgen_test]
async fn what_a_callback_throws_is_its_own() {
    let global = js_sys::global();
    let kept = get(&global, "reportError");
    let (reported, report) = keeping();
    set(&global, "reportError", &report);
    let options = handle(r#"{"keepMetadata":true}"#);
    set(&options, "onProgress", &Function::new_no_args("throw 'mine';"));
    let (uploads, _) = fetch("return Response.json({ id: 'file_1', url: 'https://files.example/1.jpg' });");
    let uploading = connect(&uploads);
    let call =
        begun(|resolve, reject| uploading.begin(Method::Upload, jpeg().into(), options, resolve, reject));
    let uploaded = call.value().await;
    set(&global, "reportError", &kept);
    assert_eq!(text(&uploaded, "id"), "file_1");
    assert_eq!(shown(&reported), r#"["mine","mine"]"#);
}
