//! Short names for long texts: which account's work it is, whether a request is the same as before.

use super::text::hex;

/// FNV-1a's offset and prime (64 bits).
const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
const PRIME: u64 = 0x0000_0100_0000_01b3;
/// The second half begins elsewhere: together they are 128 bits.
const OTHER_OFFSET: u64 = 0x9e37_79b9_7f4a_7c15;

/// 64 bits that tell bytes apart.
pub fn hash(bytes: &[u8]) -> u64 {
    hash_from(OFFSET, bytes)
}

fn hash_from(offset: u64, bytes: &[u8]) -> u64 {
    let hash = bytes.iter().fold(offset, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(PRIME));
    // Its last bytes have barely reached the higher bits.
    let hash = (hash ^ (hash >> 32)).wrapping_mul(OTHER_OFFSET);
    hash ^ (hash >> 29)
}

/// 32 hexadecimal digits that tell texts apart. It hides nothing: whoever guesses the text can check the guess. A
/// cryptographic digest would cost a page ten times as much, and is not to be had from the platform on plain http.
pub fn fingerprint(text: &str) -> String {
    let mut digits = String::with_capacity(32);
    for offset in [OFFSET, OTHER_OFFSET] {
        let mut hash = hash_from(offset, text.as_bytes());
        for _ in 0..16 {
            digits.push(hex(hash as u8));
            hash >>= 4;
        }
    }
    digits
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashSet;

    #[test]
    fn many_like_texts_have_as_many_fingerprints() {
        let texts: Vec<String> = (0..20_000).map(|number| format!("account {number}")).collect();
        let all: HashSet<String> = texts.iter().map(|text| fingerprint(text)).collect();
        assert_eq!(all.len(), texts.len());
        for half in [0..16, 16..32] {
            let halves: HashSet<String> =
                all.iter().map(|print| print.get(half.clone()).unwrap().to_owned()).collect();
            assert_eq!(halves.len(), all.len());
        }
    }

    proptest! {
        #[test]
        fn a_fingerprint_is_32_hexadecimal_digits_and_always_the_same(text in ".*") {
            let print = fingerprint(&text);
            prop_assert!(print.len() == 32 && print.bytes().all(|byte| byte.is_ascii_hexdigit()));
            prop_assert_eq!(&print, &fingerprint(&text));
            prop_assert_ne!(print, fingerprint(&format!("{text}.")));
        }
    }
}
