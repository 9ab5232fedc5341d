//! Ids in the path of a URL.

use super::text::hex;

/// Percent-encodes everything but unreserved characters (RFC 3986, section 2.3), so that an id stays one segment of the
/// path.
///
/// `None` for an id that is empty, `.` or `..`: encoding leaves dots alone, and a URL parser takes them for steps in
/// the path.
pub fn encode_id(id: &str) -> Option<String> {
    if matches!(id, "" | "." | "..") {
        return None;
    }
    let mut encoded = String::with_capacity(id.len());
    for byte in id.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            encoded.push(char::from(byte));
        } else {
            encoded.push('%');
            encoded.push(hex(byte >> 4).to_ascii_uppercase());
            encoded.push(hex(byte).to_ascii_uppercase());
        }
    }
    Some(encoded)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ids_stay_one_segment() {
        for (id, encoded) in [
            ("task_public_id", Some("task_public_id")),
            ("gpt-5.4~x", Some("gpt-5.4~x")),
            ("a/../b?c#d", Some("a%2F..%2Fb%3Fc%23d")),
            ("é \\%", Some("%C3%A9%20%5C%25")),
            ("...", Some("...")),
            ("%2e%2e", Some("%252e%252e")),
            ("", None),
            (".", None),
            ("..", None),
        ] {
            assert_eq!(encode_id(id).as_deref(), encoded, "{id}");
        }
    }

    proptest! {
        #[test]
        fn only_unreserved_characters_come_out_and_decode_to_the_id(id in ".*") {
            if let Some(encoded) = encode_id(&id) {
                prop_assert!(encoded.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~%".contains(&byte)));
                let mut decoded = Vec::new();
                let mut rest = encoded.bytes();
                while let Some(byte) = rest.next() {
                    decoded.push(if byte == b'%' {
                        let digits = [rest.next().unwrap(), rest.next().unwrap()];
                        u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap()
                    } else {
                        byte
                    });
                }
                prop_assert_eq!(String::from_utf8(decoded).unwrap(), id);
            } else {
                prop_assert!(["", ".", ".."].contains(&id.as_str()));
            }
        }
    }
}
