//! The samples of the API's pages, one fixture each, through the readers.

use rivya_wasm::contract::catalogue;
use rivya_wasm::contract::error::{ApiError, from_envelope};
use rivya_wasm::contract::generation::Status;
use rivya_wasm::contract::path::encode_id;
use rivya_wasm::contract::validation::{Draft, Mode, check};
use rivya_wasm::contract::value::Value;

/// The sample of a fixture, which must say where it was seen.
fn sample(fixture: &str) -> Value {
    let fixture: Value = serde_json::from_str(fixture).unwrap();
    let source = text(&fixture, "source");
    assert!(source.starts_with('[') && source.contains("https://rivya.ai/"), "{source}");
    let sample = fixture.get("sample").unwrap().clone();
    let written = serde_json::to_string(&sample).unwrap();
    assert_eq!(serde_json::from_str::<Value>(&written).unwrap(), sample);
    sample
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap()
}

fn number(value: &Value, key: &str) -> f64 {
    value.get(key).and_then(Value::as_f64).unwrap()
}

fn envelope(status: u16, body: &Value) -> ApiError {
    from_envelope(status, |key| body.get("error")?.get(key)?.as_str().map(str::to_owned))
}

#[test]
fn the_sample_request_passes_the_strict_check_and_travels_unchanged() {
    let body = sample(include_str!("fixtures/create_request.json"));
    let params = body.get("params").and_then(Value::as_record).unwrap();
    let draft = Draft {
        model: text(&body, "model"),
        prompt: Some(text(&body, "prompt")),
        params,
        references: &[],
        client_request_id: None,
    };
    let checked = check(&draft, Mode::Strict);
    assert_eq!(checked.issues, []);
    assert_eq!(checked.params, params);
}

#[test]
fn the_create_response_is_queued_and_reserves_the_catalogues_price() {
    let body = sample(include_str!("fixtures/create_response.json"));
    assert_eq!(Status::parse(text(&body, "status")), Status::Queued);
    assert_eq!(encode_id(text(&body, "id")).as_deref(), Some(text(&body, "id")));
    let model = catalogue::find(text(&body, "model")).unwrap();
    assert_eq!(number(&body, "reserved_credits"), f64::from(model.base_credits().unwrap()));
    assert_eq!(body.get("result"), Some(&Value::Null));
}

#[test]
fn the_terminal_samples_are_terminal() {
    let succeeded = sample(include_str!("fixtures/generation_succeeded.json"));
    let status = Status::parse(text(&succeeded, "status"));
    assert!(status == Status::Succeeded && status.is_terminal());
    let result = succeeded.get("result").unwrap();
    let urls = result.get("urls").and_then(Value::as_list).unwrap();
    assert_eq!(urls.first().and_then(Value::as_str), Some(text(result, "primary_url")));

    let failed = sample(include_str!("fixtures/generation_failed.json"));
    let status = Status::parse(text(&failed, "status"));
    assert!(status == Status::Failed && status.is_terminal());
    // The error of a failed task has the members of the HTTP envelope, under the same key.
    let error = envelope(200, &failed);
    assert_eq!(
        (error.code.as_str(), error.message.as_str()),
        ("generation_failed", "The generation failed.")
    );
}

#[test]
fn the_sample_envelope_is_read() {
    let error = envelope(401, &sample(include_str!("fixtures/error_envelope.json")));
    assert_eq!(error.code, "api_key_missing");
    assert_eq!(error.message, "A valid Bearer API key is required.");
    assert_eq!(error.request_id.as_deref(), Some("req_..."));
}

#[test]
fn the_sample_model_agrees_with_the_catalogue() {
    let list = sample(include_str!("fixtures/models_list.json"));
    assert_eq!(text(&list, "object"), "list");
    let listed = list.get("data").and_then(Value::as_list).and_then(<[Value]>::first).unwrap();
    let model = catalogue::find(text(listed, "id")).unwrap();
    assert_eq!(number(listed, "base_credits"), f64::from(model.base_credits().unwrap()));
    assert_eq!(number(listed, "max_prompt_length"), f64::from(model.prompt().max_code_points.unwrap()));
    assert_eq!(model.upload().max_files(), Some(0));
}

#[test]
fn the_balance_is_a_number() {
    assert_eq!(number(&sample(include_str!("fixtures/credits.json")), "current_credits"), 123.0);
}
