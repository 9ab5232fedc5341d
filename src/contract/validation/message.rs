//! Words for messages.

use crate::contract::value::Value;

/// Longest piece of a caller's text in a message.
const MAX_QUOTED_CHARS: usize = 60;

/// A text in quotes, shortened.
pub(super) fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    let mut chars = text.chars();
    quoted.extend(chars.by_ref().take(MAX_QUOTED_CHARS));
    if chars.next().is_some() {
        quoted.push('…');
    }
    quoted.push('"');
    quoted
}

/// Texts in quotes, one after the other.
pub(super) fn quoted_list<'a>(texts: impl Iterator<Item = &'a str>) -> String {
    let mut list = String::new();
    for text in texts {
        separate(&mut list);
        list.push_str(&quoted(text));
    }
    list
}

/// Names one after the other, each once.
pub(super) fn list(names: &[&str]) -> String {
    let mut list = String::new();
    for (at, name) in names.iter().enumerate() {
        if !names.iter().take(at).any(|earlier| earlier == name) {
            separate(&mut list);
            list.push_str(name);
        }
    }
    list
}

fn separate(list: &mut String) {
    if !list.is_empty() {
        list.push_str(", ");
    }
}

/// What a value is: itself where it is short, else its kind.
pub(super) fn described(value: &Value) -> String {
    match value {
        Value::String(text) => quoted(text),
        Value::Number(number) => number_text(*number),
        Value::Bool(true) => "true".to_owned(),
        Value::Bool(false) => "false".to_owned(),
        other => other.kind_name().to_owned(),
    }
}

/// A number to six decimals. The standard library's formatting of floats is 13 kB of every page's download.
pub(super) fn number_text(number: f64) -> String {
    if number.is_nan() {
        return "NaN".to_owned();
    }
    let sign = if number < 0.0 { "-" } else { "" };
    let size = number.abs();
    if size.is_infinite() {
        return format!("{sign}Infinity");
    }
    let (mut mantissa, mut exponent) = (size, 0u32);
    if size >= 1e15 {
        while mantissa >= 10.0 {
            mantissa /= 10.0;
            exponent = exponent.saturating_add(1);
        }
    }
    let millionths = (mantissa * 1e6 + 0.5) as u64;
    let (whole, part) = (millionths / 1_000_000, millionths % 1_000_000);
    let mut text = format!("{sign}{whole}");
    if part > 0 {
        let digits = format!(".{part:06}");
        text.push_str(digits.trim_end_matches('0'));
    }
    if exponent > 0 {
        text.push_str(&format!("e{exponent}"));
    }
    text
}

/// The known key that an unknown one was probably meant to be: models differ in casing (`aspect_ratio`, `aspectRatio`), and people err.
pub(super) fn nearest(key: &str, known: &[&'static str]) -> Option<&'static str> {
    // A key longer than this is no slip of the pen, and comparing it would take its length squared.
    if key.len() > MAX_QUOTED_CHARS {
        return None;
    }
    let key = plain(key);
    let mut closest = key.len().saturating_div(3).max(1).saturating_add(1);
    let mut found = None;
    for other in known {
        let distance = distance(&key, &plain(other));
        if distance < closest {
            (closest, found) = (distance, Some(*other));
        }
    }
    found
}

fn plain(text: &str) -> Vec<u8> {
    let mut plain = Vec::new();
    for byte in text.bytes() {
        if !matches!(byte, b'_' | b'-') {
            plain.push(byte.to_ascii_lowercase());
        }
    }
    plain
}

/// Levenshtein's: insertions, deletions and replacements that make one of the other.
fn distance(a: &[u8], b: &[u8]) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (line, from) in a.iter().enumerate() {
        let mut diagonal = line;
        let mut left = line.saturating_add(1);
        for (cell, to) in row.iter_mut().skip(1).zip(b) {
            let replaced = diagonal.saturating_add(usize::from(from != to));
            diagonal = *cell;
            left = replaced.min(left.saturating_add(1)).min(diagonal.saturating_add(1));
            *cell = left;
        }
        if let Some(first) = row.first_mut() {
            *first = line.saturating_add(1);
        }
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn numbers_read_as_people_write_them() {
        for (number, text) in [
            (0.0, "0"),
            (-0.0, "0"),
            (5.0, "5"),
            (-1.0, "-1"),
            (2.5, "2.5"),
            (0.05, "0.05"),
            (0.1 + 0.2, "0.3"),
            (2_147_483_648.0, "2147483648"),
            (1e21, "1e21"),
            (-1.5e300, "-1.5e300"),
            (f64::NAN, "NaN"),
            (f64::NEG_INFINITY, "-Infinity"),
        ] {
            assert_eq!(number_text(number), text);
        }
    }

    #[test]
    fn long_texts_are_shortened_between_characters() {
        assert_eq!(quoted("é"), "\"é\"");
        assert_eq!(quoted(&"é".repeat(60)), format!("\"{}\"", "é".repeat(60)));
        assert_eq!(quoted(&"é".repeat(61)), format!("\"{}…\"", "é".repeat(60)));
    }

    #[test]
    fn slips_of_the_pen_and_of_casing_are_seen() {
        let known = ["aspect_ratio", "resolution", "output_format", "google_search"];
        for (key, meant) in [
            ("aspectRatio", Some("aspect_ratio")),
            ("aspect-ratio", Some("aspect_ratio")),
            ("aspect_ration", Some("aspect_ratio")),
            ("resolutoin", Some("resolution")),
            ("outputFormat", Some("output_format")),
            ("seed", None),
            ("", None),
        ] {
            assert_eq!(nearest(key, &known), meant, "{key}");
        }
        assert_eq!(nearest(&"a".repeat(100_000), &known), None);
    }

    proptest! {
        #[test]
        fn every_number_has_a_text(number: f64) {
            prop_assert!(!number_text(number).is_empty());
        }

        #[test]
        fn distance_is_a_distance(a in "[abc]{0,8}", b in "[abc]{0,8}") {
            let (a, b) = (a.as_bytes(), b.as_bytes());
            prop_assert_eq!(distance(a, b) == 0, a == b);
            prop_assert_eq!(distance(a, b), distance(b, a));
            prop_assert!(distance(a, b) <= a.len().max(b.len()));
            prop_assert!(distance(a, b) >= a.len().abs_diff(b.len()));
        }
    }
}
