//! What a result may be: a picture, a film or a sound, whole. Hosts also answer with login pages, error documents in
//! XML or JSON, and nothing at all, with a 2xx status.

use super::signature::{HEAD_BYTES, detect};
use super::text::is_text;
use crate::contract::media_type::MediaKind;
use crate::contract::result::may_bring_result;

/// The longest length that a double holds exactly, as every shorter one: 2^53.
const MAX_LENGTH: u64 = 9_007_199_254_740_992;

/// What is wrong with what came as a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// Its status says that no result is in it.
    Status,
    /// No byte came.
    Empty,
    /// It is text, by its type or by its first bytes.
    Text,
    /// It is something else: a document, an archive.
    NoMedia,
    /// It ended before its length.
    CutShort,
    /// It is longer than its reader takes.
    TooLong,
}

impl Flaw {
    /// All of them.
    const ALL: [Self; 6] =
        [Self::Status, Self::Empty, Self::Text, Self::NoMedia, Self::CutShort, Self::TooLong];

    /// What it is, in a sentence; also its name on the way through JavaScript.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Status => "its status says that there is none",
            Self::Empty => "it is empty",
            Self::Text => "it is text",
            Self::NoMedia => "it is no picture, film or sound",
            Self::CutShort => "it ended before its length",
            Self::TooLong => "it is too long",
        }
    }

    /// Reads what [`Flaw::as_str`] has written.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|flaw| flaw.as_str() == text)
    }

    /// Whether the next attempt may bring something else. A longer result does not get shorter.
    pub fn is_passing(self) -> bool {
        self != Self::TooLong
    }
}

/// What has come of a result so far.
pub struct Received<'a> {
    /// HTTP status.
    pub status: u16,
    /// The header; empty where there is none.
    pub content_type: &'a str,
    /// What [`plain_length`] says.
    pub length: Option<f64>,
    /// The first [`HEAD_BYTES`], or fewer.
    pub head: &'a [u8],
    /// Bytes until now.
    pub bytes: f64,
    /// Whether that was the last one.
    pub is_whole: bool,
}

/// Whether a result is still fine: asked when its head has come, when its first bytes have, and when all have.
/// `max_bytes`: the longest that is taken.
pub fn flaw(received: &Received<'_>, max_bytes: f64) -> Option<Flaw> {
    let &Received { status, content_type, length, head, bytes, is_whole } = received;
    let declared = Declared::of(content_type);
    if !may_bring_result(status) {
        Some(Flaw::Status)
    } else if declared == Declared::Text {
        Some(Flaw::Text)
    } else if bytes > max_bytes || length.is_some_and(|length| length > max_bytes) {
        Some(Flaw::TooLong)
    } else if is_whole && bytes == 0.0 {
        Some(Flaw::Empty)
    } else if is_whole && length.is_some_and(|length| bytes < length) {
        Some(Flaw::CutShort)
    } else if is_whole || head.len() >= HEAD_BYTES {
        flaw_of_bytes(head, declared)
    } else {
        None
    }
}

/// How archives and compressed files begin, whatever their type says: Zip, gzip, 7z, RAR, Zstandard, xz, bzip2.
static ARCHIVES: [&[u8]; 7] =
    [b"PK\x03\x04", b"\x1f\x8b", b"7z\xbc\xaf\x27\x1c", b"Rar!", b"\x28\xb5\x2f\xfd", b"\xfd7zXZ", b"BZh"];

/// A known format is what it is. Of other bytes, those of a text are none; the rest may be of a format that is newer
/// than this list, where the type says so or says nothing. An SVG image is XML by its bytes, and a picture all the
/// same.
fn flaw_of_bytes(head: &[u8], declared: Declared) -> Option<Flaw> {
    match detect(head) {
        Some(media) if media.kind().is_some() => None,
        Some(_) => Some(Flaw::NoMedia),
        None if is_text(head) => Some(Flaw::Text),
        None if ARCHIVES.iter().any(|start| head.starts_with(start)) => Some(Flaw::NoMedia),
        None if declared == Declared::Other => Some(Flaw::NoMedia),
        None => None,
    }
}

/// Whether the bytes that arrive are those that were sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// They are.
    None,
    /// The platform has unpacked them (`Content-Encoding`).
    Some,
    /// A page may not read `Content-Encoding` of another origin's answer.
    Hidden,
}

