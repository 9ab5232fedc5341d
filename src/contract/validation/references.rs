//! References, and ready items in `params.referenceMediaItems`.

use super::counts;
use super::message::{list, nearest, quoted};
use super::params::MEDIA_ITEMS;
use super::upload::{File, check_file, check_unjudged};
use super::{Draft, Reference, Report, Severity, Source};
use crate::contract::catalogue::Model;
use crate::contract::media_type::{MediaKind, MediaType};
use crate::contract::text::{Split, cut, digits, fill};
use crate::contract::value::Value;

/// File name extensions that tell a kind, where a URL says nothing else. Our convention: the API leaves the kind to the caller.
const EXTENSIONS: &str = "image,jpg,jpeg,png,webp,gif,bmp,tif,tiff,heic,heif,avif,svg,jxl;\
                          video,mp4,mov,webm,mkv,m4v,3gp,avi;audio,mp3,m4a,wav,aac,ogg,oga,flac,opus";
/// What an item may hold.
const FIELDS: [&str; 6] = ["url", "kind", "name", "mimeType", DURATION, "durationToken"];
const DURATION: &str = "durationSeconds";

/// Checks `references`; tells the kind that each travels as.
#[inline(never)]
pub(super) fn check(
    report: &mut Report,
    judged: Option<&Model>,
    known: Option<&Model>,
    draft: &Draft<'_>,
) -> Vec<Option<MediaKind>> {
    let is_items = |(key, value): &(String, Value)| key == MEDIA_ITEMS && !matches!(value, Value::Null);
    if !draft.references.is_empty() && draft.params.iter().any(is_items) {
        let text =
            "can't be given together with params.referenceMediaItems; put all of them into one of the two";
        report.error("references", text, &[]);
    }
    let only_kind = known.and_then(only_kind);
    let mut kinds = Vec::with_capacity(draft.references.len());
    for reference in draft.references {
        kinds.push(kind_of(reference, only_kind));
    }
    let each = judged.is_none_or(|model| counts::check(report, model, "references", &kinds));
    if each {
        for (index, (reference, kind)) in draft.references.iter().zip(&kinds).enumerate() {
            let path = fill("references[%]", &[&digits(index as u64)]);
            check_one(report, judged, reference, *kind, &path);
        }
    }
    kinds
}

/// What a reference travels as: what the caller says, else what its bytes, its declared type or its URL tell.
fn kind_of(reference: &Reference, only_kind: Option<MediaKind>) -> Option<MediaKind> {
    let seen = match &reference.source {
        Source::File { media, declared_type, .. } => {
            media.and_then(MediaType::kind).or_else(|| MediaKind::of_mime(declared_type)).or(only_kind)
        }
        Source::Url { url } => only_kind.or_else(|| kind_of_extension(url)),
    };
    reference.kind.or(seen)
}

fn check_one(
    report: &mut Report,
    judged: Option<&Model>,
    reference: &Reference,
    kind: Option<MediaKind>,
    path: &str,
) {
    match &reference.source {
        Source::File { bytes, media, looked_at, declared_type } => {
            let file = File {
                bytes: *bytes,
                media: *media,
                looked_at: *looked_at,
                declared_type,
                given_kind: reference.kind,
                kind,
            };
            if judged.is_some() {
                check_file(report, judged, &file, path);
            } else {
                check_unjudged(report, &file, path);
            }
        }
        Source::Url { url } => {
            if url.is_empty() {
                report.error(path, "is an empty URL", &[]);
            } else if kind.is_none() {
                let text = "% doesn't tell its kind; give { url, kind } with one of %";
                report.error(path, text, &[&quoted(url), KINDS]);
            }
            refuse_kind(report, judged, kind, path);
        }
    }
}

const KINDS: &str = "\"image\", \"video\", \"audio\"";

/// A kind that the model doesn't take.
#[inline(never)]
fn refuse_kind(report: &mut Report, judged: Option<&Model>, kind: Option<MediaKind>, path: &str) {
    let (Some(model), Some(kind)) = (judged, kind) else { return };
    let policy = model.upload();
    if !counts::takes_kind(&policy, kind) {
        let parts = [kind.as_str(), model.id(), &counts::kind_names(&policy)];
        report.error(path, "is of kind \"%\"; % takes %", &parts);
    }
}

