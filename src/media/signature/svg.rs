//! SVG is text: its root element stands behind whatever XML allows in front of it.

use super::pattern::{behind, fits};
use crate::contract::media_type::Format;

pub(super) fn detect(head: &[u8]) -> Option<Format> {
    let mut rest = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    loop {
        rest = rest.trim_ascii_start();
        rest = if fits(rest, b"<!--") {
            behind(rest, b"-->")?
        } else if rest.get(..9).is_some_and(|start| start.eq_ignore_ascii_case(b"<!doctype")) {
            behind_doctype(rest)?
        } else if rest.starts_with(b"<?") {
            behind(rest, b"?>")?
        } else {
            break;
        }
    }
    let name = rest.strip_prefix(b"<svg:svg").or_else(|| rest.strip_prefix(b"<svg"))?;
    matches!(name.first()?, b'>' | b'/' | b' ' | b'\t' | b'\r' | b'\n').then_some(Format::Svg)
}

/// A document type may hold declarations in brackets, whose own `>` don't end it.
fn behind_doctype(text: &[u8]) -> Option<&[u8]> {
    let stop = text.iter().position(|byte| matches!(byte, b'>' | b'['))?;
    let rest = text.get(stop..)?;
    behind(if rest.starts_with(b"[") { behind(rest, b"]")? } else { rest }, b">")
}
