//! Messages without what looks like a key: nobody may have configured it. For messages alone: in data of a caller's
//! such a text may be anything.

use super::api_key;
use super::text::split_at_word;

/// What a key of the API, and a secret of its webhooks, begin with.
const PREFIXES: [&str; 2] = [api_key::PREFIX, "whsec_"];
const ELLIPSIS: &str = "…";

/// A message in which each key is its prefix alone.
pub fn redact(message: &str) -> String {
    let mut redacted = String::with_capacity(message.len());
    let mut rest = message;
    while let Some((before, prefix, behind)) = next_key(rest) {
        redacted.push_str(before);
        redacted.push_str(prefix);
        let key_ends = behind.find(ends_key).unwrap_or(behind.len());
        if key_ends > 0 {
            redacted.push_str(ELLIPSIS);
        }
        rest = behind.get(key_ends..).unwrap_or_default();
    }
    redacted.push_str(rest);
    redacted
}

/// What stands before the first prefix, the prefix, and what stands behind it.
fn next_key(text: &str) -> Option<(&str, &'static str, &str)> {
    let found = PREFIXES
        .iter()
        .filter_map(|prefix| split_at_word(text, prefix).map(|(before, behind)| (before, *prefix, behind)));
    found.min_by_key(|(before, _, _)| before.len())
}

/// A key goes on to the next blank, quote, bracket or backslash.
fn ends_key(character: char) -> bool {
    character.is_whitespace() || matches!(character, '"' | '\'' | '<' | '>' | '\\' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn of_each_key_its_prefix_is_left() {
        for (message, redacted) in [
            ("", ""),
            ("no key", "no key"),
            ("rvya_sk_0123", "rvya_sk_…"),
            ("Bearer rvya_sk_0123 is no key", "Bearer rvya_sk_… is no key"),
            ("\"rvya_sk_0123\" and 'whsec_abc='", "\"rvya_sk_…\" and 'whsec_…'"),
            ("<p>whsec_abc</p>", "<p>whsec_…</p>"),
            ("{\"key\":\"rvya_sk_01\\n\"}", "{\"key\":\"rvya_sk_…\\n\"}"),
            ("whsec_a\u{a0}b, whsec_c\u{feff}d", "whsec_…\u{a0}b, whsec_…\u{feff}d"),
            ("a key begins with rvya_sk_ or whsec_", "a key begins with rvya_sk_ or whsec_"),
            ("rvya_sk_rvya_sk_1 whsec_rvya_sk_2", "rvya_sk_… whsec_…"),
            ("rvya_sk_é🪁, x", "rvya_sk_… x"),
            ("RVYA_SK_0123", "RVYA_SK_0123"),
        ] {
            assert_eq!(redact(message), redacted, "{message}");
        }
    }

    proptest! {
        #[test]
        fn nothing_of_a_key_is_left_wherever_it_stands(
            before in "[ a-z]*",
            key in "[!-~&&[^\"'<>\\\\]]{1,40}",
            after in "[ a-z]*",
        ) {
            let message = format!("{before}rvya_sk_{key} {after}");
            prop_assert_eq!(redact(&message), format!("{before}rvya_sk_… {after}"));
        }

        #[test]
        fn what_was_redacted_stays_as_it_is(message in ".*(rvya_sk_|whsec_).*") {
            let once = redact(&message);
            prop_assert_eq!(redact(&once), once.clone());
        }
    }
}
