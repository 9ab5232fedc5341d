//! Signatures of deliveries: HMAC-SHA-256 over the parts of one, as a header carries them.

use base64ct::{Base64, Encoding as _};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// How a secret begins whose rest is the key in Base64 (Standard Webhooks).
const SECRET_PREFIX: &str = "whsec_";

/// How signatures are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encoding {
    Base64,
    /// Of either case.
    Hex,
}

/// A key of fewer bytes could be found by trying (ours; Standard Webhooks asks for 24).
pub(crate) const MIN_KEY_BYTES: usize = 16;

/// The bytes that an endpoint's secret stands for.
pub(crate) struct Key(Vec<u8>);

impl Key {
    /// `whsec_` and Base64 is the key's bytes. Anything else is text, `whsec_` before what is no Base64 included: the
    /// prefix is documented, what follows it is not. None where fewer than [`MIN_KEY_BYTES`] are left: with an empty or
    /// a short key anybody could sign.
    pub(crate) fn new(secret: &str) -> Option<Self> {
        let decoded = secret.strip_prefix(SECRET_PREFIX).and_then(|rest| Base64::decode_vec(rest).ok());
        let bytes = decoded.unwrap_or_else(|| secret.as_bytes().to_vec());
        (bytes.len() >= MIN_KEY_BYTES).then_some(Self(bytes))
    }

    /// The MAC of the parts, joined by dots.
    fn mac(&self, parts: &[&[u8]]) -> Option<Hmac<Sha256>> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).ok()?;
        for (place, part) in parts.iter().enumerate() {
            if place > 0 {
                mac.update(b".");
            }
            mac.update(part);
        }
        Some(mac)
    }
}

/// The signatures in a header: what stands behind `prefix` and reads as `encoding`. Anything else is passed over:
/// another version's signature may stand beside ours.
pub(crate) fn read(header: &str, prefix: &str, encoding: Encoding) -> Vec<Vec<u8>> {
    // `v1,…` holds a comma itself: there only blanks separate. One at the end is left where a platform joined two
    // headers.
    let has_comma = prefix.contains(',');
    let pieces = header.split(|c: char| c.is_ascii_whitespace() || (c == ',' && !has_comma));
    let written = pieces.filter_map(|piece| piece.strip_prefix(prefix));
    written.filter_map(|written| decode(written.trim_end_matches(','), encoding)).collect()
}

fn decode(written: &str, encoding: Encoding) -> Option<Vec<u8>> {
    let bytes = match encoding {
        Encoding::Base64 => Base64::decode_vec(written).ok()?,
        Encoding::Hex => hex_bytes(written)?,
    };
    (!bytes.is_empty()).then_some(bytes)
}

fn hex_bytes(written: &str) -> Option<Vec<u8>> {
    let (pairs, []) = written.as_bytes().as_chunks::<2>() else { return None };
    pairs.iter().map(|[high, low]| Some(hex_digit(*high)? << 4 | hex_digit(*low)?)).collect()
}

fn hex_digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

