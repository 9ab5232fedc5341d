//! A JSON value, from JavaScript or from text alike.

use serde::de::{DeserializeSeed, Deserializer, EnumAccess, Error as _, MapAccess, SeqAccess, Visitor};
use serde::ser::{SerializeMap, SerializeSeq, Serializer};
use serde::{Deserialize, Serialize};
use std::cell::Cell;
use std::fmt;

/// How deep a value may nest. A cycle in a JavaScript object ends here, long before the module's 64 KiB of stack.
const MAX_DEPTH: u32 = 32;
/// How many values one may hold in all. A body of the API has dozens; an array of millions ends here.
const MAX_VALUES: u32 = 65_536;
/// Integers up to here are exact in a double (2^53).
const MAX_SAFE_INTEGER: f64 = 9_007_199_254_740_992.0;

/// Anything that JSON can say. Keys keep their order.
///
/// Reading one refuses what nests deeper than 32 levels or holds more than 65,536 values. `undefined` is read as
/// `Null`.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// `null`, or JavaScript's `undefined`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// Any number: a double, as in JavaScript.
    Number(f64),
    /// A string.
    String(String),
    /// An array.
    List(Vec<Value>),
    /// An object: key and value in the order given.
    Record(Vec<(String, Value)>),
}

impl Value {
    /// The value of a key; `None` where this is no object or has no such key.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.as_record()?.iter().find(|(name, _)| name == key).map(|(_, value)| value)
    }

    /// The string, if it is one.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// The number, if it is one.
    pub fn as_f64(&self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(*number),
            _ => None,
        }
    }

    /// The elements, if it is an array.
    pub fn as_list(&self) -> Option<&[Value]> {
        match self {
            Self::List(items) => Some(items),
            _ => None,
        }
    }

    /// The keys and values, if it is an object.
    pub fn as_record(&self) -> Option<&[(String, Value)]> {
        match self {
            Self::Record(fields) => Some(fields),
            _ => None,
        }
    }

    /// What it is, for a message: `"a number"`, `"an object"`, `"null"`.
    pub fn kind_name(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Number(_) => "a number",
            Self::String(_) => "a string",
            Self::List(_) => "an array",
            Self::Record(_) => "an object",
        }
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            // As an integer where it is one: JSON text then reads `5`, not `5.0`, as JavaScript writes it.
            Self::Number(value) if value.trunc() == *value && value.abs() < MAX_SAFE_INTEGER => {
                serializer.serialize_i64(*value as i64)
            }
            Self::Number(value) => serializer.serialize_f64(*value),
            Self::String(value) => serializer.serialize_str(value),
            Self::List(items) => {
                let mut seq = serializer.serialize_seq(Some(items.len()))?;
                for item in items {
                    seq.serialize_element(item)?;
                }
                seq.end()
            }
            Self::Record(fields) => {
                let mut map = serializer.serialize_map(Some(fields.len()))?;
                for (key, value) in fields {
                    map.serialize_entry(key, value)?;
                }
                map.end()
            }
        }
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let left = Cell::new(MAX_VALUES);
        Reader { depth: 0, left: &left }.deserialize(deserializer)
    }
}

/// Reads one value, counting how deep it lies and how many may still come.
#[derive(Clone, Copy)]
struct Reader<'a> {
    depth: u32,
    left: &'a Cell<u32>,
}

impl Reader<'_> {
    fn inner(self) -> Self {
        Self { depth: self.depth.saturating_add(1), ..self }
    }
}

impl<'de> DeserializeSeed<'de> for Reader<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        if self.depth > MAX_DEPTH {
            return Err(D::Error::custom("nests deeper than 32 levels"));
        }
        let Some(left) = self.left.get().checked_sub(1) else {
            return Err(D::Error::custom("holds more than 65,536 values"));
        };
        self.left.set(left);
        deserializer.deserialize_any(self)
    }
}

