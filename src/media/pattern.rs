//! Bytes against patterns, which stand in tables as the formats' specifications write them.

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
    patterns.iter().find(|(pattern, _)| fits(bytes, pattern)).map(|(_, format)| *format)
}

/// What stands behind a pattern that fits the front of some bytes.
pub(super) fn after<'a>(bytes: &'a [u8], pattern: &[u8]) -> Option<&'a [u8]> {
    if fits(bytes, pattern) { bytes.get(pattern.len()..) } else { None }
}

/// What stands behind the first place that fits a pattern.
pub(super) fn behind<'a>(bytes: &'a [u8], pattern: &[u8]) -> Option<&'a [u8]> {
    (0..bytes.len()).find_map(|at| after(bytes.get(at..)?, pattern))
}
