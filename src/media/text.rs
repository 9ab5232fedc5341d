//! Whether bytes are text: a login page, a storage's error in XML, JSON.

/// Bytes that begin a text in UTF-8 or UTF-16 and nothing else.
const BYTE_ORDER_MARKS: [&[u8]; 3] = [b"\xef\xbb\xbf", b"\xfe\xff", b"\xff\xfe"];

/// Whether a file begins as a text does. Formats that are known by their first bytes are to be looked for before: a few
/// of them are made of text, too.
pub fn is_text(head: &[u8]) -> bool {
    let is_marked = BYTE_ORDER_MARKS.iter().any(|mark| head.starts_with(mark));
    is_marked || is_markup(head) || has_no_binary_byte(head) || is_wide_text(head)
}

/// The bytes that no text has (MIME Sniffing, "binary data byte").
fn is_binary(byte: u8) -> bool {
    matches!(byte, 0x00..=0x08 | 0x0b | 0x0e..=0x1a | 0x1c..=0x1f)
}

/// MIME Sniffing tells text from binary data by this alone.
fn has_no_binary_byte(head: &[u8]) -> bool {
    !head.is_empty() && !head.iter().copied().any(is_binary)
}

/// Markup is text whatever stands in it further on. No format of pictures, films or sounds begins so.
fn is_markup(head: &[u8]) -> bool {
    let [b'<', next, ..] = head.trim_ascii_start() else { return false };
    next.is_ascii_alphabetic() || matches!(next, b'!' | b'?' | b'/')
}

/// UTF-16 without a mark, as far as it is Latin: every other byte is zero.
fn is_wide_text(head: &[u8]) -> bool {
    let (pairs, _) = head.as_chunks::<2>();
    let is_text_behind_zero = |zero: u8, byte: u8| zero == 0 && !is_binary(byte);
    pairs.len() > 1
        && (pairs.iter().all(|[first, second]| is_text_behind_zero(*first, *second))
            || pairs.iter().all(|[first, second]| is_text_behind_zero(*second, *first)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utf16(text: &str, to_bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(to_bytes).collect()
    }

    #[test]
    fn texts_are_told_from_what_is_none() {
        let wide = "<!doctype html><title>Log in</title>";
        let texts: Vec<Vec<u8>> = vec![
            b"<!DOCTYPE html><title>Log in</title>".to_vec(),
            b"  \r\n\t<html>".to_vec(),
            b"<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code></Error>".to_vec(),
            b"<Error>".to_vec(),
            b"<html>with a stray \0 byte".to_vec(),
            b"{\"error\":{}}".to_vec(),
            b"\xef\xbb\xbf{\"error\":{}}".to_vec(),
            b"\n\n [1, 2]".to_vec(),
            b"not found".to_vec(),
            b"x".to_vec(),
            "Änderung, пример, 絵".as_bytes().to_vec(),
            b"caf\xe9 in Latin-1".to_vec(),
            b"\x1b[31mred\x1b[0m".to_vec(),
            [b"\xff\xfe".to_vec(), utf16(wide, u16::to_le_bytes)].concat(),
            [b"\xfe\xff".to_vec(), utf16("絵", u16::to_be_bytes)].concat(),
            utf16(wide, u16::to_le_bytes),
            utf16(wide, u16::to_be_bytes),
            b"%PDF-1.7".to_vec(),
        ];
        for text in texts {
            assert!(is_text(&text), "{}", String::from_utf8_lossy(&text));
        }
        let others: [&[u8]; 8] = [
            b"",
            b"\0",
            b"\0\0\0\0",
            b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
            b"\xff\xd8\xff\xe0\0\x10JFIF\0",
            b"glTF\x02\0\0\0",
            b"PK\x03\x04",
            b"\0\x01\x02\x03",
        ];
        for other in others {
            assert!(!is_text(other), "{other:?}");
        }
    }
}
