//! Makes the table that the crate embeds out of the catalogue of models: text, one line a model, as compact as it stays easy to read.
//! What repeats from line to line costs next to nothing: the module travels compressed. `src/contract/catalogue.rs` and
//! `upload_policy.rs` read it.
//!
//! ```text
//! model   = id | flags | base credits | prompt limit | upload | params …     (an empty field: none, or not known)
//! flags   = capability (0 image, 1 video, 2 audio, 3 chat) + 4 complete + 8 prompt required + 16 upload policy known
//! upload  = counts ; limit ; …
//! counts  = files , images where there is no video , videos , images beside a video     (all but the first: only with such a rule)
//! limit   = kind , MB , MIME type , …     (MB and types: only where they are known)
//! param   = key = takes     (behind the key a `!` where it is required)
//! takes   = option , …     or  # min , max , step     or  $ (text)     or  [ (the lines of a dialogue)
//! ```

use serde_json::Value;
use std::error::Error;

type Outcome<T> = Result<T, Box<dyn Error>>;

const SOURCE: &str = "src/contract/models.json";
/// What the table may take, in bytes: about a quarter of that is added to the download of every page that embeds the client.
const MAX_TABLE_BYTES: usize = 10_000;

/// Rules on several kinds together are prose in the catalogue. A policy with several kinds and several files must be found here.
/// (the prose; images where there is no video, videos, images beside a video)
const MIXED_RULES: &[(&str, &str)] = &[(
    "Up to 9 images when no video is attached; for video editing 1 video plus up to 5 image references.",
    ",9,1,5",
)];

#[expect(clippy::print_stdout, reason = "cargo reads a build script's output")]
fn main() -> Outcome<()> {
    println!("cargo:rerun-if-changed={SOURCE}");
    println!("cargo:rerun-if-changed=build/catalogue.rs");
    let catalogue: Value = serde_json::from_str(&std::fs::read_to_string(SOURCE)?)?;
    let mut table = String::new();
    for entry in array(&catalogue, "models")? {
        let id = text(entry, "id")?;
        table.push_str(&model(entry).map_err(|why| format!("{SOURCE}: {id}: {why}"))?);
        table.push('\n');
    }
    if table.len() > MAX_TABLE_BYTES {
        let bytes = table.len();
        return Err(format!("the table takes {bytes} bytes; {MAX_TABLE_BYTES} are allowed").into());
    }
    let out = std::env::var_os("OUT_DIR").ok_or("cargo sets OUT_DIR")?;
    std::fs::write(std::path::Path::new(&out).join("catalogue.txt"), table)?;
    Ok(())
}

fn model(model: &Value) -> Outcome<String> {
    let policy = field(model, "upload_policy")?;
    let policy_known = field(model, "upload_policy_known")?.as_bool().unwrap_or(false);
    let capability = match text(model, "capability")? {
        "image" => 0,
        "video" => 1,
        "audio" => 2,
        "chat" => 3,
        other => return Err(format!("a model for {other} that the table has no place for").into()),
    };
    let flags = capability
        | u8::from(flag(model, "complete")?) << 2
        | u8::from(flag(model, "prompt_required")?) << 3
        | u8::from(policy_known) << 4;
    let mut fields = vec![
        word(field(model, "id")?)?.to_owned(),
        flags.to_string(),
        number(field(model, "base_credits")?)?,
        number(field(model, "prompt_limit_chars")?)?,
        if policy.is_null() { String::new() } else { upload(policy)? },
    ];
    for param in array(model, "params")? {
        fields.push(self::param(param)?);
    }
    for extra in array(model, "extra_request_fields")? {
        fields.push(extra_field(extra)?);
    }
    Ok(fields.join("|"))
}

fn param(param: &Value) -> Outcome<String> {
    let takes = match text(param, "type")? {
        "select" => words(array(param, "options")?)?,
        "number" => {
            let range = field(param, "range")?;
            let bound = |key| number(range.get(key).unwrap_or(&Value::Null));
            format!("#{},{},{}", bound("min")?, bound("max")?, bound("step")?)
        }
        "text" => "$".to_owned(),
        other => return Err(format!("a parameter of type {other} that the table has no place for").into()),
    };
    Ok(format!("{}{}={takes}", word(field(param, "key")?)?, required_mark(param)?))
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
        return Err("an extra field that the table has no place for".into());
    };
    Ok(format!("{key}{}=[", required_mark(extra)?))
}

fn required_mark(param: &Value) -> Outcome<&'static str> {
    Ok(if flag(param, "required")? { "!" } else { "" })
}

fn upload(policy: &Value) -> Outcome<String> {
    let rule = text(policy, "rule")?;
    let kinds = array(policy, "kinds")?;
    let max_files = u8::try_from(field(policy, "max_files")?.as_u64().ok_or("max_files is no number")?)?;
    let mixed = MIXED_RULES.iter().find(|(prose, _)| *prose == rule).map(|(_, counts)| *counts);
    if mixed.is_none() && kinds.len() > 1 && max_files > 1 {
        return Err(format!("a rule on several kinds that MIXED_RULES does not know: {rule}").into());
    }
    let mut packed = format!("{max_files}{}", mixed.unwrap_or_default());
    for kind in kinds {
        let name = word(kind)?;
        if !["image", "video", "audio"].contains(&name) {
            return Err(format!("files of kind {name}, which the API does not have").into());
        }
        packed.push_str(&format!(";{name}"));
        if let Some(limits) = policy.get("per_kind").and_then(|limits| limits.get(name)) {
            let mb = number(field(limits, "max_size_mb")?)?;
            packed.push_str(&format!(",{mb},{}", words(array(limits, "mime_types")?)?));
        }
    }
    Ok(packed)
}

/// A decimal of at most 15 characters, as the file writes it; empty for null.
fn number(value: &Value) -> Outcome<String> {
    let written = match value {
        Value::Null => return Ok(String::new()),
        Value::Number(number) => number.to_string(),
        other => return Err(format!("{other} is no number").into()),
    };
    let written = written.strip_suffix(".0").unwrap_or(&written);
    let is_plain = written.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'-' | b'.'));
    if written.len() > 15 || !is_plain {
        return Err(format!("{written} is too long a number for the table").into());
    }
    Ok(written.to_owned())
}

fn words(items: &[Value]) -> Outcome<String> {
    let words: Outcome<Vec<&str>> = items.iter().map(word).collect();
    let words = words?;
    if words.is_empty() {
        return Err("a list without items".into());
    }
    Ok(words.join(","))
}

/// A string that can stand in the table: it is not empty and holds none of the characters that separate and mark.
fn word(value: &Value) -> Outcome<&str> {
    let word = value.as_str().ok_or_else(|| format!("{value} is no string"))?;
    let is_mark = |byte: u8| b"|;,=!$[".contains(&byte) || !byte.is_ascii_graphic();
    if word.is_empty() || word.starts_with('#') || word.bytes().any(is_mark) {
        return Err(format!("{value} can't stand in the table").into());
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
