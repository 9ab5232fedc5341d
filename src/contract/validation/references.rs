//! References, and ready items in `params.referenceMediaItems`.

use super::counts;
use super::message::{list, nearest, quoted};
use super::params::MEDIA_ITEMS;
use super::upload::{File, check_file};
use super::{Draft, Report, Source};
use crate::contract::catalogue::{Model, UploadPolicy};
use crate::contract::value::Value;
use crate::media::kind::MediaKind;

/// File name extensions that tell a kind, where a URL says nothing else. Our convention: the API leaves the kind to the caller.
const EXTENSIONS: [(MediaKind, &[&str]); 3] = [
    (
        MediaKind::Image,
        &["jpg", "jpeg", "png", "webp", "gif", "bmp", "tif", "tiff", "heic", "heif", "avif", "svg", "jxl"],
    ),
    (MediaKind::Video, &["mp4", "mov", "webm", "mkv", "m4v", "3gp", "avi"]),
    (MediaKind::Audio, &["mp3", "m4a", "wav", "aac", "ogg", "oga", "flac", "opus"]),
];
/// What an item may hold beside `url` and `kind`.
const OPTIONAL_TEXTS: [&str; 3] = ["name", "mimeType", "durationToken"];
const DURATION: &str = "durationSeconds";

/// Checks `references`; tells the kind that each travels as.
pub(super) fn check(
    report: &mut Report,
    judged: Option<&Model>,
    known: Option<&Model>,
    draft: &Draft<'_>,
) -> Vec<Option<MediaKind>> {
    let has_items = draft.params.iter().any(|(key, value)| key == MEDIA_ITEMS && *value != Value::Null);
    if has_items && !draft.references.is_empty() {
        let text =
            "can't be given together with params.referenceMediaItems; put all of them into one of the two";
        report.error("references", text);
    }
    let only_kind = known.and_then(|model| only_kind(&model.upload()));
    let references = draft.references;
    let kinds: Vec<Option<MediaKind>> = references
        .iter()
        .map(|reference| {
            let seen = match &reference.source {
                Source::File { media, declared_type, .. } => media
                    .and_then(|media| media.kind())
                    .or_else(|| MediaKind::of_mime(declared_type))
                    .or(only_kind),
                Source::Url { url } => only_kind.or_else(|| kind_of_extension(url)),
            };
            reference.kind.or(seen)
        })
        .collect();
    let each = judged.is_none_or(|model| counts::check(report, model, "references", &kinds));
    for (index, (reference, kind)) in references.iter().zip(&kinds).enumerate().filter(|_| each) {
        let path = format!("references[{index}]");
        match &reference.source {
            Source::File { bytes, media, looked_at, declared_type } => {
                let file = File {
                    bytes: *bytes,
                    media: *media,
                    looked_at: *looked_at,
                    declared_type,
                    given_kind: reference.kind,
                    kind: *kind,
                };
                check_file(report, judged, &file, &path);
            }
            Source::Url { url } => check_url(report, judged, url, *kind, &path),
        }
    }
    kinds
}

fn check_url(report: &mut Report, judged: Option<&Model>, url: &str, kind: Option<MediaKind>, path: &str) {
    if url.is_empty() {
        report.error(path, "is an empty URL");
    } else if kind.is_none() {
        let text = format!("{} doesn't tell its kind; give {{ url, kind }} with one of {KINDS}", quoted(url));
        report.error(path, text);
    }
    refuse_kind(report, judged, kind, path);
}

const KINDS: &str = "\"image\", \"video\", \"audio\"";

/// A kind that the model doesn't take.
fn refuse_kind(report: &mut Report, judged: Option<&Model>, kind: Option<MediaKind>, path: &str) {
    let (Some(model), Some(kind)) = (judged, kind) else { return };
    let policy = model.upload();
    if !counts::takes_kind(&policy, kind) {
        let (id, names) = (model.id(), counts::kind_names(&policy));
        report.error(path, format!("is of kind \"{}\"; {id} takes {names}", kind.as_str()));
    }
}

/// The only kind that a model takes.
fn only_kind(policy: &UploadPolicy) -> Option<MediaKind> {
    let mut kinds = policy.kinds();
    kinds.next().filter(|_| kinds.next().is_none()).map(|limit| limit.kind)
}

