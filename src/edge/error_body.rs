//! An error of the API on its way to a caller: ids that only the API knows become the caller's, or go.
//!
//! The API knows its tasks and files by ids of its own; a caller knows them by bound ones. A message may name the one
//! that was asked for, or another caller's.

use super::json;
use crate::contract::value::Value;

/// What begins the API's ids (contract, sections 5 to 7).
const PREFIXES: [&str; 2] = ["task_", "file_"];
/// What names of fields are made of behind such a beginning (`task_type`, `file_content_type`): they are no ids.
#[rustfmt::skip]
const FIELD_WORDS: [&str; 22] = [
    "bytes", "content", "count", "data", "error", "extension", "format", "id", "ids", "kind", "length", "limit",
    "mime", "mode", "name", "path", "result", "size", "status", "token", "type", "url",
];
/// Members that are for programs and for support; they name no task.
const KEPT: [&str; 3] = ["code", "requestId", "request_id"];
/// As long as this in letters and digits together is no word of a message. A number may be any parameter's.
const MIN_MIXED_CHARS: usize = 16;

/// The API's id that was asked for, and the caller's for it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Known<'a> {
    pub id: &'a str,
    pub bound: &'a str,
}

/// The body of an error for its caller; to the byte where it names no id. None where it is no JSON.
pub(crate) fn for_caller(text: &str, known: Option<Known<'_>>) -> Option<String> {
    let mut value: Value = serde_json::from_str(text).ok()?;
    if rewrite(&mut value, known) { Some(json::write(&value, text)) } else { Some(text.to_owned()) }
}

/// Changes the texts of a value; whether one changed.
fn rewrite(value: &mut Value, known: Option<Known<'_>>) -> bool {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
        Value::String(text) => {
            let told = told(text, known);
            let changes = *text != told;
            *text = told;
            changes
        }
        // Each of them: `any` would end with the first.
        Value::List(items) => items.iter_mut().fold(false, |changes, item| rewrite(item, known) | changes),
        Value::Record(members) => members.iter_mut().fold(false, |changes, (key, member)| {
            if KEPT.contains(&key.as_str()) && member.as_str().is_some() {
                return changes;
            }
            let told = told(key, known);
            let changes = changes | (*key != told);
            *key = told;
            rewrite(member, known) | changes
        }),
    }
}

/// A text with the caller's id in the place of the known one, and `…` in the place of any other.
fn told(text: &str, known: Option<Known<'_>>) -> String {
    let Some(Known { id, bound }) = known.filter(|known| !known.id.is_empty()) else {
        return without_ids(text);
    };
    let mut told = String::with_capacity(text.len());
    let mut rest = text;
    // Where it stands alone: a short id may be a part of any word.
    while let Some((before, behind)) = cut_alone(rest, id) {
        told.push_str(&without_ids(before));
        told.push_str(bound);
        rest = behind;
    }
    told.push_str(&without_ids(rest));
    told
}

/// What stands before and behind an id, where neither goes on as an id does.
fn cut_alone<'a>(text: &'a str, id: &str) -> Option<(&'a str, &'a str)> {
    text.match_indices(id).find_map(|(start, _)| {
        let (before, behind) = (text.get(..start)?, text.get(start.checked_add(id.len())?..)?);
        let is_alone = !before.ends_with(is_id_char) && !behind.starts_with(is_id_char);
        is_alone.then_some((before, behind))
    })
}

fn is_id_char(character: char) -> bool {
    character.is_ascii_alphanumeric() || character == '_' || character == '-'
}

fn without_ids(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    for piece in text.split_inclusive(|character| !is_id_char(character)) {
        let word = piece.trim_end_matches(|character| !is_id_char(character));
        kept.push_str(if is_id(word) { "…" } else { word });
        kept.push_str(piece.get(word.len()..).unwrap_or_default());
    }
    kept
}

