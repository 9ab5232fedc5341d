//! The API's JSON on its way to a caller: its `id` becomes the caller's, everything else stays as it was, to the byte.

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::fmt;

use super::error_body::{self, Known};
use super::ids::{Kind, SigningKeys};
use crate::contract::generation::results;
use crate::contract::value::Value;

/// Longest JSON answer, in bytes.
pub(crate) const MAX_BYTES: u32 = 1024 * 1024;

/// An answer with the caller's id, and what it says of the generation.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Bound {
    /// The JSON for the caller.
    pub text: String,
    /// The API's own id.
    pub id: Option<String>,
    /// `succeeded` and the like.
    pub status: Option<String>,
    /// What the API reserved.
    pub reserved_credits: Option<f64>,
}

/// Binds the id of an answer. What the API says of a task that failed may name it: there the caller's id stands, too.
/// None where the text is no JSON object.
pub(crate) fn bind(text: &str, kind: Kind, keys: &SigningKeys, caller: &str) -> Option<Bound> {
    let members: Members<'_> = serde_json::from_str(text).ok()?;
    let mut bound = Bound {
        text: String::with_capacity(text.len().saturating_add(32)),
        status: read(members.status),
        reserved_credits: read(members.reserved_credits),
        ..Bound::default()
    };
    let mut ids = members.changed.iter().filter(|(key, _)| *key == Key::Id);
    bound.id = ids.next_back().and_then(|(_, raw)| read(Some(raw)));
    let last = bound.id.as_deref().map(|id| (id, keys.bind(kind, id, caller)));
    let known = last.as_ref().map(|(id, bound)| Known { id, bound });
    let mut copied = 0;
    for (key, raw) in members.changed {
        // The value is a piece of the text itself: where it begins there is where its pointer says.
        let start = (raw.get().as_ptr() as usize).checked_sub(text.as_ptr() as usize)?;
        bound.text.push_str(text.get(copied..start)?);
        copied = start.checked_add(raw.get().len())?;
        bound.text.push_str(&match (key, read::<String>(Some(raw))) {
            (Key::Id, Some(id)) => serde_json::to_string(&keys.bind(kind, &id, caller)).ok()?,
            // An id that is no text is none: it would lead to nothing.
            (Key::Id, None) => "null".to_owned(),
            _ => error_body::for_caller(raw.get(), known)?,
        });
    }
    bound.text.push_str(text.get(copied..)?);
    Some(bound)
}

fn read<'de, T: Deserialize<'de>>(raw: Option<&'de RawValue>) -> Option<T> {
    serde_json::from_str(raw?.get()).ok()
}

/// Where result `index` of a generation lies.
pub(crate) fn result_url(text: &str, index: u32) -> Option<String> {
    let generation: Value = serde_json::from_str(text).ok()?;
    let url = results(generation.get("result")?).get(index as usize)?;
    url.as_str().filter(|url| !url.is_empty()).map(str::to_owned)
}

/// The members of an object that are looked at, each value as it stands in the text.
#[derive(Default)]
struct Members<'a> {
    /// Ids and errors, in their order.
    changed: Vec<(Key, &'a RawValue)>,
    status: Option<&'a RawValue>,
    reserved_credits: Option<&'a RawValue>,
}

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Reader)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Members<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
        let mut members = Members::default();
        while let Some(key) = map.next_key()? {
            match key {
                Key::Id | Key::Error => members.changed.push((key, map.next_value()?)),
                Key::Status => members.status = Some(map.next_value()?),
                Key::ReservedCredits => members.reserved_credits = Some(map.next_value()?),
                Key::Other => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(members)
    }
}

