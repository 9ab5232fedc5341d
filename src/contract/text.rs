//! Texts taken apart and put together, without the standard library's formatting, its float parser and its pattern
//! searchers: they are 40 kB of every page's download.

/// Thousandths of larger numbers are not exact in a double (2^53).
const MAX_WRITTEN: f64 = 9_007_199_254_740.0;
/// A decimal of more characters may not fit into a double exactly.
const MAX_DECIMAL_CHARS: usize = 15;

/// Parts put together. What the standard library has for it links a panic with its text.
#[inline(never)]
pub fn joined(parts: &[&str]) -> String {
    let mut text = String::new();
    for part in parts {
        text.push_str(part);
    }
    text
}

/// A hexadecimal digit of the lower four bits; `ten` is the letter for 10, `b'a'` or `b'A'`.
pub fn hex(bits: u8, ten: u8) -> char {
    let digit = bits & 15;
    char::from(if digit < 10 { digit | b'0' } else { ten.wrapping_add(digit).wrapping_sub(10) })
}

/// Length in Unicode code points.
pub fn code_points(text: &str) -> usize {
    let mut count = 0usize;
    for byte in text.bytes() {
        count = count.saturating_add(usize::from(starts_code_point(byte)));
    }
    count
}

/// A text up to so many code points.
pub fn shortened(text: &str, max_code_points: usize) -> &str {
    let mut left = max_code_points;
    for (at, byte) in text.bytes().enumerate() {
        if starts_code_point(byte) {
            match left.checked_sub(1) {
                Some(fewer) => left = fewer,
                None => return text.get(..at).unwrap_or_default(),
            }
        }
    }
    text
}

fn starts_code_point(byte: u8) -> bool {
    byte & 0xc0 != 0x80
}

/// A plain decimal (`"5"`, `"-1"`, `"0.5"`) of at most 15 characters; `None` for anything else.
#[inline(never)]
pub fn decimal(text: &str) -> Option<f64> {
    if text.len() > MAX_DECIMAL_CHARS {
        return None;
    }
    let mut digits = 0.0;
    let mut divisor = 1.0;
    let (mut in_fraction, mut negative, mut ends_in_digit) = (false, false, false);
    for byte in text.bytes() {
        match byte {
            b'0'..=b'9' => {
                digits = digits * 10.0 + f64::from(byte & 15);
                if in_fraction {
                    divisor *= 10.0;
                }
                ends_in_digit = true;
                continue;
            }
            b'.' if ends_in_digit && !in_fraction => in_fraction = true,
            b'-' if !ends_in_digit && !in_fraction && !negative => negative = true,
            _ => return None,
        }
        ends_in_digit = false;
    }
    // One division of two exact numbers rounds to the very double that the text stands for.
    let number = digits / divisor;
    if !ends_in_digit {
        return None;
    }
    Some(if negative { -number } else { number })
}

/// A whole number in digits.
pub fn digits(number: u64) -> String {
    let mut text = String::new();
    push_digits(&mut text, number);
    text
}

/// Writes a whole number in digits.
#[inline(never)]
pub fn push_digits(text: &mut String, number: u64) {
    let rest = number / 10;
    if rest > 0 {
        push_digits(text, rest);
    }
    text.push(char::from(b'0'.wrapping_add((number % 10) as u8)));
}

/// Writes a number to three decimals, `…` standing for more of them; `"this number"` where it can't be written so.
#[inline(never)]
pub fn push_number(text: &mut String, number: f64) {
    let size = number.abs();
    if size.is_nan() || size >= MAX_WRITTEN {
        return text.push_str("this number");
    }
    if number < 0.0 {
        text.push('-');
    }
    let mut thousandths = (size * 1_000.0 + 0.5) as u64;
    let is_exact = thousandths as f64 / 1_000.0 == size;
    if !is_exact {
        // Rounded up, the next number might be shown for one that lies below it.
        thousandths = (size * 1_000.0) as u64;
    }
    push_digits(text, thousandths / 1_000);
    let mut part = (thousandths % 1_000) as u16;
    if part > 0 {
        text.push('.');
    }
    while part > 0 {
        push_digits(text, u64::from(part / 100));
        part = (part % 100).saturating_mul(10);
    }
    if !is_exact {
        text.push('…');
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn digits(number: u64) -> String {
        let mut text = String::new();
        push_digits(&mut text, number);
        text
    }

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

    proptest! {
        #[test]
        fn digits_are_those_of_the_standard_library(number: u64) {
            prop_assert_eq!(digits(number), number.to_string());
        }

        #[test]
        fn every_decimal_of_three_places_is_written_and_read_back(thousandths in -9_000_000_000i64..9_000_000_000) {
            let value = thousandths as f64 / 1_000.0;
            let written = number(value);
            prop_assert_eq!(&written, &value.to_string());
            prop_assert_eq!(decimal(&written), Some(value));
        }

        #[test]
        fn code_points_are_those_of_the_standard_library(text in ".*", max in 0usize..40) {
            prop_assert_eq!(code_points(&text), text.chars().count());
            prop_assert_eq!(shortened(&text, max), text.chars().take(max).collect::<String>());
        }

        #[test]
        fn no_number_breaks_the_writer_and_no_text_the_reader(value: f64, text in ".*") {
            prop_assert!(!number(value).is_empty());
            prop_assert!(decimal(&text).is_none_or(f64::is_finite));
        }
    }
}
