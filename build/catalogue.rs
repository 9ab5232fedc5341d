//! Makes Rust data of the catalogue of models: one expression, a slice of `Model`s sorted by id, which
//! `src/contract/catalogue.rs` includes. The types are its own and those of `upload_policy.rs`.
//!
//! A build ends here where the file says something that the types have no place for: what is not understood must not be
//! left out unseen.

use serde_json::Value;
use std::collections::BTreeMap;
use std::error::Error;

type Outcome<T> = Result<T, Box<dyn Error>>;

const SOURCE: &str = "src/contract/models.json";

/// Rules on several kinds together are prose in the catalogue. A policy with several kinds and several files must be
/// found here: the prose, and what it means.
const MIXED_RULES: &[(&str, &str)] = &[(
    "Up to 9 images when no video is attached; for video editing 1 video plus up to 5 image references.",
    "MixedRule { max_images_alone: 9, max_videos: 1, max_images_beside_video: 5 }",
)];

#[expect(clippy::print_stdout, reason = "cargo reads a build script's output")]
fn main() -> Outcome<()> {
    let has_tests = std::path::Path::new("tests").exists();
    if has_tests && std::env::var("CARGO_CFG_TARGET_ARCH").as_deref() == Ok("wasm32") {
        // The packed crate has no tests, and cargo refuses a flag for none. Futures that nobody has optimised need more
        // stack than the package's modules have.
        println!("cargo:rustc-link-arg-tests=-zstack-size=1048576");
    }
    println!("cargo:rerun-if-changed={SOURCE}");
    println!("cargo:rerun-if-changed=build/catalogue.rs");
    let catalogue: Value = serde_json::from_str(&std::fs::read_to_string(SOURCE)?)?;
    // By id: a model is found by binary search.
    let mut models = BTreeMap::new();
    for entry in array(&catalogue, "models")? {
        let id = word(field(entry, "id")?)?;
        let written = model(id, entry).map_err(|why| format!("{SOURCE}: {id}: {why}"))?;
        if models.insert(id, written).is_some() {
            return Err(format!("{SOURCE}: {id} is there twice").into());
        }
    }
    let models: Vec<String> = models.into_values().collect();
    let out = std::env::var_os("OUT_DIR").ok_or("cargo sets OUT_DIR")?;
    std::fs::write(std::path::Path::new(&out).join("catalogue.rs"), format!("&[\n{}]\n", models.concat()))?;
    Ok(())
}

fn model(id: &str, model: &Value) -> Outcome<String> {
    let capability = match text(model, "capability")? {
        "image" => "Capability::Image",
        "video" => "Capability::Video",
        "audio" => "Capability::Audio",
        "chat" => "Capability::Chat",
        other => return Err(format!("a model for {other}, which is no capability").into()),
    };
    let complete = flag(model, "complete")?;
    let policy = Some(field(model, "upload_policy")?).filter(|policy| !policy.is_null());
    let policy_known = field(model, "upload_policy_known")?.as_bool().unwrap_or(false);
    let mut params = String::new();
    for param in array(model, "params")? {
        params.push_str(&self::param(param)?);
    }
    for extra in array(model, "extra_request_fields")? {
        params.push_str(&extra_field(extra)?);
    }
    Ok(format!(
        "    Model {{
        id: {id:?},
        capability: {capability},
        base_credits: {:?},
        prompt: PromptRule {{ max_code_points: {:?}, required: {} }},
        params: &[
{params}        ],
        params_complete: {},
        upload: {},
        complete: {complete},
    }},
",
        whole_number(field(model, "base_credits")?)?,
        whole_number(field(model, "prompt_limit_chars")?)?,
        flag(model, "prompt_required")?,
        // On the pages the parameter table stands before the upload policy: where that was readable at least in part,
        // so was the whole table.
        complete || policy.is_some(),
        upload(policy, policy_known)?,
    ))
}

fn param(param: &Value) -> Outcome<String> {
    let kind = match text(param, "type")? {
        "select" => format!("Select(&{:?})", words(array(param, "options")?)?),
        "number" => {
            let range = field(param, "range")?;
            let bound = |key| decimal(range.get(key).unwrap_or(&Value::Null));
            format!(
                "Number(Range {{ min: {}, max: {}, step: {} }})",
                bound("min")?,
                bound("max")?,
                bound("step")?
            )
        }
        "text" => "Text".to_owned(),
        other => return Err(format!("a parameter of type {other}, which is no kind").into()),
    };
    row(word(field(param, "key")?)?, param, &kind)
}

/// Fields that a page documents beside its parameter table. There is one shape of them: the lines of a dialogue.
fn extra_field(extra: &Value) -> Outcome<String> {
    let item = field(extra, "item")?;
    let is_dialogue = text(extra, "type")? == "array"
        && item.as_object().is_some_and(|item| item.len() == 2)
        && text(item, "voice")? == "string"
        && text(item, "text")? == "string";
    let key = word(field(extra, "key")?)?.strip_prefix("params.");
    let (true, Some(key)) = (is_dialogue, key) else {
        return Err("an extra field that is no dialogue in params".into());
    };
    row(key, extra, "Dialogue")
}

