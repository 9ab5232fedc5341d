//! JSON of a caller's, checked as a value and written anew with its numbers as they came.
//!
//! A number that became a double may be another one (9007199254740993, an integer of twenty digits, -0, 1e-400), or be
//! written as another kind of one (1e16 for an integer): each keeps the very text that it came as.

use crate::contract::value::Value;

/// A value as JSON. `text` is what it was read from: its numbers are those of the value, in the same order.
pub(crate) fn write(value: &Value, text: &str) -> String {
    let mut written = String::with_capacity(text.len());
    write_to(&mut written, value, &mut Numbers { rest: text });
    written
}

fn write_to(written: &mut String, value: &Value, numbers: &mut Numbers<'_>) {
    match value {
        Value::Null => written.push_str("null"),
        Value::Bool(flag) => written.push_str(if *flag { "true" } else { "false" }),
        // There is one for each, for the text was read.
        Value::Number(_) => written.push_str(numbers.next().unwrap_or("null")),
        Value::String(string) => written.push_str(&quoted(string)),
        Value::List(items) => {
            written.push('[');
            for (index, item) in items.iter().enumerate() {
                written.push_str(if index == 0 { "" } else { "," });
                write_to(written, item, numbers);
            }
            written.push(']');
        }
        Value::Record(members) => {
            written.push('{');
            for (index, (key, member)) in members.iter().enumerate() {
                written.push_str(if index == 0 { "" } else { "," });
                written.push_str(&quoted(key));
                written.push(':');
                write_to(written, member, numbers);
            }
            written.push('}');
        }
    }
}

fn quoted(text: &str) -> String {
    // Text is always written; nothing at all would be no JSON.
    serde_json::to_string(text).unwrap_or_else(|_| "\"\"".to_owned())
}

/// The numbers of a JSON text as they are written: what begins with a digit or a minus outside of strings.
struct Numbers<'a> {
    rest: &'a str,
}

impl<'a> Iterator for Numbers<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let (mut in_string, mut is_escaped) = (false, false);
        let start = self.rest.bytes().position(|byte| {
            if in_string {
                in_string = is_escaped || byte != b'"';
                is_escaped = !is_escaped && byte == b'\\';
                return false;
            }
            in_string = byte == b'"';
            byte == b'-' || byte.is_ascii_digit()
        })?;
        let number = self.rest.get(start..)?;
        let is_part = |byte: u8| byte.is_ascii_digit() || b"+-.eE".contains(&byte);
        let length = number.bytes().position(|byte| !is_part(byte)).unwrap_or(number.len());
        self.rest = number.get(length..)?;
        number.get(..length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn written(text: &str) -> Option<String> {
        let value: Value = serde_json::from_str(text).ok()?;
        Some(write(&value, text))
    }

    #[test]
    fn a_number_is_written_as_it_came() {
        for number in [
            "5",
            "1.50",
            "5.0",
            "1e2",
            "0.0e9",
            "1e-400",
            "-0",
            "-0.0",
            "9007199254740992",
            "9007199254740993",
            "10000000000000000",
            "-12345678901234567890",
            "0.1000000000000000055511151231257827",
            "1e-99999999999999999999",
        ] {
            assert_eq!(written(number).as_deref(), Some(number));
        }
        assert_eq!(written("1e400"), None, "no double is so large: it is refused");
    }

    #[test]
    fn every_shape_is_written_without_blanks_and_with_its_own_numbers() {
        let text =
            r#" { "-1\"2" : [ 1 , -2.50, "3 \\" , 9007199254740993, true , null, { } ], "" : [ -0 ] } "#;
        let expected = r#"{"-1\"2":[1,-2.50,"3 \\",9007199254740993,true,null,{}],"":[-0]}"#;
        assert_eq!(written(text).as_deref(), Some(expected));
    }

    proptest! {
        #[test]
        fn what_is_written_is_what_was_read(text in r#"[\{\}\[\]",:0-9eE.+\- \\a]{0,40}"#) {
            if let Some(written) = written(&text) {
                let read = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
                prop_assert_eq!(read(&text), read(&written));
                prop_assert_eq!(super::tests::written(&written), Some(written));
            }
        }

        #[test]
        fn a_number_keeps_every_character(
            sign in "-?",
            whole in "0|[1-9][0-9]{0,30}",
            fraction in "(\\.[0-9]{1,30})?",
            exponent in "([eE][+-]?[0-9]{1,2})?",
        ) {
            let text = [sign, whole, fraction, exponent].concat();
            prop_assert_eq!(written(&text), Some(text));
        }

        #[test]
        fn numbers_are_found_between_whatever_texts(items in proptest::collection::vec((".*", any::<i64>()), 0..9)) {
            let text = serde_json::json!(items).to_string();
            let found: Vec<String> = Numbers { rest: &text }.map(str::to_owned).collect();
            let expected: Vec<String> = items.iter().map(|(_, number)| number.to_string()).collect();
            prop_assert_eq!(found, expected);
        }
    }
}
