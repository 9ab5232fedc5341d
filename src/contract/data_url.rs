//! `data:` URLs (RFC 2397, as the WHATWG reads them).

/// Its media type, as it is written, and its bytes; `None` where it is none.
pub fn parse_data_url(url: &str) -> Option<(&str, Vec<u8>)> {
    let scheme = url.get(..5)?;
    if !scheme.eq_ignore_ascii_case("data:") {
        return None;
    }
    let behind = url.get(5..)?;
    let without_hash = behind.split('#').next()?;
    let (head, data) = without_hash.split_once(',')?;
    let mut parameters = head.split(';');
    let media_type = parameters.next().unwrap_or_default();
    let bytes = percent_decoded(data);
    if parameters.any(|parameter| parameter.trim_ascii().eq_ignore_ascii_case("base64")) {
        return Some((media_type, base64_decoded(&bytes)?));
    }
    Some((media_type, bytes))
}

fn percent_decoded(text: &str) -> Vec<u8> {
    let (mut decoded, mut bytes) = (Vec::with_capacity(text.len()), text.as_bytes());
    while let Some((byte, rest)) = bytes.split_first() {
        let digits = rest.split_at_checked(2).filter(|_| *byte == b'%');
        let read = digits.and_then(|(digits, rest)| Some((hex_byte(digits)?, rest)));
        let (byte, rest) = read.unwrap_or((*byte, rest));
        decoded.push(byte);
        bytes = rest;
    }
    decoded
}

fn hex_byte(digits: &[u8]) -> Option<u8> {
    let text = std::str::from_utf8(digits).ok()?;
    if text.starts_with('+') { None } else { u8::from_str_radix(text, 16).ok() }
}

/// With blanks in it or not, padded or not.
fn base64_decoded(text: &[u8]) -> Option<Vec<u8>> {
    let mut digits: Vec<u8> = text.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
    if digits.len().is_multiple_of(4) {
        for _ in 0..2 {
            digits.pop_if(|digit| *digit == b'=');
        }
    }
    if digits.len() % 4 == 1 {
        return None;
    }
    let mut decoded = Vec::with_capacity(digits.len());
    let (mut bits, mut count) = (0u32, 0u32);
    for digit in digits {
        bits = (bits << 6) | base64_digit(digit)?;
        count = count.saturating_add(6);
        if let Some(left) = count.checked_sub(8) {
            decoded.push((bits >> left) as u8);
            count = left;
        }
    }
    Some(decoded)
}

fn base64_digit(digit: u8) -> Option<u32> {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    DIGITS.iter().position(|known| *known == digit).map(|place| place as u32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;

    #[test]
    fn its_type_and_its_bytes_are_read() {
        for (url, media_type, bytes) in [
            ("data:,kite", "", &b"kite"[..]),
            ("DATA:text/plain,a%20b%zz%4", "text/plain", b"a b%zz%4"),
            ("data:image/png;base64,iVBO", "image/png", b"\x89PN"),
            ("data:image/png; Base64 ,iV BO%0A", "image/png", b"\x89PN"),
            ("data:text/plain;charset=utf-8;base64,YQ==", "text/plain", b"a"),
            ("data:;base64,YWI", "", b"ab"),
            ("data:,a#b", "", b"a"),
            ("data:,\u{e9}", "", "\u{e9}".as_bytes()),
            ("data:,a,b", "", b"a,b"),
        ] {
            assert_eq!(parse_data_url(url), Some((media_type, bytes.to_vec())), "{url}");
        }
        for none in [
            "",
            "data",
            "data:",
            "data:image/png",
            "https://a.example/,",
            "data:;base64,a",
            "data:;base64,a===",
        ] {
            assert_eq!(parse_data_url(none), None, "{none}");
        }
    }

    proptest! {
        #[test]
        fn no_text_breaks_it(text in "(data:)?[a-z;,%#=0-9\u{e9} ]*") {
            parse_data_url(&text);
        }

        #[test]
        fn percent_encoded_bytes_come_back(bytes in vec(any::<u8>(), 0..40)) {
            let encoded: String = bytes.iter().map(|byte| format!("%{byte:02x}")).collect();
            let url = ["data:,", &encoded].concat();
            prop_assert_eq!(parse_data_url(&url), Some(("", bytes)));
        }
    }
}
