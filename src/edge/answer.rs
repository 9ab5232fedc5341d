//! The API's JSON on its way to a caller: its `id` becomes the caller's, everything else stays as it was, to the byte.

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::fmt;

use super::ids::{Kind, SigningKeys};

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

/// Binds the id of an answer. None where the text is no JSON object.
pub(crate) fn bind(text: &str, kind: Kind, keys: &SigningKeys, caller: &str) -> Option<Bound> {
    let Members(members) = serde_json::from_str(text).ok()?;
    let mut bound = Bound { text: String::with_capacity(text.len().saturating_add(32)), ..Bound::default() };
    for (index, (key, value)) in members.iter().enumerate() {
        bound.text.push(if index == 0 { '{' } else { ',' });
        bound.text.push_str(&serde_json::to_string(key).ok()?);
        bound.text.push(':');
        match key.as_str() {
            "id" => {
                let id: Option<String> = serde_json::from_str(value.get()).ok();
                match &id {
                    Some(id) => {
                        bound.text.push_str(&serde_json::to_string(&keys.bind(kind, id, caller)).ok()?)
                    }
                    // An id that is no text is none: it would lead to nothing.
                    None => bound.text.push_str("null"),
                }
                bound.id = id;
                continue;
            }
            "status" => bound.status = serde_json::from_str(value.get()).ok(),
            "reserved_credits" => bound.reserved_credits = serde_json::from_str(value.get()).ok(),
            _ => {}
        }
        bound.text.push_str(value.get());
    }
    if members.is_empty() {
        bound.text.push('{');
    }
    bound.text.push('}');
    Some(bound)
}

/// Where result `index` of a generation lies.
pub(crate) fn result_url(text: &str, index: u32) -> Option<String> {
    let value: serde_json::Value = serde_json::from_str(text).ok()?;
    let result = value.get("result")?;
    let listed = result.get("urls").and_then(|urls| urls.as_array()).filter(|urls| !urls.is_empty());
    let url = match listed {
        Some(urls) => urls.get(index as usize)?,
        None => result.get("primary_url").filter(|_| index == 0)?,
    };
    url.as_str().filter(|url| !url.is_empty()).map(str::to_owned)
}

/// An object's members, each value as it stood in the text.
struct Members(Vec<(String, Box<RawValue>)>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Reader)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Members;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(Members(members))
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
        assert_eq!(
            bound.text,
            format!(
                r#"{{"id":"{id}","status":"queued","reserved_credits":5.0,"new":{{"id":"task_1","big":12345678901234567890, "e":1E5}}}}"#
            )
        );
        assert_eq!(
            (bound.id.as_deref(), bound.status.as_deref(), bound.reserved_credits),
            (Some("task_1"), Some("queued"), Some(5.0))
        );
    }

    #[test]
    fn an_answer_without_an_id_or_with_a_strange_one_gives_none_away() {
        assert_eq!(bound("{}").unwrap().text, "{}");
        assert_eq!(bound(r#"{"id":7}"#).unwrap().text, r#"{"id":null}"#);
        let twice = bound(r#"{"id":"task_1","id":"task_2"}"#).unwrap().text;
        assert!(!twice.contains("\"task_1\"") && !twice.contains("\"task_2\""));
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