fn row(key: &str, param: &Value, kind: &str) -> Outcome<String> {
    let required = flag(param, "required")?;
    Ok(format!("            Param {{ key: {key:?}, required: {required}, kind: ParamKind::{kind} }},\n"))
}

fn upload(policy: Option<&Value>, known: bool) -> Outcome<String> {
    let Some(policy) = policy else {
        // A page that was read to its end and has no upload section is that of a text-only model.
        let max_files = if known { Some(0) } else { None::<u32> };
        return Ok(format!(
            "UploadPolicy {{ known: {known}, max_files: {max_files:?}, mixed: None, kinds: &[] }}"
        ));
    };
    let rule = text(policy, "rule")?;
    let kinds = array(policy, "kinds")?;
    let max_files = whole_number(field(policy, "max_files")?)?.ok_or("max_files is missing")?;
    let mixed = MIXED_RULES.iter().find(|(prose, _)| *prose == rule).map(|(_, meaning)| meaning);
    if mixed.is_none() && kinds.len() > 1 && max_files > 1 {
        return Err(format!("a rule on several kinds that MIXED_RULES does not know: {rule}").into());
    }
    let mut limits = Vec::new();
    for kind in kinds {
        limits.push(limit(policy, word(kind)?)?);
    }
    Ok(format!(
        "UploadPolicy {{
            known: {known},
            max_files: Some({max_files}),
            mixed: {},
            kinds: &[{}],
        }}",
        mixed.map_or("None".to_owned(), |meaning| format!("Some({meaning})")),
        limits.join(", "),
    ))
}

/// What is said of a kind; its size and types only where the table of the page was not cut.
fn limit(policy: &Value, name: &str) -> Outcome<String> {
    let kind = match name {
        "image" => "MediaKind::Image",
        "video" => "MediaKind::Video",
        "audio" => "MediaKind::Audio",
        other => return Err(format!("files of kind {other}, which the API does not have").into()),
    };
    let (max_mb, mime_types) = match policy.get("per_kind").and_then(|limits| limits.get(name)) {
        Some(limits) => (whole_number(field(limits, "max_size_mb")?)?, words(array(limits, "mime_types")?)?),
        None => (None, Vec::new()),
    };
    Ok(format!("KindLimit {{ kind: {kind}, max_mb: {max_mb:?}, mime_types: &{mime_types:?} }}"))
}

/// A whole number that is not negative; none for null.
fn whole_number(value: &Value) -> Outcome<Option<u32>> {
    if value.is_null() {
        return Ok(None);
    }
    let number = value.as_f64().filter(|number| number.fract() == 0.0 && (0.0..=1e9).contains(number));
    Ok(Some(number.ok_or_else(|| format!("{value} is no whole number"))? as u32))
}

/// A decimal as the file writes it, and what that means.
fn decimal(value: &Value) -> Outcome<String> {
    let number = match value {
        Value::Null => return Ok("None".to_owned()),
        Value::Number(number) => number,
        other => return Err(format!("{other} is no number").into()),
    };
    let written = number.to_string();
    let written = written.strip_suffix(".0").unwrap_or(&written);
    let is_plain = written.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'-' | b'.'));
    if !is_plain {
        return Err(format!("{written} is no plain decimal").into());
    }
    let value = number.as_f64().ok_or("a number that is no double")?;
    Ok(format!("Some(Decimal {{ text: {written:?}, value: {value:?} }})"))
}

fn words(items: &[Value]) -> Outcome<Vec<&str>> {
    if items.is_empty() {
        return Err("a list without items".into());
    }
    items.iter().map(word).collect()
}

/// A string of printable ASCII that is not empty.
fn word(value: &Value) -> Outcome<&str> {
    let word = value.as_str().ok_or_else(|| format!("{value} is no string"))?;
    if word.is_empty() || !word.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(format!("{value} is no word of printable ASCII").into());
    }
    Ok(word)
}

fn field<'a>(of: &'a Value, key: &str) -> Outcome<&'a Value> {
    of.get(key).ok_or_else(|| format!("{key} is missing").into())
}

fn text<'a>(of: &'a Value, key: &str) -> Outcome<&'a str> {
    field(of, key)?.as_str().ok_or_else(|| format!("{key} is no string").into())
}

fn flag(of: &Value, key: &str) -> Outcome<bool> {
    field(of, key)?.as_bool().ok_or_else(|| format!("{key} is no boolean").into())
}

fn array<'a>(of: &'a Value, key: &str) -> Outcome<&'a [Value]> {
    Ok(field(of, key)?.as_array().ok_or_else(|| format!("{key} is no array"))?)
}