/// The kind that the file name in a URL's path ends in.
fn kind_of_extension(url: &str) -> Option<MediaKind> {
    let (_, rest) = url.split_once("://").unwrap_or(("", url));
    let end = rest.bytes().position(|byte| matches!(byte, b'?' | b'#')).unwrap_or(rest.len());
    let rest = rest.get(..end)?;
    // Without a path, what follows the last dot is a top-level domain.
    let (_, file_name) = rest.rsplit_once('/')?;
    let (_, extension) = file_name.rsplit_once('.')?;
    let has = |known: &[&str]| known.iter().any(|other| other.eq_ignore_ascii_case(extension));
    EXTENSIONS.iter().find(|(_, known)| has(known)).map(|(kind, _)| *kind)
}

/// Checks ready items, whose shape is the same for every model.
pub(super) fn check_items(report: &mut Report, judged: Option<&Model>, value: &Value) {
    let path = format!("params.{MEDIA_ITEMS}");
    let Some(items) = value.as_list() else {
        let text = format!("is {}; an array of {{ url, kind }} is needed", value.kind_name());
        return report.error(&path, text);
    };
    let kind = |item: &Value| item.get("kind").and_then(Value::as_str).and_then(MediaKind::parse);
    let kinds: Vec<Option<MediaKind>> = items.iter().map(kind).collect();
    let each = judged.is_none_or(|model| counts::check(report, model, &path, &kinds));
    for (index, (item, kind)) in items.iter().zip(kinds).enumerate().filter(|_| each) {
        check_item(report, judged, item, kind, &format!("{path}[{index}]"));
    }
}

fn check_item(
    report: &mut Report,
    judged: Option<&Model>,
    item: &Value,
    kind: Option<MediaKind>,
    path: &str,
) {
    let Some(fields) = item.as_record() else {
        return report.error(path, format!("is {}; an object {{ url, kind }} is needed", item.kind_name()));
    };
    if item.get("url").and_then(Value::as_str).is_none_or(str::is_empty) {
        report.error(&format!("{path}.url"), "is missing; a string is needed that is not empty");
    }
    let kind_path = format!("{path}.kind");
    if kind.is_none() {
        report.error(&kind_path, format!("is missing or unknown; one of {KINDS} is needed"));
    }
    refuse_kind(report, judged, kind, &kind_path);
    for (key, value) in fields.iter().filter(|(_, value)| *value != Value::Null) {
        let is_right = match key.as_str() {
            "url" | "kind" => true,
            DURATION => value.as_f64().is_some_and(|seconds| seconds >= 0.0),
            key if OPTIONAL_TEXTS.contains(&key) => value.as_str().is_some(),
            _ => {
                unknown_field(report, path, key);
                continue;
            }
        };
        if !is_right {
            let wanted = if key == DURATION { "a number of seconds" } else { "a string" };
            report.error(&format!("{path}.{key}"), format!("is {}; {wanted} is needed", value.kind_name()));
        }
    }
}

/// Fields that the API adds tomorrow pass; a casing that it doesn't read (`duration_token`) is told.
fn unknown_field(report: &mut Report, path: &str, key: &str) {
    let known = ["url", "kind", "name", "mimeType", DURATION, "durationToken"];
    let text = match nearest(key, &known) {
        Some(known) => format!("is no documented field of an item; did you mean {}?", quoted(known)),
        None => format!("is no documented field of an item; it has {}", list(&known)),
    };
    report.warn(&format!("{path}.{key}"), text);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_extension_tells_a_kind_only_in_the_path() {
        for (url, kind) in [
            ("https://a.example/x.PNG", Some(MediaKind::Image)),
            ("https://a.example/x.mp4?token=a.png#b.mp3", Some(MediaKind::Video)),
            ("https://a.example/d.mp3/x.flac", Some(MediaKind::Audio)),
            ("https://a.example/d.mp3/x", None),
            ("https://example.mov", None),
            ("https://example.mov?x=/a.png", None),
            ("https://a.example/png", None),
            ("/files/x.webp", Some(MediaKind::Image)),
            ("x.png", None),
            ("", None),
        ] {
            assert_eq!(kind_of_extension(url), kind, "{url}");
        }
    }

    proptest! {
        #[test]
        fn no_url_breaks_the_reader(url in ".*") {
            kind_of_extension(&url);
        }
    }
}