/// The key of a member, however it is escaped.
#[derive(Clone, Copy, PartialEq)]
enum Key {
    Id,
    Error,
    Status,
    ReservedCredits,
    Other,
}

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct KeyReader;
        impl Visitor<'_> for KeyReader {
            type Value = Key;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a key")
            }

            fn visit_str<E>(self, key: &str) -> Result<Key, E> {
                Ok(match key {
                    "id" => Key::Id,
                    "error" => Key::Error,
                    "status" => Key::Status,
                    "reserved_credits" => Key::ReservedCredits,
                    _ => Key::Other,
                })
            }
        }
        deserializer.deserialize_str(KeyReader)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn keys() -> SigningKeys {
        SigningKeys::new(vec!["a signing key of at least 32 bytes".to_owned()]).unwrap()
    }

    fn bound(text: &str) -> Option<Bound> {
        bind(text, Kind::Task, &keys(), "ann")
    }

    #[test]
    fn only_the_id_changes() {
        let text = r#"{ "id": "task_1", "status":"queued", "reserved_credits": 5.0, "new": {"id":"task_1","big":12345678901234567890, "e":1E5} }"#;
        let bound = bound(text).unwrap();
        let id = keys().bind(Kind::Task, "task_1", "ann");
        assert_eq!(bound.text, text.replacen("task_1", &id, 1));
        assert_eq!(
            (bound.id.as_deref(), bound.status.as_deref(), bound.reserved_credits),
            (Some("task_1"), Some("queued"), Some(5.0))
        );
    }

    #[test]
    fn an_error_of_a_task_names_it_as_its_caller_knows_it_and_no_other() {
        let text = r#"{ "error": {"code":"generation_failed","message":"task_1 failed after task_2."}, "id":"task_1", "n":1.50 }"#;
        let id = keys().bind(Kind::Task, "task_1", "ann");
        let expected = format!(
            r#"{{ "error": {{"code":"generation_failed","message":"{id} failed after …."}}, "id":"{id}", "n":1.50 }}"#
        );
        assert_eq!(bound(text).unwrap().text, expected);
        let plain = r#"{"id":7,"error": {"message": "The generation failed." } , "error":null}"#;
        assert_eq!(bound(plain).unwrap().text, plain.replacen('7', "null", 1));
    }

    #[test]
    fn an_answer_without_an_id_or_with_a_strange_one_gives_none_away() {
        assert_eq!(bound("{}").unwrap().text, "{}");
        assert_eq!(bound(r#"{"id":7}"#).unwrap().text, r#"{"id":null}"#);
        let twice = bound(r#"{"id":"task_1","\u0069d" : "task_2"}"#).unwrap().text;
        assert!(!twice.contains("\"task_1\"") && !twice.contains("\"task_2\""), "{twice}");
        for text in ["", "[]", "null", "7", "<html>", r#"{"id":"x""#] {
            assert_eq!(bound(text), None, "{text}");
        }
    }

    #[test]
    fn results_are_counted_from_zero() {
        let text = r#"{"result":{"primary_url":"https://a","urls":["https://a","https://b",7]}}"#;
        assert_eq!(result_url(text, 1).as_deref(), Some("https://b"));
        assert_eq!(result_url(text, 2), None);
        assert_eq!(result_url(text, 3), None);
        let alone = r#"{"result":{"primary_url":"https://a"}}"#;
        assert_eq!((result_url(alone, 0).as_deref(), result_url(alone, 1)), (Some("https://a"), None));
        assert_eq!(result_url(r#"{"result":null}"#, 0), None);
    }

    proptest! {
        #[test]
        fn whatever_was_bound_is_json_still(id in ".*", extra in ".*") {
            let text = serde_json::json!({ "a": extra, "id": id, "b": [1, { "id": "x" }] }).to_string();
            let value: serde_json::Value = serde_json::from_str(&bound(&text).unwrap().text).unwrap();
            let expected = keys().bind(Kind::Task, &id, "ann");
            prop_assert_eq!(value.get("id").and_then(|id| id.as_str()), Some(expected.as_str()));
            prop_assert_eq!(value.get("a").and_then(|text| text.as_str()), Some(extra.as_str()));
        }
    }
}
