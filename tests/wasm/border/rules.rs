use js_sys::{Array, JSON, Reflect};
use rivya_wasm::bindings::{Rules, State, Traffic, failure_of, judge_result, result_urls, state_of};
use rivya_wasm::js::handle::Handle;
use wasm_bindgen::prelude::*;
use wasm_bindgen_test::wasm_bindgen_test;

use super::parse;

const SETTINGS: &str = r#"{"protocol":"https:","hostname":"rivya.ai"}"#;
const CALL: &str = r#"{"what":"POST https://rivya.ai/api/v1/generations","attempts":1,"maxRetries":4,
    "patienceMs":60000,"nowMs":2000,"dateMs":1778457600000,"random":0.5}"#;

/// When an attempt was sent.
const SENT_MS: f64 = 1_000.0;
/// What the wall clock says when the monotonic one says 0: both go alike.
const WALL_START_MS: f64 = 1_778_457_598_000.0;

fn handle(json: &str) -> Handle {
    parse(json).unchecked_into()
}

fn rules() -> Rules {
    Rules::new(handle(SETTINGS)).unwrap()
}

/// An object as text: errors have a message, which their own members leave out.
fn shown(value: &JsValue) -> String {
    JSON::stringify(value).map(String::from).unwrap()
}

fn get(value: &JsValue, key: &str) -> JsValue {
    Reflect::get(value, &key.into()).unwrap()
}

fn text(value: &JsValue, key: &str) -> String {
    get(value, key).as_string().unwrap_or_default()
}

/// The error of a verdict.
fn error_of(verdict: &JsValue) -> JsValue {
    get(verdict, "error")
}

/// As a call asks: whether the answer is accepted, and the verdict where it is not.
fn tried(rules: &Rules, answer: &str, sent_ms: f64) -> Option<JsValue> {
    let answer = handle(answer);
    let status = get(&answer, "status").as_f64().unwrap_or(f64::NAN);
    let json = get(&answer, "json");
    if rules.accepts(status, &json, "generation", Traffic::Other, sent_ms, WALL_START_MS + sent_ms) {
        return None;
    }
    Some(rules.judge(handle(CALL), Traffic::Other, answer))
}

fn judged(answer: &str) -> JsValue {
    tried(&rules(), answer, SENT_MS).unwrap_or_default()
}

