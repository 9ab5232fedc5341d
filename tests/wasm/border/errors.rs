//! Failures, as a caller sees them.

use js_sys::{Array, Object};
use rivya_wasm::bindings::Method;
use rivya_wasm::js::handle::Handle;
use wasm_bindgen::prelude::*;
use wasm_bindgen_test::wasm_bindgen_test;

use super::client::{answering, begun, connect, fetch, handle};
use super::{get, parse, shown, text};

const HILL: &str = r#"{"model":"nano-banana-2","prompt":"A hill","unknown":[],"references":[]}"#;
const FIELDS: [&str; 10] = [
    "code",
    "status",
    "requestId",
    "retryable",
    "retryAfterMs",
    "attempts",
    "mayHaveBeenCharged",
    "idempotencyKey",
    "issues",
    "generation",
];

/// The error's own members beside its message, as JSON in the order of the declarations.
fn fields_of(error: &JsValue) -> String {
    assert!(error.is_instance_of::<js_sys::Error>() && text(error, "name") == "RivyaError");
    let members = FIELDS.iter().map(|name| format!("\"{name}\":{}", shown(&get(error, name))));
    let own = Object::keys(error.unchecked_ref::<Object>()).length();
    assert_eq!(own as usize, FIELDS.len(), "{error:?}");
    assert!(Object::is_frozen(get(error, "issues").unchecked_ref::<Object>()));
    format!("{{{}}}", members.collect::<Vec<_>>().join(","))
}

async fn error_of_credits(answer: &str) -> JsValue {
    let (fetch, _) = answering(&["{ \"/credits\": ", answer, " }"].concat());
    let engine = connect(&fetch);
    begun(|resolve, reject| engine.begin(Method::Credits, JsValue::UNDEFINED, handle("{}"), resolve, reject))
        .error()
        .await
}

fn keyed() -> Handle {
    handle(r#"{"idempotencyKey":"mine"}"#)
}

#[wasm_bindgen_test]
async fn a_refusal_has_what_the_envelope_says() {
    let error = error_of_credits(
        r#"[403, '{"error":{"code":"api_scope_denied","message":"No.","request_id":"req_1"}}']"#,
    )
    .await;
    assert_eq!(text(&error, "message"), "No.");
    let expected = r#"{"code":"api_scope_denied","status":403,"requestId":"req_1","retryable":false,"retryAfterMs":null,"attempts":1,"mayHaveBeenCharged":false,"idempotencyKey":null,"issues":[],"generation":null}"#;
    assert_eq!(fields_of(&error), expected);
}

#[wasm_bindgen_test]
async fn a_pause_that_is_too_long_is_handed_on() {
    let error = error_of_credits("[503, '', { 'retry-after': '61' }]").await;
    let expected = r#"{"code":"http_503","status":503,"requestId":null,"retryable":true,"retryAfterMs":61000,"attempts":1,"mayHaveBeenCharged":false,"idempotencyKey":null,"issues":[],"generation":null}"#;
    assert_eq!(fields_of(&error), expected);
}

#[wasm_bindgen_test]
async fn a_submission_that_was_lost_may_have_been_charged_under_its_key() {
    let (fetch, _) = fetch("throw new TypeError('fetch failed');");
    let engine = connect(&fetch);
    let error =
        begun(|resolve, reject| engine.begin(Method::Create, handle(HILL).into(), keyed(), resolve, reject))
            .error()
            .await;
    let expected = r#"{"code":"network_error","status":null,"requestId":null,"retryable":true,"retryAfterMs":null,"attempts":1,"mayHaveBeenCharged":true,"idempotencyKey":"mine","issues":[],"generation":null}"#;
    assert_eq!(fields_of(&error), expected);
}

#[wasm_bindgen_test]
async fn a_generation_that_failed_is_handed_on_as_the_server_sent_it() {
    let failed =
        r#"{"id":"task_1","status":"failed","error":{"code":"unsafe","message":"No."},"new":{"deep":[7]}}"#;
    let (fetch, _) = answering(&["{ \"/generations/task_1\": [200, '", failed, "'] }"].concat());
    let engine = connect(&fetch);
    let options = handle(r#"{"waitTimeoutMs":900000}"#);
    let error = begun(|resolve, reject| {
        engine.begin(Method::Wait, "task_1".to_owned().into(), options, resolve, reject)
    })
    .error()
    .await;
    assert_eq!((text(&error, "code"), text(&error, "message")), ("unsafe".to_owned(), "No.".to_owned()));
    fields_of(&error);
    assert_eq!(shown(&get(&error, "generation")), shown(&parse(failed)));
}

#[wasm_bindgen_test]
async fn all_that_is_wrong_with_a_request_is_told_at_once_and_nothing_is_sent() {
    let (fetch, calls) = fetch("calls.push(init); throw new Error('nothing is sent');");
    let engine = connect(&fetch);
    let wrong = r#"{"model":"nano-banana-2","params":{"aspect_ratio":"16:10"},"unknown":["refrences"],"references":[]}"#;
    let error = begun(|resolve, reject| {
        engine.begin(Method::Generate, handle(wrong).into(), keyed(), resolve, reject)
    })
    .error()
    .await;
    fields_of(&error);
    assert_eq!((text(&error, "code"), get(&error, "attempts")), ("validation_failed".to_owned(), 0.into()));
    let issues: Array = get(&error, "issues").unchecked_into();
    let told: Vec<(String, String)> =
        issues.iter().map(|issue| (text(&issue, "path"), text(&issue, "severity"))).collect();
    let expected =
        ["prompt", "params.aspect_ratio", "refrences"].map(|path| (path.to_owned(), "error".to_owned()));
    assert_eq!(told, expected);
    for issue in issues.iter() {
        assert_eq!(Object::keys(issue.unchecked_ref::<Object>()).length(), 3);
        assert!(text(&error, "message").contains(&text(&issue, "message")));
    }
    assert_eq!(shown(&engine.validate(handle(wrong)).into()), shown(&issues));
    assert_eq!(calls.length(), 0);
}

#[wasm_bindgen_test]
async fn what_looks_like_a_key_is_in_no_error() {
    let error = error_of_credits(
        r#"[401, '{"error":{"code":"rvya_sk_live_abc","message":"bad key rvya_sk_live_abc","request_id":"rvya_sk_live_abc"}}']"#,
    )
    .await;
    assert!(!fields_of(&error).contains("live_abc"));
    assert_eq!(text(&error, "message"), "bad key rvya_sk_…");
}

#[wasm_bindgen_test]
async fn a_result_that_is_no_url_is_a_wrong_argument() {
    let (fetch, _) = answering("{}");
    let engine = connect(&fetch);
    for (result, place) in [
        (r#"{"urls":["https://a.example/1.png",7]}"#, "generation.result.urls[1]"),
        ("{}", "generation.result.urls[0]"),
        (r#"{"urls":[""]}"#, "generation.result.urls[0]"),
    ] {
        let generation = handle(&format!(r#"{{"id":"task_1","result":{result}}}"#));
        let call = begun(|resolve, reject| {
            engine.begin(Method::Download, generation.into(), handle("{}"), resolve, reject)
        });
        let error = call.error().await;
        assert!(error.is_instance_of::<js_sys::TypeError>(), "{result}");
        assert!(text(&error, "message").starts_with(place), "{}", text(&error, "message"));
    }
}
