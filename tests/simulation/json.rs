//! Answers of the API, as the flows read them.

use std::rc::Rc;

use rivya_wasm::contract::value::Value;
use rivya_wasm::platform::Answer;

/// What the simulated API says.
#[derive(Clone, Debug)]
pub struct Json(pub Rc<serde_json::Value>);

impl Json {
    fn at(&self, path: &[&str]) -> Option<&serde_json::Value> {
        path.iter().try_fold(&*self.0, |value, name| match value {
            serde_json::Value::Array(items) => items.get(name.parse::<usize>().ok()?),
            _ => value.get(name),
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

    fn value(&self, path: &[&str]) -> Value {
        self.at(path).map_or(Value::Null, |value| serde_json::from_value(value.clone()).unwrap())
    }

    fn to_json(&self) -> String {
        self.0.to_string()
    }

    fn nests_deeper(&self, levels: u32) -> bool {
        fn depth(value: &serde_json::Value) -> u32 {
            match value {
                serde_json::Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or_default(),
                serde_json::Value::Object(members) => {
                    1 + members.values().map(depth).max().unwrap_or_default()
                }
                _ => 0,
            }
        }
        depth(&self.0) > levels
    }
}
