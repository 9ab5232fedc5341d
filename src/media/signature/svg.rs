//! SVG is text: its root element stands behind whatever XML allows in front of it.

use crate::contract::media_type::Format;
use crate::media::pattern::{after, behind, fits};

pub(super) fn detect(head: &[u8]) -> Option<Format> {
    let mut rest = after(head, b"\xef\xbb\xbf").unwrap_or(head);
    loop {
        rest = rest.trim_ascii_start();
        rest = if fits(rest, b"<!--") {
            behind(rest, b"-->")?
        } else if fits(rest, b"<!") {
            behind_doctype(rest)?
        } else if fits(rest, b"<?") {
            behind(rest, b"?>")?
        } else {
            break;
        }
    }
    let name = after(rest, b"<svg:svg").or_else(|| after(rest, b"<svg"))?;
    if matches!(name.first()?, b'>' | b'/' | b' ' | b'\t' | b'\r' | b'\n') { Some(Format::Svg) } else { None }
}

/// A document type may hold declarations in brackets, whose own `>` don't end it.
fn behind_doctype(text: &[u8]) -> Option<&[u8]> {
    let mut rest = text;
    loop {
        match rest.first()? {
            b'>' => return rest.get(1..),
            b'[' => return behind(behind(rest, b"]")?, b">"),
            _ => rest = rest.get(1..)?,
        }
    }
}