/// The only kind that a model takes.
fn only_kind(model: &Model) -> Option<MediaKind> {
    let mut kinds = model.upload().kinds();
    let first = kinds.next()?;
    if kinds.next().is_none() { Some(first.kind) } else { None }
}

/// The kind that the file name in a URL's path ends in.
fn kind_of_extension(url: &str) -> Option<MediaKind> {
    // Without a path, what follows the last dot is a top-level domain.
    let rest = cut(url, b':').and_then(|(_, behind)| behind.strip_prefix("//")).unwrap_or(url);
    let (mut in_path, mut start, mut end) = (false, None, rest.len());
    for (at, byte) in rest.bytes().enumerate() {
        match byte {
            b'/' => (in_path, start) = (true, None),
            b'.' => start = Some(at.saturating_add(1)),
            b'?' | b'#' => {
                end = at;
                break;
            }
            _ => {}
        }
    }
    let extension = rest.get(start.filter(|_| in_path)?..end)?;
    for line in Split::new(EXTENSIONS, b';') {
        let mut names = Split::new(line, b',');
        let kind = names.next().and_then(MediaKind::parse);
        if names.any(|known| known.eq_ignore_ascii_case(extension)) {
            return kind;
        }
    }
    None
}

/// Checks ready items, whose shape is the same for every model.
pub(super) fn check_items(report: &mut Report, judged: Option<&Model>, path: &str, value: &Value) {
    let Some(items) = value.as_list() else {
        return report.error(path, "is %; an array of { url, kind } is needed", &[value.kind_name()]);
    };
    let mut kinds = Vec::with_capacity(items.len());
    for item in items {
        kinds.push(item.get("kind").and_then(Value::as_str).and_then(MediaKind::parse));
    }
    let each = judged.is_none_or(|model| counts::check(report, model, path, &kinds));
    if each {
        for (index, (item, kind)) in items.iter().zip(kinds).enumerate() {
            check_item(report, judged, item, kind, &fill("%[%]", &[path, &digits(index as u64)]));
        }
    }
}

fn check_item(
    report: &mut Report,
    judged: Option<&Model>,
    item: &Value,
    kind: Option<MediaKind>,
    item_path: &str,
) {
    let Some(fields) = item.as_record() else {
        let text = "is %; an object { url, kind } is needed";
        return report.error(item_path, text, &[item.kind_name()]);
    };
    let prefix = fill("%.", &[item_path]);
    need_text(report, item, "url", &prefix);
    let path_of = |key: &str| fill("%%", &[&prefix, key]);
    if kind.is_none() {
        report.error(&path_of("kind"), "is missing or unknown; one of % is needed", &[KINDS]);
    }
    refuse_kind(report, judged, kind, &path_of("kind"));
    for (key, value) in fields {
        let path = path_of(key);
        let wanted = match (key.as_str(), value) {
            ("url" | "kind", _) | (_, Value::Null) => continue,
            (DURATION, Value::Number(seconds)) if *seconds >= 0.0 => continue,
            (DURATION, _) => "a number of seconds",
            ("name" | "mimeType" | "durationToken", Value::String(_)) => continue,
            ("name" | "mimeType" | "durationToken", _) => "a string",
            _ => {
                unknown_field(report, &path, key);
                continue;
            }
        };
        report.error(&path, "is %; % is needed", &[value.kind_name(), wanted]);
    }
}

/// A string that may be neither missing nor empty. `prefix` is its path without its key.
#[inline(never)]
pub(super) fn need_text(report: &mut Report, of: &Value, key: &str, prefix: &str) {
    if of.get(key).and_then(Value::as_str).unwrap_or_default().is_empty() {
        let path = fill("%%", &[prefix, key]);
        report.error(&path, "is missing; a string is needed that is not empty", &[]);
    }
}

/// Fields that the API adds tomorrow pass; a casing that it doesn't read (`duration_token`) is told.
fn unknown_field(report: &mut Report, path: &str, key: &str) {
    let advice = match nearest(key, &FIELDS) {
        Some(known) => fill("did you mean \"%\"?", &[known]),
        None => fill("it has %", &[&list(&FIELDS)]),
    };
    report.issue(Severity::Warning, path, "is no documented field of an item; %", &[&advice]);
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
