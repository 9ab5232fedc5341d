//! Bytes against patterns: tables take less of a page's download than code that compares.

use crate::contract::media_type::Format;

/// Bytes that tell a format; a `.` stands for any byte.
pub(super) type Pattern = (&'static [u8], Format);

/// Whether a pattern fits the front of some bytes.
pub(super) fn fits(bytes: &[u8], pattern: &[u8]) -> bool {
    bytes.len() >= pattern.len()
        && bytes.iter().zip(pattern).all(|(byte, other)| *other == b'.' || byte == other)
}

/// The format of the first pattern that fits the front of some bytes.
pub(super) fn first_fit(bytes: &[u8], patterns: &[Pattern]) -> Option<Format> {
    for (pattern, format) in patterns {
        if fits(bytes, pattern) {
            return Some(*format);
        }
    }
    None
}

/// What stands behind a pattern that fits the front of some bytes.
pub(super) fn after<'a>(bytes: &'a [u8], pattern: &[u8]) -> Option<&'a [u8]> {
    if fits(bytes, pattern) { bytes.get(pattern.len()..) } else { None }
}

/// What stands behind the first place that fits a pattern.
pub(super) fn behind<'a>(bytes: &'a [u8], pattern: &[u8]) -> Option<&'a [u8]> {
    let mut rest = bytes;
    loop {
        if let Some(found) = after(rest, pattern) {
            return Some(found);
        }
        rest = rest.get(1..)?;
    }
}
