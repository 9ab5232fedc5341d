//! What a submission may say, over the samples of the pages and every option of the catalogue.

use serde_json::{Map, Value, json};

use super::checks::{Accepted, MIXED_MODEL, judge};
use super::tables::{Catalogue, Control};

fn judged(body: Value) -> Result<Accepted, String> {
    judge(&body.to_string(), &|_| None).map_err(|problem| {
        assert_eq!((problem.status, problem.code), (400, "validation_failed"));
        problem.message
    })
}

fn refused(body: Value, part: &str) {
    let message = judged(body.clone()).expect_err(&body.to_string());
    assert!(message.contains(part), "{message:?} should say {part:?}");
}

#[test]
fn the_samples_of_the_model_pages_pass() {
    let catalogue: Value = serde_json::from_str(include_str!("../contract/models.json")).unwrap();
    let mut seen = 0;
    for model in catalogue["models"].as_array().unwrap() {
        for name in ["minimal_request", "reference_request"] {
            let sample = &model["examples"][name];
            if sample.is_object() && model["capability"] != "chat" {
                judged(sample.clone()).unwrap();
                seen += 1;
            }
        }
    }
    assert!(seen >= 4, "{seen} samples");
}

#[test]
fn every_model_takes_its_own_defaults_and_every_option() {
    for model in Catalogue::get().models().iter().filter(|model| model.category != "chat") {
        let mut params = Map::new();
        for row in model.params.iter().filter(|row| !row.default.is_null()) {
            params.insert(row.key.clone(), row.default.clone());
        }
        if model.dialogue {
            params.insert("dialogue".into(), json!([{ "voice": "Adam", "text": "Hello." }]));
        }
        let body = json!({ "model": model.id, "prompt": "A cat", "params": params });
        judged(body).unwrap();
        for row in &model.params {
            let Control::Select(options) = &row.control else { continue };
            for option in options {
                let mut params = params.clone();
                params.insert(row.key.clone(), json!(option));
                judged(json!({ "model": model.id, "prompt": "A cat", "params": params })).unwrap();
            }
        }
    }
}

#[test]
fn select_values_are_strings_to_the_letter() {
    let with = |params: Value| json!({ "model": "nano-banana-2", "prompt": "x", "params": params });
    judged(with(json!({ "google_search": "true" }))).unwrap();
    refused(with(json!({ "google_search": true })), "params.google_search: true is not a string");
    refused(with(json!({ "aspect_ratio": "16:10" })), "params.aspect_ratio: \"16:10\" is not one of auto");
    refused(with(json!({ "resolution": null })), "params.resolution");
    refused(with(json!({ "Resolution": "1K" })), "params.Resolution: not a parameter");
    refused(json!({ "model": "kling-2-6", "prompt": "x", "params": { "duration": 5 } }), "params.duration");
}

#[test]
fn numbers_are_numbers_within_their_range() {
    let with = |value: Value| json!({ "model": "seedream-3-0", "prompt": "x", "params": { "guidance_scale": value } });
    judged(with(json!(1))).unwrap();
    judged(with(json!(10.0))).unwrap();
    refused(with(json!(10.1)), "not within 1 to 10");
    refused(with(json!("2.5")), "is not a number");
    let seed =
        |value: Value| json!({ "model": "google-imagen4", "prompt": "x", "params": { "seed": value } });
    judged(seed(json!("7"))).unwrap();
    refused(seed(json!(7)), "params.seed: 7 is not a string");
}

#[test]
fn a_prompt_is_counted_in_code_points() {
    let with = |prompt: String| json!({ "model": "nano-banana-2", "prompt": prompt });
    let max = Catalogue::get().model("nano-banana-2").unwrap().prompt_max.unwrap();
    judged(with("🍌".repeat(max))).unwrap();
    refused(with("🍌".repeat(max + 1)), "prompt: ");
    refused(json!({ "model": "nano-banana-2" }), "prompt: required");
    refused(json!({ "model": "nano-banana-2", "prompt": 5 }), "prompt: must be a string");
}

