//! Texts and numbers, for messages and for what a server or a caller wrote.
//!
//! Floats are read and written by hand: the standard library's reader adds 13,900 bytes to a page's download by brotli,
//! its writer 9,500 (measured with rustc 1.95). Words are searched for by hand, too: `str::contains` and
//! `split_once` with a `str` (`contains` with a `char`, too) may panic, and the message, which quotes the text, adds
//! 3,400 bytes.

/// Thousandths of larger numbers are not exact in a double (2^53).
const MAX_WRITTEN: f64 = 9_007_199_254_740.0;
/// A decimal of more characters may not fit into a double exactly.
const MAX_DECIMAL_CHARS: usize = 15;

/// Whether a character stands anywhere in a text.
pub fn has(text: &str, character: char) -> bool {
    text.chars().any(|other| other == character)
}

/// What stands before the first place of a word, and behind it.
pub fn split_at_word<'a>(text: &'a str, word: &str) -> Option<(&'a str, &'a str)> {
    text.char_indices().find_map(|(at, _)| {
        let (before, rest) = text.split_at_checked(at)?;
        Some((before, rest.strip_prefix(word)?))
    })
}

/// A text in which another one stands wherever a word stood, which is not empty.
pub fn replaced(text: &str, word: &str, other: &str) -> String {
    let mut replaced = String::new();
    let mut rest = text;
    while let Some((before, behind)) = split_at_word(rest, word) {
        replaced.push_str(before);
        replaced.push_str(other);
        rest = behind;
    }
    replaced.push_str(rest);
    replaced
}

/// A hexadecimal digit of the lower four bits, in lower case.
pub fn hex(bits: u8) -> char {
    char::from_digit(u32::from(bits & 15), 16).unwrap_or_default()
}

/// A text up to so many code points.
pub fn shortened(text: &str, max_code_points: usize) -> &str {
    let end = text.char_indices().nth(max_code_points).map_or(text.len(), |(at, _)| at);
    text.get(..end).unwrap_or_default()
}

/// A plain decimal (`"5"`, `"-1"`, `"0.5"`) of at most 15 characters; `None` for anything else.
pub fn decimal(text: &str) -> Option<f64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let is_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let unsigned = whole.strip_prefix('-').unwrap_or(whole);
    let is_plain = !unsigned.is_empty() && is_digits(unsigned) && is_digits(fraction) && !text.ends_with('.');
    if !is_plain || text.len() > MAX_DECIMAL_CHARS {
        return None;
    }
    let digits: i64 = [whole, fraction].concat().parse().ok()?;
    // One division of two exact numbers rounds to the very double that the text stands for.
    Some(digits as f64 / 10f64.powi(fraction.len() as i32))
}

/// Writes a number to three decimals, `…` standing for more of them; `"this number"` where it can't be written so.
pub fn push_number(text: &mut String, number: f64) {
    let size = number.abs();
    if size.is_nan() || size >= MAX_WRITTEN {
        return text.push_str("this number");
    }
    if number < 0.0 {
        text.push('-');
    }
    let mut thousandths = (size * 1_000.0).round() as u64;
    let is_exact = thousandths as f64 / 1_000.0 == size;
    if !is_exact {
        // Rounded up, the next number might be shown for one that lies below it.
        thousandths = (size * 1_000.0) as u64;
    }
    text.push_str(&(thousandths / 1_000).to_string());
    // With a digit in front, which keeps the zeros behind the point.
    let decimals = (thousandths % 1_000).saturating_add(1_000).to_string();
    let decimals = decimals.strip_prefix('1').unwrap_or_default().trim_end_matches('0');
    if !decimals.is_empty() {
        text.push('.');
        text.push_str(decimals);
    }
    if !is_exact {
        text.push('…');
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn number(number: f64) -> String {
        let mut text = String::new();
        push_number(&mut text, number);
        text
    }

    #[test]
    fn plain_decimals_are_read_as_rust_reads_them() {
        for text in ["0", "5", "10", "0.5", "6.1", "007", "2147483647", "0.05", "-1", "-0.25"] {
            assert_eq!(decimal(text), text.parse().ok(), "{text}");
        }
        for text in [
            "",
            ".",
            "-",
            "-.5",
            "1-",
            "5.",
            ".5",
            "--1",
            "+1",
            "1e3",
            "1.2.3",
            "niji7",
            "16:9",
            "٣",
            "1234567890123456",
        ] {
            assert_eq!(decimal(text), None, "{text}");
        }
    }

    #[test]
    fn numbers_read_as_people_write_them() {
        for (value, text) in [
            (0.0, "0"),
            (-0.0, "0"),
            (5.0, "5"),
            (-1.0, "-1"),
            (2.5, "2.5"),
            (2.55, "2.55"),
            (0.05, "0.05"),
            (-0.125, "-0.125"),
            (0.1 + 0.2, "0.3…"),
            (0.9999, "0.999…"),
            (1e-9, "0…"),
            (2_147_483_648.0, "2147483648"),
            (9_007_199_254_739.0, "9007199254739"),
            (1e21, "this number"),
            (f64::NAN, "this number"),
            (f64::NEG_INFINITY, "this number"),
        ] {
            assert_eq!(number(value), text);
        }
    }

    #[test]
    fn texts_are_shortened_between_characters() {
        assert_eq!(shortened("éa", 1), "é");
        assert_eq!(shortened("éa", 2), "éa");
        assert_eq!(shortened("🙂", 0), "");
    }

    #[test]
    fn a_text_is_split_at_the_first_word() {
        assert_eq!(split_at_word("a-b-c", "-"), Some(("a", "b-c")));
        assert_eq!(split_at_word("é🙂é", "🙂"), Some(("é", "é")));
        assert_eq!(split_at_word("aab", "ab"), Some(("a", "")));
        assert_eq!(split_at_word("a", "ab"), None);
        assert_eq!(split_at_word("", "a"), None);
    }

    proptest! {
        #[test]
        fn words_are_found_and_replaced_as_rust_does_it(
            text in "[aé-]{0,12}",
            word in "[aé-]{1,3}",
            other in "[aé-]{0,2}",
        ) {
            prop_assert_eq!(split_at_word(&text, &word), text.split_once(&word));
            prop_assert_eq!(replaced(&text, &word, &other), text.replace(&word, &other));
        }

        #[test]
        fn every_decimal_of_three_places_is_written_and_read_back(thousandths in -9_000_000_000i64..9_000_000_000) {
            let value = thousandths as f64 / 1_000.0;
            let written = number(value);
            prop_assert_eq!(&written, &value.to_string());
            prop_assert_eq!(decimal(&written), Some(value));
        }

        #[test]
        fn texts_are_shortened_to_the_first_characters(text in ".*", max in 0usize..40) {
            prop_assert_eq!(shortened(&text, max), text.chars().take(max).collect::<String>());
        }

        #[test]
        fn no_number_breaks_the_writer_and_no_text_the_reader(value: f64, text in ".*") {
            prop_assert!(!number(value).is_empty());
            prop_assert!(decimal(&text).is_none_or(f64::is_finite));
        }
    }
}
