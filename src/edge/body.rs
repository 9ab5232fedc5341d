//! What a body says of itself before it is read.

use super::refusal::Refusal;
use super::submission;

/// The headers that describe a body.
pub(crate) struct Described<'a> {
    pub content_type: Option<&'a str>,
    pub content_length: Option<&'a str>,
}

/// The length of a body; None where it is not said, or not as a number.
pub(crate) fn length(text: Option<&str>) -> Option<f64> {
    let text = text?;
    let digits = !text.is_empty() && text.len() <= 15 && text.bytes().all(|byte| byte.is_ascii_digit());
    if digits { text.parse().ok() } else { None }
}

/// Whether a header names a type; its parameters (`; boundary=…`) don't matter.
fn is_type(header: Option<&str>, wanted: &str) -> bool {
    header
        .and_then(|header| header.split(';').next())
        .is_some_and(|kind| kind.trim().eq_ignore_ascii_case(wanted))
}

/// A submission is JSON, and short.
pub(crate) fn check_submission(body: &Described<'_>) -> Result<(), Refusal> {
    if !is_type(body.content_type, "application/json") {
        return Err(Refusal::media_type("application/json"));
    }
    let max_bytes = f64::from(submission::MAX_BYTES);
    if length(body.content_length).is_some_and(|bytes| bytes > max_bytes) {
        return Err(Refusal::too_large(max_bytes));
    }
    Ok(())
}

/// An upload is a form, and says its length, unless it need not.
pub(crate) fn check_upload(
    body: &Described<'_>,
    max_bytes: f64,
    allows_chunked: bool,
) -> Result<(), Refusal> {
    if !is_type(body.content_type, "multipart/form-data") {
        return Err(Refusal::media_type("multipart/form-data"));
    }
    match length(body.content_length) {
        Some(bytes) if bytes > max_bytes => Err(Refusal::too_large(max_bytes)),
        None if !allows_chunked || body.content_length.is_some() => Err(Refusal::no_length()),
        _ => Ok(()),
    }
}

/// Whether a result may be handed on: pictures, videos and sounds. XML, which an SVG image is, may be a page with
/// scripts, and would run as one of ours. Of several types, which come joined by commas, browsers take the last.
pub(crate) fn is_media(content_type: &str) -> bool {
    let kind = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let Some((class, subtype)) = kind.split_once('/') else { return false };
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-.+_".contains(&byte);
    let is_one = !content_type.contains(',') && !subtype.is_empty() && subtype.bytes().all(is_plain);
    matches!(class, "image" | "video" | "audio") && is_one && !subtype.ends_with("xml")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn upload(content_type: &str, content_length: Option<&str>, allows_chunked: bool) -> Option<u16> {
        let body = Described { content_type: Some(content_type), content_length };
        check_upload(&body, 1_000.0, allows_chunked).err().map(|refusal| refusal.status)
    }

    #[test]
    fn an_upload_is_a_form_that_says_its_length() {
        let form = "multipart/form-data; boundary=x";
        assert_eq!(upload(form, Some("1000"), false), None);
        assert_eq!(upload("Multipart/Form-Data", Some("0"), false), None);
        assert_eq!(upload(form, Some("1001"), false), Some(413));
        assert_eq!(upload(form, None, false), Some(411));
        assert_eq!(upload(form, None, true), None);
        for nonsense in ["", "-1", "1e3", "0x10", "1000, 1000", " 1000", "9999999999999999"] {
            assert_eq!(upload(form, Some(nonsense), true), Some(411), "{nonsense}");
        }
        assert_eq!(upload("application/json", Some("10"), true), Some(415));
        assert_eq!(upload("multipart/form-data-2", Some("10"), true), Some(415));
    }

    #[test]
    fn a_submission_is_short_json() {
        let check = |content_type, content_length| {
            check_submission(&Described { content_type, content_length }).err().map(|refusal| refusal.status)
        };
        assert_eq!(check(Some("application/json"), Some("262144")), None);
        assert_eq!(check(Some("application/json; charset=utf-8"), None), None);
        assert_eq!(check(Some("application/json"), Some("262145")), Some(413));
        assert_eq!(check(Some("text/plain"), Some("2")), Some(415));
        assert_eq!(check(None, Some("2")), Some(415));
    }

    #[test]
    fn results_are_pictures_videos_and_sounds() {
        for kind in ["image/png", "IMAGE/JPEG; q=1", "video/mp4", "audio/mpeg"] {
            assert!(is_media(kind), "{kind}");
        }
        for kind in [
            "",
            "image/",
            "image/svg+xml",
            " Image/SVG+XML; charset=x",
            "text/html",
            "application/json",
            "imageX/png",
            "image/foo+xml",
            "image/xml",
            "image/png, text/html",
            "image/png; a=b, image/svg+xml",
            "image/png text/html",
            "image/png/x",
        ] {
            assert!(!is_media(kind), "{kind}");
        }
    }
}
