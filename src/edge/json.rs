//! JSON of a caller's, checked as a value and written anew with its numbers as they came.
//!
//! A number that became a double may be another one: 9007199254740993, an integer of twenty digits, -0, 1e-400. What is
//! not the same number as a double keeps its digits.

use std::borrow::Cow;

use crate::contract::value::Value;

const MAX_EXACT_DIGITS: usize = 15;

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
        Value::Number(_) => written.push_str(&number(numbers.next().unwrap_or("null"))),
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

/// A number as a double is written, where that is the same number; else as it came.
fn number(text: &str) -> Cow<'_, str> {
    // A double holds so many digits, and is written with the same ones. Most numbers of a body are such.
    if text.len() <= MAX_EXACT_DIGITS && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Cow::Borrowed(text);
    }
    let double = text.parse().ok().map(Value::Number).and_then(|value| serde_json::to_string(&value).ok());
    double.filter(|double| decimal(double) == decimal(text)).map_or(Cow::Borrowed(text), Cow::Owned)
}

/// A number's sign, its digits without zeros around them, and the power of ten of the last one: the same for the same
/// number. None for an exponent that is longer than any of a double.
fn decimal(text: &str) -> Option<(bool, String, i64)> {
    let (is_negative, rest) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let (mantissa, exponent) = rest.split_once(['e', 'E']).unwrap_or((rest, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = [whole, fraction].concat();
    let kept = digits.trim_end_matches('0');
    let dropped = i64::try_from(digits.len().checked_sub(kept.len())?).ok()?;
    let behind_point = i64::try_from(fraction.len()).ok()?;
    let significant = kept.trim_start_matches('0').to_owned();
    let power = exponent.parse::<i32>().ok()?;
    if significant.is_empty() {
        return Some((is_negative, significant, 0));
    }
    let power = i64::from(power).checked_sub(behind_point)?.checked_add(dropped)?;
    Some((is_negative, significant, power))
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
    fn a_number_is_written_as_it_came_or_shorter_where_it_is_the_same() {
        for (given, expected) in [
            ("5", "5"),
            ("1.50", "1.5"),
            ("5.0", "5"),
            ("1e2", "100"),
            ("0.0e9", "0"),
            ("1e-400", "1e-400"),
            ("-0", "-0"),
            ("-0.0", "-0.0"),
            ("9007199254740993", "9007199254740993"),
            ("-12345678901234567890", "-12345678901234567890"),
            ("0.1000000000000000055511151231257827", "0.1000000000000000055511151231257827"),
            ("1e-99999999999999999999", "1e-99999999999999999999"),
        ] {
            assert_eq!(written(given).as_deref(), Some(expected), "{given}");
        }
        assert_eq!(written("1e400"), None, "no double is so large: it is refused");
    }

    #[test]
    fn every_shape_is_written_without_blanks_and_with_its_own_numbers() {
        let text =
            r#" { "-1\"2" : [ 1 , -2.50, "3 \\" , 9007199254740993, true , null, { } ], "" : [ -0 ] } "#;
        let expected = r#"{"-1\"2":[1,-2.5,"3 \\",9007199254740993,true,null,{}],"":[-0]}"#;
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
        fn a_number_keeps_every_digit_that_counts(
            sign in "-?",
            whole in "0|[1-9][0-9]{0,30}",
            fraction in "(\\.[0-9]{1,30})?",
            exponent in "([eE][+-]?[0-9]{1,4})?",
        ) {
            let text = [sign, whole, fraction, exponent].concat();
            prop_assert_eq!(decimal(&number(&text)), decimal(&text), "{}", text);
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
