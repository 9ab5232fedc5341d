//! The table against the file that it is made from.

use rivya_wasm::contract::catalogue::{self, Capability, Decimal, Model, Param, ParamKind};
use rivya_wasm::contract::upload_policy::MixedRule;
use serde_json::{Value, json};

fn entries() -> Vec<Value> {
    let file: Value = serde_json::from_str(include_str!("../../src/contract/models.json")).unwrap();
    file["models"].as_array().unwrap().clone()
}

fn number(decimal: Decimal) -> Value {
    let Decimal { text, value } = decimal;
    assert_eq!(text.parse::<f64>(), Ok(value));
    if value.fract() == 0.0 { json!(value as i64) } else { json!(value) }
}

/// A row as the file has it, but for its description and its default, which only the declarations tell of.
fn row(param: &Param) -> Value {
    let (kind, range, options) = match param.kind() {
        ParamKind::Select(options) => ("select", Value::Null, json!(options)),
        ParamKind::Text => ("text", Value::Null, Value::Null),
        ParamKind::Dialogue => panic!("no row of a parameter table"),
        ParamKind::Number(range) => {
            let mut bounds = serde_json::Map::new();
            for (key, bound) in [("min", range.min()), ("max", range.max()), ("step", range.step())] {
                if let Some(bound) = bound {
                    bounds.insert(key.to_owned(), number(bound));
                }
            }
            ("number", if bounds.is_empty() { Value::Null } else { Value::Object(bounds) }, Value::Null)
        }
    };
    json!({ "key": param.key(), "type": kind, "required": param.required(), "range": range, "options": options })
}

fn is_dialogue(param: &Param) -> bool {
    matches!(param.kind(), ParamKind::Dialogue)
}

fn policy(model: &Model) -> Value {
    let policy = model.upload();
    let kinds = policy.kinds();
    if kinds.is_empty() {
        return Value::Null;
    }
    let mut per_kind = serde_json::Map::new();
    for limit in kinds {
        if let Some(max_bytes) = limit.max_bytes() {
            let entry = json!({ "max_size_mb": max_bytes / 1_048_576, "mime_types": limit.mime_types() });
            per_kind.insert(limit.kind().as_str().to_owned(), entry);
        }
    }
    json!({
        "max_files": policy.max_files(),
        "kinds": kinds.iter().map(|limit| limit.kind().as_str()).collect::<Vec<_>>(),
        "per_kind": if per_kind.is_empty() { Value::Null } else { Value::Object(per_kind) },
    })
}

#[test]
fn the_table_says_what_the_file_says_field_by_field() {
    let entries = entries();
    assert_eq!(entries.len(), 58);
    let mut ids: Vec<&str> = entries.iter().map(|entry| entry["id"].as_str().unwrap()).collect();
    ids.sort_unstable();
    assert_eq!(catalogue::models().iter().map(Model::id).collect::<Vec<_>>(), ids);

    for mut entry in entries {
        let id = entry["id"].as_str().unwrap().to_owned();
        let model = catalogue::find(&id).unwrap();
        assert_eq!(model.id(), id);
        let capability = match model.capability() {
            Capability::Image => "image",
            Capability::Video => "video",
            Capability::Audio => "audio",
            Capability::Chat => "chat",
        };
        assert_eq!(entry["capability"], capability, "{id}");
        assert_eq!(entry["base_credits"], json!(model.base_credits()), "{id}");
        assert_eq!(entry["prompt_limit_chars"], json!(model.prompt().max_code_points), "{id}");
        assert_eq!(entry["prompt_required"], model.prompt().required, "{id}");
        assert_eq!(entry["complete"], model.complete(), "{id}");
        assert_eq!(entry["upload_policy_known"].as_bool().unwrap_or(false), model.upload().known, "{id}");

        for param in entry["params"].as_array_mut().unwrap() {
            let param = param.as_object_mut().unwrap();
            param.remove("description");
            param.remove("default");
        }
        let rows: Vec<Value> = model.params().iter().filter(|param| !is_dialogue(param)).map(row).collect();
        assert_eq!(entry["params"], Value::Array(rows), "{id}");

        let extra: Vec<Value> = model
            .params()
            .iter()
            .filter(|param| is_dialogue(param))
            .map(|param| json!({ "key": format!("params.{}", param.key()), "required": param.required() }))
            .collect();
        for field in entry["extra_request_fields"].as_array_mut().unwrap() {
            let field = field.as_object_mut().unwrap();
            field.remove("description");
            assert_eq!(field.remove("type"), Some(json!("array")));
            assert_eq!(field.remove("item"), Some(json!({ "voice": "string", "text": "string" })));
        }
        assert_eq!(entry["extra_request_fields"], Value::Array(extra), "{id}");

        let rule = entry["upload_policy"].as_object_mut().and_then(|policy| policy.remove("rule"));
        assert_eq!(entry["upload_policy"], policy(model), "{id}");
        let mixed = model.upload().mixed();
        match id.as_str() {
            "happyhorse-1-0" => {
                let rule = rule.unwrap();
                let rule = rule.as_str().unwrap();
                assert!(
                    rule.contains("9 images when no video") && rule.contains("1 video plus up to 5 image")
                );
                let expected = MixedRule { max_images_alone: 9, max_videos: 1, max_images_beside_video: 5 };
                assert_eq!(mixed, Some(expected));
            }
            _ => assert_eq!(mixed, None, "{id}"),
        }
    }
}

#[test]
fn what_is_not_in_the_catalogue_is_not_found() {
    for id in ["", "nano-banana-3", "NANO-BANANA-2", "nano-banana-2 ", "\0"] {
        assert!(catalogue::find(id).is_none(), "{id:?}");
    }
}

#[test]
fn a_model_without_upload_section_takes_no_references_unless_its_page_was_cut() {
    for (id, max_files) in [("4o-image", Some(0)), ("flux-kontext-pro", None), ("nano-banana-2", Some(14))] {
        assert_eq!(catalogue::find(id).unwrap().upload().max_files(), max_files, "{id}");
    }
}
