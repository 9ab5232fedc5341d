//! What the tests of several flows share.

use serde_json::Value;

use crate::contract::value as contract;
use crate::platform::{Answer, Blob, Body, Exchange, Local, Part, Scan};

/// What a server said, as `serde_json` reads it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Json(pub(crate) Value);

impl Json {
    /// An answer of this text.
    pub(crate) fn read(text: &str) -> Self {
        Self(serde_json::from_str(text).unwrap())
    }

    fn at(&self, path: &[&str]) -> Option<&Value> {
        path.iter().try_fold(&self.0, |value, name| match value {
            Value::Array(items) => items.get(name.parse::<usize>().ok()?),
            value => value.get(name),
        })
    }
}

impl Answer for Json {
    fn text(&self, path: &[&str]) -> Option<String> {
        self.at(path)?.as_str().map(str::to_owned)
    }

    fn number(&self, path: &[&str]) -> Option<f64> {
        self.at(path)?.as_f64()
    }

    fn count(&self, path: &[&str]) -> Option<usize> {
        self.at(path)?.as_array().map(Vec::len)
    }

    fn value(&self, path: &[&str]) -> contract::Value {
        let value = self.at(path).cloned().unwrap_or_default();
        serde_json::from_value(value).unwrap()
    }

    fn to_json(&self) -> String {
        self.0.to_string()
    }

    fn nests_deeper(&self, levels: u32) -> bool {
        #[allow(clippy::arithmetic_side_effects, reason = "a test that overflows fails, as it should")]
        fn depth(value: &Value) -> u32 {
            match value {
                Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or_default(),
                Value::Object(members) => 1 + members.values().map(depth).max().unwrap_or_default(),
                _ => 0,
            }
        }
        depth(&self.0) > levels
    }
}

/// An answer of this status and JSON text.
pub(crate) fn answered(status: u16, json: &str) -> Exchange<Json> {
    let body = Body::Json { answer: Json::read(json), excerpt: json.to_owned() };
    Exchange::Answered { status, retry_after: None, body }
}

/// An answer of this status, whose body is no JSON.
pub(crate) fn answered_text(status: u16, retry_after: Option<&str>, text: &str) -> Exchange<Json> {
    let body = Body::Other { excerpt: text.to_owned() };
    Exchange::Answered { status, retry_after: retry_after.map(str::to_owned), body }
}

/// A file of which nothing but its handle is asked.
#[derive(Clone, Debug)]
pub(crate) struct Handle(pub(crate) Option<&'static str>);

impl Blob for Handle {
    type Scan = Self;

    fn identity(&self) -> u64 {
        0
    }

    fn bytes(&self) -> u64 {
        7
    }

    fn declared_type(&self) -> String {
        "image/png".to_owned()
    }

    fn name(&self) -> Option<String> {
        self.0.map(str::to_owned)
    }

    fn slice(&self, _: u64, _: u64, _: &str) -> Self {
        self.clone()
    }

    fn join(_: Vec<Part<Self>>) -> Self {
        Self(None)
    }

    fn in_memory(&self) -> Local<Option<Self>> {
        Box::pin(std::future::ready(None))
    }

    fn read(&self, _: u64, _: u64) -> Local<Option<Vec<u8>>> {
        Box::pin(std::future::ready(None))
    }

    fn scan(&self) -> Self {
        self.clone()
    }
}

impl Scan for Handle {
    fn at_hand(&self, _: u64, _: usize) -> Option<Vec<u8>> {
        None
    }

    fn load(&self, _: u64, _: usize) -> Local<bool> {
        Box::pin(std::future::ready(false))
    }

    fn next_marker(&self, _: u64) -> Local<Option<u64>> {
        Box::pin(std::future::ready(None))
    }
}