/// Whether one of the signatures is that of the parts under one of the keys. Compared whole and in constant time.
pub(crate) fn is_genuine(signatures: &[Vec<u8>], keys: &[Key], parts: &[&[u8]]) -> bool {
    keys.iter()
        .filter_map(|key| key.mac(parts))
        .any(|mac| signatures.iter().any(|signature| mac.clone().verify_slice(signature).is_ok()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The example of the Standard Webhooks specification's libraries.
    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const PARTS: [&[u8]; 3] = [b"msg_p5jXN8AQM9LWM0D4loKWxJek", b"1614265330", b"{\"test\": 2432232314}"];
    const SIGNATURE: &str = "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
    /// The same in hex.
    const IN_HEX: &str = "83484cf52b04f8e4cf2531adfed9882ad4b2665137b852442d594d20e2c9d4e1";

    const OLD: &str = "an old secret in words";
    const NEWER: &str = "whsec_YSBuZXdlciBzZWNyZXQgb2YgYnl0ZXM=";

    fn key(secret: &str) -> Key {
        Key::new(secret).unwrap()
    }

    fn fits(header: &str, prefix: &str, encoding: Encoding, secrets: &[&str]) -> bool {
        let keys: Vec<Key> = secrets.iter().map(|secret| key(secret)).collect();
        is_genuine(&read(header, prefix, encoding), &keys, &PARTS)
    }

    #[test]
    fn the_published_example_is_genuine_in_both_encodings() {
        assert!(fits(&format!("v1,{SIGNATURE}"), "v1,", Encoding::Base64, &[SECRET]));
        assert!(fits(IN_HEX, "", Encoding::Hex, &[SECRET]));
        assert!(fits(&IN_HEX.to_uppercase(), "", Encoding::Hex, &[SECRET]));
        assert!(!fits(IN_HEX, "", Encoding::Base64, &[SECRET]));
    }

    #[test]
    fn one_fitting_signature_among_others_is_enough() {
        let other = "A".repeat(43) + "=";
        for (header, prefix) in [
            (format!("v1,{other} v1,{SIGNATURE}"), "v1,"),
            (format!("v1a,{SIGNATURE} v2,{other}  v1,{SIGNATURE}\t"), "v1,"),
            (format!("v1,{other}, v1,{SIGNATURE}, v1a,x"), "v1,"),
            (format!("v1,not-base64 v1, v1 , v1,{SIGNATURE}"), "v1,"),
            (format!("sha256={other},sha256={SIGNATURE}"), "sha256="),
            (format!("sha256={other}, sha1=00, sha256={SIGNATURE}"), "sha256="),
            (format!("{other},{SIGNATURE}"), ""),
            (format!("{other} {SIGNATURE}"), ""),
        ] {
            assert!(fits(&header, prefix, Encoding::Base64, &[SECRET]), "{header}");
        }
    }

    #[test]
    fn what_is_no_signature_of_the_form_is_passed_over() {
        for header in [
            String::new(),
            " ".to_owned(),
            ",".to_owned(),
            "v1,".to_owned(),
            SIGNATURE.to_owned(),
            format!("V1,{SIGNATURE}"),
            format!("v2,{SIGNATURE}"),
            format!("v1{SIGNATURE}"),
            format!("v1, {SIGNATURE}"),
            format!("v1,{}", SIGNATURE.trim_end_matches('=')),
            format!("v1,{SIGNATURE}="),
            format!("v1,{}", SIGNATURE.replace('+', "-").replace('/', "_")),
            format!("v1,v1,{SIGNATURE}"),
        ] {
            assert_eq!(read(&header, "v1,", Encoding::Base64), Vec::<Vec<u8>>::new(), "{header}");
        }
        for header in ["0", "0g", "é", "+1", "sha256=", "0x00"] {
            assert_eq!(read(header, "", Encoding::Hex), Vec::<Vec<u8>>::new(), "{header}");
        }
    }

    #[test]
    fn a_part_of_a_signature_is_not_enough() {
        for bytes in 1..32 {
            assert!(!fits(&IN_HEX[..bytes * 2], "", Encoding::Hex, &[SECRET]), "{bytes}");
        }
        assert!(!fits(&format!("{IN_HEX}00"), "", Encoding::Hex, &[SECRET]));
    }

    #[test]
    fn any_of_several_secrets_will_do() {
        let header = format!("v1,{SIGNATURE}");
        for secrets in [vec![OLD, SECRET], vec![SECRET, NEWER], vec![OLD, NEWER, SECRET]] {
            assert!(fits(&header, "v1,", Encoding::Base64, &secrets), "{secrets:?}");
        }
        assert!(!fits(&header, "v1,", Encoding::Base64, &[OLD, NEWER]));
        assert!(!fits(&header, "v1,", Encoding::Base64, &[]));
    }

    #[test]
    fn a_secret_is_base64_behind_its_prefix_and_text_otherwise() {
        for (secret, bytes) in [
            ("whsec_AAECAwQFBgcICQoLDA0ODw==", &[0u8, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15][..]),
            ("whsec_AAECAwQFBgcICQoLDA0ODw", b"whsec_AAECAwQFBgcICQoLDA0ODw"),
            ("whsec_AAECAwQFBgcICQoLDA0ODw==\n", b"whsec_AAECAwQFBgcICQoLDA0ODw==\n"),
            ("whsec_not base64", b"whsec_not base64"),
            ("WHSEC_AAECAwQFBg", b"WHSEC_AAECAwQFBg"),
            ("AAECAwQFBgcICQoL", b"AAECAwQFBgcICQoL"),
            ("schlüssel in worten", "schlüssel in worten".as_bytes()),
        ] {
            assert_eq!(key(secret).0, bytes, "{secret}");
        }
        for short in ["", "whsec_", "fifteen letters", "whsec_AAECAwQFBgcICQoLDA0O"] {
            assert!(Key::new(short).is_none(), "{short}");
        }
    }

    proptest! {
        #[test]
        fn no_header_breaks_the_reader(header in ".*", prefix in "(v1,|sha256=|.{0,3})") {
            for encoding in [Encoding::Base64, Encoding::Hex] {
                let keys = [key(SECRET)];
                prop_assert!(!is_genuine(&read(&header, &prefix, encoding), &keys, &PARTS));
            }
        }

        #[test]
        fn every_byte_counts(
            part in 0usize..3,
            at in 0usize..100,
            bit in 0u8..8,
            id in "[a-z]{1,9}",
            body in prop::collection::vec(any::<u8>(), 1..90),
        ) {
            let key = [key("a secret in words")];
            let parts = [id.as_bytes(), b"1614265330", &body];
            let signature = vec![key[0].mac(&parts).unwrap().finalize().into_bytes().to_vec()];
            prop_assert!(is_genuine(&signature, &key, &parts));
            let mut changed = parts.map(<[u8]>::to_vec);
            let place = at % changed[part].len();
            changed[part][place] ^= 1 << bit;
            prop_assert!(!is_genuine(&signature, &key, &[&changed[0], &changed[1], &changed[2]]));
            let mut forged = signature.clone();
            forged[0][at % 32] ^= 1 << bit;
            prop_assert!(!is_genuine(&forged, &key, &parts));
        }
    }
}
