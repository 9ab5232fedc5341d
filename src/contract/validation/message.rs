//! Words for messages.

use crate::contract::text::shortened;

/// Longest piece of a caller's text in a message.
const MAX_QUOTED_CHARS: usize = 60;

/// Writes a text in quotes, shortened.
pub(super) fn push_quoted(message: &mut String, text: &str) {
    let short = shortened(text, MAX_QUOTED_CHARS);
    message.push('"');
    message.push_str(short);
    if short.len() < text.len() {
        message.push('…');
    }
    message.push('"');
}

/// The known key that an unknown one was probably meant to be: models differ in casing (`aspect_ratio`, `aspectRatio`),
/// and people err.
pub(super) fn nearest(key: &str, known: &[&'static str]) -> Option<&'static str> {
    // A key longer than this is no slip of the pen.
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
    let letters = text.bytes().filter(|byte| !matches!(byte, b'_' | b'-'));
    letters.map(|byte| byte.to_ascii_lowercase()).collect()
}

/// Length of the stretch in which two texts differ, the longer one's: a slip of the pen is in one place.
fn distance(a: &[u8], b: &[u8]) -> usize {
    let (mut a, mut b) = (a, b);
    while let ([first, rest @ ..], [other, other_rest @ ..]) = (a, b) {
        if first != other {
            break;
        }
        (a, b) = (rest, other_rest);
    }
    while let ([rest @ .., last], [other_rest @ .., other]) = (a, b) {
        if last != other {
            break;
        }
        (a, b) = (rest, other_rest);
    }
    a.len().max(b.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn quoted(text: &str) -> String {
        let mut message = String::new();
        push_quoted(&mut message, text);
        message
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
        fn distance_is_a_distance(a in "[abc]{0,8}", b in "[abc]{0,8}") {
            let (a, b) = (a.as_bytes(), b.as_bytes());
            prop_assert_eq!(distance(a, b) == 0, a == b);
            prop_assert_eq!(distance(a, b), distance(b, a));
            prop_assert!(distance(a, b) <= a.len().max(b.len()));
            prop_assert!(distance(a, b) >= a.len().abs_diff(b.len()));
        }
    }
}