/// Every kind of value is named, even those that no JSON has: what serde says of the others would bring the standard
/// library's formatting of floats and of 128-bit integers into the client's module.
impl<'de> Visitor<'de> for Reader<'_> {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Value::Number(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value as f64))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value as f64))
    }

    fn visit_i128<E>(self, value: i128) -> Result<Value, E> {
        Ok(Value::Number(value as f64))
    }

    fn visit_u128<E>(self, value: u128) -> Result<Value, E> {
        Ok(Value::Number(value as f64))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_bytes<E: serde::de::Error>(self, _: &[u8]) -> Result<Value, E> {
        Err(E::custom("holds bytes, which JSON has no place for"))
    }

    fn visit_enum<A: EnumAccess<'de>>(self, _: A) -> Result<Value, A::Error> {
        Err(A::Error::custom("holds an enum, which JSON has no place for"))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element_seed(self.inner())? {
            items.push(item);
        }
        Ok(Value::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut fields = Vec::new();
        while let Some(key) = map.next_key::<String>()? {
            fields.push((key, map.next_value_seed(self.inner())?));
        }
        Ok(Value::Record(fields))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str) -> Value {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn every_json_shape_is_read_and_written_back() {
        let text = r#"{"a":[1,-2.5,"x",true,null,{}],"b":{"c":9007199254740991},"":[]}"#;
        let value = read(text);
        assert_eq!(serde_json::to_string(&value).unwrap(), text);
        assert_eq!(
            value.get("b").and_then(|b| b.get("c")).and_then(Value::as_f64),
            Some(9_007_199_254_740_991.0)
        );
        assert_eq!(value.get("a").unwrap().as_list().unwrap()[2].as_str(), Some("x"));
        assert_eq!(value.get("missing"), None);
        assert_eq!(Value::Null.get("a"), None);
    }

    #[test]
    fn nesting_and_size_have_an_end() {
        let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        assert!(serde_json::from_str::<Value>(&nested(33)).is_ok());
        let error = serde_json::from_str::<Value>(&nested(34)).unwrap_err();
        assert!(error.to_string().contains("deeper than 32"), "{error}");

        let many = |count: usize| format!("[{}0]", "0,".repeat(count.saturating_sub(1)));
        assert!(serde_json::from_str::<Value>(&many(65_535)).is_ok());
        let error = serde_json::from_str::<Value>(&many(65_536)).unwrap_err();
        assert!(error.to_string().contains("65,536"), "{error}");
    }

    #[test]
    fn what_is_no_json_is_refused_or_read_as_what_it_stands_for() {
        use serde::de::IntoDeserializer;
        use serde::de::value::{BytesDeserializer, Error, StringDeserializer, U128Deserializer};
        let bytes: BytesDeserializer<'_, Error> = BytesDeserializer::new(b"x");
        assert!(Value::deserialize(bytes).unwrap_err().to_string().contains("bytes"));
        let big: U128Deserializer<Error> = (1u128 << 70).into_deserializer();
        assert_eq!(Value::deserialize(big), Ok(Value::Number(2f64.powi(70))));
        let text: StringDeserializer<Error> = "x".to_owned().into_deserializer();
        assert_eq!(Value::deserialize(text), Ok(Value::String("x".to_owned())));
    }

    #[test]
    fn kinds_are_named_for_a_message() {
        for (text, name) in [
            ("null", "null"),
            ("false", "a boolean"),
            ("1", "a number"),
            ("\"\"", "a string"),
            ("[]", "an array"),
            ("{}", "an object"),
        ] {
            assert_eq!(read(text).kind_name(), name);
        }
    }

    proptest! {
        #[test]
        fn doubles_are_written_exactly(number in proptest::num::f64::NORMAL | proptest::num::f64::ZERO) {
            let text = serde_json::to_string(&Value::Number(number)).unwrap();
            prop_assert_eq!(text.parse::<f64>(), Ok(number));
        }
    }
}