/// `Content-Length`, where it is the length of the bytes that arrive.
pub fn plain_length(header: &str, compression: Compression) -> Option<f64> {
    // `parse` takes a plus sign, too.
    if compression != Compression::None || !header.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let bytes: u64 = header.parse().ok()?;
    (bytes <= MAX_LENGTH).then_some(bytes as f64)
}

/// What `Content-Type` says.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Declared {
    /// Nothing, or no more than that it is bytes.
    Nothing,
    Media,
    Text,
    Other,
}

impl Declared {
    /// Of several types, which come joined by commas, browsers take the last; a text among them is a reason to doubt
    /// the others.
    fn of(content_type: &str) -> Self {
        let mut last = Self::Nothing;
        for one in content_type.split(',') {
            last = Self::of_one(one.split(';').next().unwrap_or_default().trim_ascii());
            if last == Self::Text {
                break;
            }
        }
        last
    }

    fn of_one(mime: &str) -> Self {
        let mime = mime.to_ascii_lowercase();
        let (class, subtype) = mime.split_once('/').unwrap_or((&mime, ""));
        let is_in_text_form = ["json", "xml", "yaml", "javascript", "ecmascript"].iter().any(|form| {
            subtype.strip_suffix(form).is_some_and(|rest| rest.is_empty() || rest.ends_with(['+', '-']))
        });
        match (class, subtype) {
            ("", _) | ("application" | "binary", "octet-stream") => Self::Nothing,
            ("image", "svg+xml") => Self::Media,
            ("text", _) | ("application", "x-www-form-urlencoded") => Self::Text,
            _ if is_in_text_form => Self::Text,
            ("application", "ogg" | "mp4") => Self::Media,
            _ if MediaKind::of_mime(&mime).is_some() => Self::Media,
            _ => Self::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";
    const SVG: &[u8] = b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>";
    const HTML: &[u8] = b"<!doctype html><title>Log in</title>";
    const UNKNOWN: &[u8] = b"\0\x01\x02\x03\x04\x05\x06\x07";
    const MAX_BYTES: f64 = 1_000_000.0;

    fn whole<'a>(content_type: &'a str, head: &'a [u8]) -> Received<'a> {
        Received { status: 200, content_type, length: None, head, bytes: head.len() as f64, is_whole: true }
    }

    fn of(content_type: &str, head: &[u8]) -> Option<Flaw> {
        flaw(&whole(content_type, head), MAX_BYTES)
    }

    #[test]
    fn pictures_films_and_sounds_are_taken_whatever_says_so() {
        for (content_type, bytes) in [
            ("image/png", PNG),
            ("", PNG),
            ("application/octet-stream", PNG),
            ("binary/octet-stream", PNG),
            ("application/x-download", PNG),
            ("image/jpeg", PNG),
            ("IMAGE/PNG; charset=binary", PNG),
            ("video/mp4", b"\0\0\0\x18ftypisom\0\0\x02\0isomiso2"),
            ("audio/mpeg", b"ID3\x03\0\0\0\0\0\x0a"),
            ("image/svg+xml", SVG),
            ("Image/SVG+XML; charset=utf-8", SVG),
            ("", SVG),
            // Formats of tomorrow, where the type says so or says nothing.
            ("image/new", UNKNOWN),
            ("video/x-new", UNKNOWN),
            ("application/octet-stream", UNKNOWN),
            ("", UNKNOWN),
        ] {
            assert_eq!(of(content_type, bytes), None, "{content_type} {}", String::from_utf8_lossy(bytes));
        }
    }

    #[test]
    fn text_is_none_by_its_type_or_by_its_first_bytes() {
        for content_type in [
            "text/html",
            "text/plain; charset=utf-8",
            " TEXT/HTML",
            "application/json",
            "application/problem+json",
            "application/xml",
            "application/xhtml+xml",
            "image/foo+xml",
            "application/javascript",
            "application/x-javascript",
            "application/x-www-form-urlencoded",
            "image/png, text/html",
            "text/html, image/png",
        ] {
            assert_eq!(of(content_type, PNG), Some(Flaw::Text), "{content_type}");
            // Before a byte of its body has come.
            let begun = Received { bytes: 0.0, is_whole: false, ..whole(content_type, b"") };
            assert_eq!(flaw(&begun, MAX_BYTES), Some(Flaw::Text), "{content_type}");
        }
        let json = b"\xef\xbb\xbf {\"error\":{\"code\":\"not_found\"}}";
        let xml = b"<?xml version=\"1.0\"?>\n<Error><Code>AccessDenied</Code></Error>";
        for bytes in [HTML, json, xml, b"gone", b"\xff\xfeg\0o\0n\0e\0"] {
            for content_type in ["image/png", "", "application/octet-stream", "image/svg+xml", "video/mp4"] {
                assert_eq!(of(content_type, bytes), Some(Flaw::Text), "{content_type}");
            }
        }
    }

    #[test]
    fn documents_and_archives_are_none() {
        for (content_type, bytes) in [
            ("application/pdf", b"%PDF-1.7\n" as &[u8]),
            ("image/png", b"%PDF-1.7\n"),
            ("application/zip", b"PK\x03\x04"),
            ("font/woff2", UNKNOWN),
            ("multipart/form-data; boundary=x", UNKNOWN),
        ] {
            assert_eq!(of(content_type, bytes), Some(Flaw::NoMedia), "{content_type}");
        }
    }

    #[test]
    fn only_a_status_with_a_body_brings_a_result() {
        for (status, expected) in [
            (200, None),
            (201, None),
            (203, None),
            (202, Some(Flaw::Status)),
            (204, Some(Flaw::Status)),
            (205, Some(Flaw::Status)),
            (206, Some(Flaw::Status)),
        ] {
            assert_eq!(
                flaw(&Received { status, ..whole("image/png", PNG) }, MAX_BYTES),
                expected,
                "{status}"
            );
        }
        assert_eq!(of("image/png", b""), Some(Flaw::Empty));
        assert_eq!(of("", b""), Some(Flaw::Empty));
    }

    #[test]
    fn a_result_is_as_long_as_it_says_and_no_longer_than_its_bound() {
        let said = |length, bytes, is_whole| {
            let received = Received { length, bytes, is_whole, ..whole("image/png", PNG) };
            flaw(&received, MAX_BYTES)
        };
        assert_eq!(said(Some(100.0), 100.0, true), None);
        assert_eq!(said(Some(100.0), 99.0, false), None, "more may come");
        assert_eq!(said(Some(100.0), 99.0, true), Some(Flaw::CutShort));
        assert_eq!(said(Some(100.0), 101.0, true), None, "HTTP ends it there by itself");
        assert_eq!(said(None, MAX_BYTES, true), None);
        assert_eq!(said(None, MAX_BYTES + 1.0, false), Some(Flaw::TooLong));
        assert_eq!(said(Some(MAX_BYTES + 1.0), 0.0, false), Some(Flaw::TooLong));
        assert!(Flaw::CutShort.is_passing() && !Flaw::TooLong.is_passing());
    }

    #[test]
    fn bytes_are_judged_when_there_are_enough_of_them() {
        let begun = |head| flaw(&Received { is_whole: false, ..whole("image/png", head) }, MAX_BYTES);
        assert_eq!(begun(b"<"), None);
        let long = [b' '; HEAD_BYTES];
        assert_eq!(begun(&long), Some(Flaw::Text));
    }

    #[test]
    fn a_length_is_plain_where_it_is_that_of_the_bytes_which_arrive() {
        for (header, compression, length) in [
            ("7", Compression::None, Some(7.0)),
            ("0", Compression::None, Some(0.0)),
            ("7", Compression::Some, None),
            ("7", Compression::Hidden, None),
            ("", Compression::None, None),
            ("-1", Compression::None, None),
            ("7.5", Compression::None, None),
            ("1e3", Compression::None, None),
            ("7, 7", Compression::None, None),
            ("9999999999999999999", Compression::None, None),
        ] {
            assert_eq!(plain_length(header, compression), length, "{header}");
        }
    }

    #[test]
    fn every_flaw_is_read_back() {
        for flaw in Flaw::ALL {
            assert_eq!(Flaw::parse(flaw.as_str()), Some(flaw));
        }
        assert_eq!(Flaw::parse(""), None);
    }
}