#[wasm_bindgen_test]
fn what_was_asked_for_needs_no_verdict() {
    assert!(judged(r#"{"status":200,"json":{"id":"task_1","status":"queued"}}"#).is_undefined());
    assert!(judged(r#"{"status":202,"json":{"id":"task_1","status":"a word of tomorrow"}}"#).is_undefined());
}

#[wasm_bindgen_test]
fn a_success_that_is_none_is_repeated_and_leaves_doubt() {
    for json in [
        "null",
        "[]",
        "7",
        r#"{"id":7,"status":"queued"}"#,
        r#"{"id":"","status":"queued"}"#,
        r#"{"id":"x"}"#,
    ] {
        let verdict = judged(&format!(r#"{{"status":200,"json":{json},"excerpt":"<html>"}}"#));
        assert_eq!(text(&error_of(&verdict), "code"), "invalid_response", "{json}");
        assert!(text(&error_of(&verdict), "message").ends_with("<html>"), "{json}");
        assert!(
            get(&verdict, "delayMs").as_f64().is_some() && get(&verdict, "leavesDoubt").is_truthy(),
            "{json}"
        );
    }
}

#[wasm_bindgen_test]
fn a_success_that_nests_too_deep_is_not_repeated_and_leaves_doubt() {
    let answer = |levels: usize| {
        let nested = "[".repeat(levels) + &"]".repeat(levels);
        format!(r#"{{"status":200,"json":{{"id":"task_1","status":"queued","more":{nested}}}}}"#)
    };
    assert!(judged(&answer(63)).is_undefined());
    for levels in [64, 100_000] {
        let verdict = judged(&answer(levels));
        assert_eq!(text(&error_of(&verdict), "code"), "invalid_response");
        assert!(text(&error_of(&verdict), "message").ends_with("nests deeper than 64 levels"));
        assert!(get(&verdict, "delayMs").is_undefined() && get(&verdict, "leavesDoubt").is_truthy());
    }
}

#[wasm_bindgen_test]
fn a_refusal_says_what_the_envelope_says_and_is_not_repeated() {
    let verdict = judged(
        r#"{"status":400,"json":{"error":{"code":"validation_failed","message":"No.","request_id":"req_1"}}}"#,
    );
    let error = error_of(&verdict);
    assert_eq!(
        (text(&error, "code"), text(&error, "message"), text(&error, "requestId")),
        ("validation_failed".to_owned(), "No.".to_owned(), "req_1".to_owned())
    );
    assert!(get(&verdict, "delayMs").is_undefined() && !get(&verdict, "leavesDoubt").is_truthy());
    assert!(get(&error, "status") == 400 && get(&error, "retryable") == false);
}

#[wasm_bindgen_test]
fn an_envelope_of_wrong_types_falls_back_to_the_status() {
    for json in [r#"{"error":{"code":7,"message":[]}}"#, r#"{"error":"nope"}"#, "null", r#""text""#] {
        let error = error_of(&judged(&format!(r#"{{"status":418,"json":{json}}}"#)));
        assert_eq!(text(&error, "code"), "http_418", "{json}");
    }
    assert_eq!(text(&error_of(&judged(r#"{"status":418}"#)), "code"), "http_418");
}

#[wasm_bindgen_test]
fn a_key_that_a_server_echoes_is_cut_from_the_message() {
    let error =
        error_of(&judged(r#"{"status":401,"json":{"error":{"message":"bad key rvya_sk_live_abc"}}}"#));
    assert!(!shown(&error).contains("live_abc") && !text(&error, "message").contains("live_abc"));
}

#[wasm_bindgen_test]
fn a_429_stops_all_calls_until_the_named_time() {
    let rules = rules();
    let verdict = tried(&rules, r#"{"status":429,"retryAfter":"5"}"#, SENT_MS).unwrap();
    assert_eq!(get(&verdict, "delayMs"), 5_000.0);
    assert_eq!(rules.pause_ms(Traffic::Poll, 2_000.0, WALL_START_MS + 2_000.0), 5_000.0);
    assert!(rules.is_one_by_one(Traffic::Submission));
    // Sent before the pause ended: it proves nothing.
    tried(&rules, r#"{"status":200,"json":{"id":"task_1","status":"queued"}}"#, SENT_MS);
    assert!(rules.is_one_by_one(Traffic::Other));
    // Later ones that are refused again, or not answered, prove nothing either.
    tried(&rules, r#"{"status":429}"#, 8_000.0);
    tried(&rules, r#"{"failure":"offline"}"#, 8_000.0);
    assert!(rules.is_one_by_one(Traffic::Other));
    tried(&rules, r#"{"status":500}"#, 80_000.0);
    assert!(!rules.is_one_by_one(Traffic::Other));
}

#[wasm_bindgen_test]
fn a_pause_longer_than_the_calls_patience_ends_it_with_its_length() {
    let verdict = judged(r#"{"status":503,"retryAfter":"61"}"#);
    assert!(get(&verdict, "delayMs").is_undefined());
    assert_eq!(get(&error_of(&verdict), "retryAfterMs"), 61_000.0);
}

#[wasm_bindgen_test]
fn no_answer_and_a_redirect_are_told_apart() {
    let lost = judged(r#"{"failure":"fetch failed"}"#);
    assert_eq!(text(&error_of(&lost), "code"), "network_error");
    assert!(!get(&lost, "hasAnswer").is_truthy() && get(&lost, "leavesDoubt").is_truthy());
    assert_eq!(text(&error_of(&judged(r#"{"timedOut":true}"#)), "code"), "timeout");
    let elsewhere = judged(r#"{"status":0,"redirected":true}"#);
    assert_eq!(text(&error_of(&elsewhere), "code"), "invalid_response");
    assert!(get(&elsewhere, "delayMs").is_undefined() && get(&error_of(&elsewhere), "status").is_null());
}

#[wasm_bindgen_test]
fn a_result_that_is_gone_is_not_found() {
    let verdict =
        judge_result(handle(r#"{"attempts":1,"maxRetries":4,"random":0}"#), handle(r#"{"status":410}"#));
    assert_eq!(text(&error_of(&verdict), "code"), "not_found");
    assert!(get(&verdict, "delayMs").is_undefined());
}

#[wasm_bindgen_test]
fn a_generation_is_known_by_its_id_and_status() {
    for (json, state) in [
        (r#"{"id":"x","status":"queued"}"#, State::Queued),
        (r#"{"id":"x","status":"processing"}"#, State::Processing),
        (r#"{"id":"x","status":"cancelling"}"#, State::Processing),
        (r#"{"id":"x","status":"succeeded"}"#, State::Succeeded),
        (r#"{"id":"x","status":"failed"}"#, State::Failed),
        (r#"{"id":"x","status":1}"#, State::None),
        ("null", State::None),
    ] {
        assert!(state_of(&parse(json)) == state, "{json}");
    }
}

#[wasm_bindgen_test]
fn a_failed_generation_may_carry_no_error() {
    let silent = failure_of(&parse(r#"{"id":"x","status":"failed","error":null}"#));
    assert_eq!(text(&silent, "code"), "generation_failed");
    let spoken = failure_of(&parse(r#"{"error":{"code":"unsafe","message":"No."}}"#));
    assert_eq!((text(&spoken, "code"), text(&spoken, "message")), ("unsafe".to_owned(), "No.".to_owned()));
}

#[wasm_bindgen_test]
fn results_lie_where_the_list_says_or_at_the_primary_url() {
    assert_eq!(
        result_urls(&parse(r#"{"urls":["https://a","https://b"],"primary_url":"https://c"}"#)).unwrap(),
        ["https://a", "https://b"]
    );
    assert_eq!(result_urls(&parse(r#"{"primary_url":"https://c"}"#)).unwrap(), ["https://c"]);
    for (json, place) in [(r#"{"urls":["https://a",7]}"#, "[1]"), ("{}", "[0]"), (r#"{"urls":[""]}"#, "[0]")]
    {
        let error = result_urls(&parse(json)).unwrap_err();
        assert!(
            error.is_instance_of::<js_sys::TypeError>() && text(&error, "message").contains(place),
            "{json}"
        );
    }
}

#[wasm_bindgen_test]
fn a_request_travels_as_the_catalogue_has_it_or_not_at_all() {
    let request = r#"{"model":"nano-banana-2","prompt":"a kite","params":{"aspect_ratio":"16:9"},"references":[{"url":"https://a/b.png"}],"unknown":[]}"#;
    let travelling = rules().check_request(handle(request), None).unwrap();
    assert_eq!(shown(&travelling), r#"{"params":{"aspect_ratio":"16:9"},"kinds":["image"],"types":[null]}"#);

    let wrong = request.replace("16:9", "16:10").replace("\"unknown\":[]", "\"unknown\":[\"refrences\"]");
    let error = rules().check_request(handle(&wrong), None).unwrap_err();
    let issues: Array = get(&error, "issues").unchecked_into();
    let paths: Vec<String> = issues.iter().map(|issue| text(&issue, "path")).collect();
    assert_eq!(paths, ["params.aspect_ratio", "refrences"]);
    assert!(rules().check_request(handle(&wrong), Some("off".to_owned())).is_ok());
}

#[wasm_bindgen_test]
fn a_file_is_what_its_first_bytes_say() {
    let file = parse(r#"{"bytes":16,"type":"image/png"}"#);
    let head = js_sys::Uint8Array::from(b"\xff\xd8\xff\xe0\0\x10JFIF".as_slice());
    Reflect::set(&file, &"head".into(), &head).unwrap();
    let travelling = rules().check_upload(file.unchecked_into(), handle("{}")).unwrap();
    assert_eq!(shown(&travelling), r#"{"kind":"image","type":"image/jpeg"}"#);
}

#[wasm_bindgen_test]
fn a_key_stays_out_of_pages_and_off_plain_http() {
    let page = handle(r#"{"protocol":"https:","hostname":"rivya.ai","holdsKey":true,"browser":true}"#);
    assert_eq!(text(&Rules::new(page).err().unwrap(), "code"), "browser_key");
    let plain = handle(r#"{"protocol":"http:","hostname":"rivya.ai","holdsKey":true}"#);
    assert!(Rules::new(plain).err().unwrap().is_instance_of::<js_sys::TypeError>());
}