/// Whether a word is an id: by its beginning, or because no word of a message is written so (UUIDs, ULIDs, hexadecimal
/// ones).
fn is_id(word: &str) -> bool {
    let is_field = |rest: &str| rest.split('_').all(|part| FIELD_WORDS.contains(&part));
    let behind_prefix = PREFIXES.iter().find_map(|prefix| word.strip_prefix(prefix));
    let is_prefixed = behind_prefix.is_some_and(|rest| !rest.is_empty() && !is_field(rest));
    let is_uuid = word.len() == 36
        && word.split('-').map(str::len).eq([8, 4, 4, 4, 12])
        && word.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit());
    let is_random = word.split(['-', '_']).any(|part| {
        let digits = part.bytes().filter(u8::is_ascii_digit).count();
        digits > 0 && digits < part.len() && part.len() >= MIN_MIXED_CHARS
    });
    is_prefixed || is_uuid || is_random
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const KNOWN: Known<'static> = Known { id: "task_1", bound: "task_1.signature" };

    fn told(text: &str) -> String {
        super::told(text, Some(KNOWN))
    }

    #[test]
    fn the_id_that_was_asked_for_is_the_callers_and_any_other_goes() {
        for (text, expected) in [
            ("No task task_1.", "No task task_1.signature."),
            ("task_1 or task_12 or x_task_1", "task_1.signature or … or x_task_1"),
            ("task_1task_1 is task_1", "… is task_1.signature"),
            ("see /generations/task_1/results and task_2", "see /generations/task_1.signature/results and …"),
            ("task_nano_banana_2_example belongs to another account", "… belongs to another account"),
            ("file file_uploaded_image_id is gone", "file … is gone"),
            ("of 3f2504e0-4f89-41d3-9a0c-0305e82c3301, 01ARZ3NDEKTSV4RRFFQ69G5FAV", "of …, …"),
            ("of 5f9c2b7e1d3a4c6b8e0f1a2b and of no other", "of … and of no other"),
            ("params.seed: 123456789012 is too large", "params.seed: 123456789012 is too large"),
            (
                "task_type must be one of those, or file_format",
                "task_type must be one of those, or file_format",
            ),
        ] {
            assert_eq!(told(text), expected);
        }
    }

    #[test]
    fn words_models_fields_and_numbers_stay() {
        for text in [
            "",
            "params.aspect_ratio: \"16:10\" is not one of 1:1, 16:9",
            "nano-banana-2, kling-v2-5-turbo-pro and elevenlabs-multilingual-v2 take file_id",
            "At most 15728640 bytes, not 1073741824; ask again in 60000 ms (2026-05-11T00:00:00.000Z).",
            "The task failed; the file_size was wrong: téxt, 日本語, task_",
        ] {
            assert_eq!(told(text), text);
        }
    }

    #[test]
    fn every_text_of_a_body_is_told_so_but_codes_and_what_support_asks_for() {
        let text = r#"{ "error": { "code": "task_unknown", "message": "No task_1", "requestId": "01ARZ3NDEKTSV4RRFF",
            "details": [ { "id": "task_2", "n": 9007199254740993 } ] } }"#;
        assert_eq!(
            for_caller(text, Some(KNOWN)).unwrap(),
            r#"{"error":{"code":"task_unknown","message":"No task_1.signature","requestId":"01ARZ3NDEKTSV4RRFF","#
                .to_owned()
                + r#""details":[{"id":"…","n":9007199254740993}]}}"#
        );
        let plain = r#"{ "error": { "code": "rate_limited", "n": 1.50 } }"#;
        assert_eq!(for_caller(plain, None).as_deref(), Some(plain), "to the byte");
        for none in ["", "<html>", "{", "task_1"] {
            assert_eq!(for_caller(none, Some(KNOWN)), None, "{none}");
        }
    }

    proptest! {
        #[test]
        fn an_id_of_the_api_is_never_told(
            before in "[ -~]{0,12}", behind in "[ -~]{0,12}", id in "(task|file)_[a-z0-9]{8,20}",
        ) {
            let text = [before.as_str(), " ", &id, " ", &behind].concat();
            prop_assert!(!told(&text).contains(&id), "{}", told(&text));
            let mine = Known { id: &id, bound: "mine" };
            prop_assert!(!super::told(&text, Some(mine)).contains(&id));
        }
    }
}
