//! Keys that make a repeated submission count once.

use super::text::hex;

/// Longest key. No page states one: our convention, after the one length that is documented (a `client_request_id`).
pub const MAX_CHARS: usize = 128;

/// What a key of ours begins with, so that it is recognised in logs.
const PREFIX: &str = "rw_";

/// Whether a key can be sent: printable ASCII (space included, but not at either end, where HTTP strips it), 1 to 128
/// characters. The API's own rule is not documented; this is ours.
pub fn is_valid(key: &str) -> bool {
    (1..=MAX_CHARS).contains(&key.len())
        && key.bytes().all(|byte| (b' '..=b'~').contains(&byte))
        && !key.starts_with(' ')
        && !key.ends_with(' ')
}

/// A key from 16 random bytes: 128 bits, as many as a UUID has room for.
pub fn from_random(random: &[u8; 16]) -> String {
    let mut key = String::with_capacity(PREFIX.len().saturating_add(32));
    key.push_str(PREFIX);
    for byte in random {
        key.push(hex(byte >> 4));
        key.push(hex(*byte));
    }
    key
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_key_is_printable_ascii_of_1_to_128_characters() {
        for (key, valid) in [
            ("a", true),
            ("order 7/3~", true),
            (&"x".repeat(128), true),
            (&"x".repeat(129), false),
            ("", false),
            (" a", false),
            ("a ", false),
            ("a\n", false),
            ("a\u{7f}", false),
            ("é", false),
        ] {
            assert_eq!(is_valid(key), valid, "{key:?}");
        }
    }

    proptest! {
        #[test]
        fn keys_from_random_bytes_are_valid_and_as_different_as_their_bytes(a: [u8; 16], b: [u8; 16]) {
            prop_assert!(is_valid(&from_random(&a)));
            prop_assert_eq!(a == b, from_random(&a) == from_random(&b));
        }
    }
}