#[test]
fn wrong_bodies_are_told_what_would_be_right() {
    for body in ["", "[]", "null", "{", "\"x\"", "{\"model\":\"z-image\",\"prompt\":\"\\ud800\"}"] {
        assert_eq!(judge(body, &|_| None).unwrap_err().code, "validation_failed", "{body}");
    }
    refused(json!({ "prompt": "x" }), "model: a model id is required");
    refused(json!({ "model": "nope", "prompt": "x" }), "no model \"nope\"");
    refused(json!({ "model": "gpt-5-2-chat", "prompt": "x" }), "Chat API");
    refused(json!({ "model": "z-image", "prompt": "x", "files": [] }), "referenceMediaItems");
    refused(json!({ "model": "z-image", "prompt": "x", "waitTimeoutMs": 1 }), "waitTimeoutMs");
    refused(json!({ "model": "z-image", "prompt": "x", "params": [] }), "params: must be an object");
    refused(
        json!({ "model": "z-image", "prompt": "x", "client_request_id": "x".repeat(129) }),
        "client_request_id",
    );
    refused(json!({ "model": "elevenlabs-turbo-2-5", "prompt": "x" }), "params: required");
    refused(
        json!({ "model": "elevenlabs-turbo-2-5", "prompt": "x", "params": {} }),
        "params.voice: required",
    );
    refused(
        json!({ "model": "elevenlabs-dialogue-v3", "params": { "dialogue": [{ "voice": 1 }] } }),
        "dialogue[0]",
    );
}

#[test]
fn all_problems_come_at_once() {
    let body = json!({ "model": "nano-banana-2", "files": 1, "params": { "resolution": "8K", "nope": 1 } });
    let message = judged(body).unwrap_err();
    for part in ["files:", "prompt:", "params.resolution", "params.nope"] {
        assert!(message.contains(part), "{message}");
    }
}

#[test]
fn references_are_checked_by_count_kind_and_key() {
    let item = |kind: &str| json!({ "url": "https://a.example/x", "kind": kind });
    let with = |model: &str, items: Value| {
        let params = json!({ "referenceMediaItems": items });
        json!({ "model": model, "prompt": "x", "params": params })
    };
    judged(with("nano-banana-2", json!(vec![item("image"); 14]))).unwrap();
    refused(with("nano-banana-2", json!(vec![item("image"); 15])), "takes up to 14");
    refused(with("nano-banana-2", json!([item("video")])), "takes image, not video");
    refused(with("z-image", json!([item("image")])), "takes no references");
    refused(with("nano-banana-2", json!({})), "must be a list");
    refused(with("nano-banana-2", json!([{ "url": "/x", "kind": "image" }])), "[0].url");
    refused(with("nano-banana-2", json!([{ "url": "https://a.example/x" }])), "[0].kind");
    refused(
        with(
            "nano-banana-2",
            json!([{ "url": "https://a.example/x", "kind": "image", "duration_token": "t" }]),
        ),
        "duration_token",
    );
    let mixed = |images: usize, videos: usize| {
        let items: Vec<Value> = std::iter::repeat_n(item("image"), images)
            .chain(std::iter::repeat_n(item("video"), videos))
            .collect();
        judged(with(MIXED_MODEL, json!(items)))
    };
    assert!(mixed(9, 0).is_ok() && mixed(5, 1).is_ok());
    assert!(mixed(10, 0).is_err() && mixed(6, 1).is_err() && mixed(0, 2).is_err());
}

#[test]
fn a_parameter_that_a_cut_page_may_have_is_let_through() {
    judged(json!({ "model": "seedream-4-5", "prompt": "x", "params": { "perhaps": 1 } })).unwrap();
    refused(
        json!({ "model": "seedream-4-5", "prompt": "x", "params": { "aspectRatio": "9:17" } }),
        "aspectRatio",
    );
}
