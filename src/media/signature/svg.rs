//! SVG is text: its root element stands behind whatever XML allows in front of it.

use super::Format;

pub(super) fn detect(head: &[u8]) -> Option<Format> {
    let mut rest = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    loop {
        rest = rest.trim_ascii_start();
        rest = if rest.starts_with(b"<?") {
            behind(rest, b"?>")?
        } else if rest.starts_with(b"<!--") {
            behind(rest, b"-->")?
        } else if rest.get(..9).is_some_and(|start| start.eq_ignore_ascii_case(b"<!doctype")) {
            behind_doctype(rest)?
        } else {
            break;
        }
    }
    let name_ends = |rest: &[u8]| matches!(rest, [b'>' | b'/' | b' ' | b'\t' | b'\r' | b'\n', ..]);
    let name = rest.strip_prefix(b"<svg:svg").or_else(|| rest.strip_prefix(b"<svg"))?;
    name_ends(name).then_some(Format::Svg)
}

fn behind<'a>(text: &'a [u8], end: &[u8]) -> Option<&'a [u8]> {
    let at = text.windows(end.len()).position(|window| window == end)?;
    text.get(at.saturating_add(end.len())..)
}

/// A document type may hold declarations in brackets, whose own `>` don't end it.
fn behind_doctype(text: &[u8]) -> Option<&[u8]> {
    let stop = text.iter().position(|byte| matches!(byte, b'>' | b'['))?;
    let text = text.get(stop..)?;
    if text.starts_with(b"[") { behind(behind(text, b"]")?, b">") } else { text.get(1..) }
}
