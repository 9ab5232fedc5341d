//! References: files to upload, and URLs.

use super::counts::{self, KINDS, refuse_kind};
use super::draft::{Draft, Reference, Source};
use super::issue::Issue;
use super::items::MEDIA_ITEMS;
use super::report::Report;
use super::upload::{File, check_file, check_unjudged};
use crate::contract::catalogue::Model;
use crate::contract::media_type::{MediaKind, MediaType};
use crate::contract::value::Value;

/// File name extensions that tell a kind, where a URL says nothing else. Our convention: the API leaves the kind to the
/// caller.
const EXTENSIONS: [(MediaKind, &[&str]); 3] = [
    (
        MediaKind::Image,
        &["jpg", "jpeg", "png", "webp", "gif", "bmp", "tif", "tiff", "heic", "heif", "avif", "svg", "jxl"],
    ),
    (MediaKind::Video, &["mp4", "mov", "webm", "mkv", "m4v", "3gp", "avi"]),
    (MediaKind::Audio, &["mp3", "m4a", "wav", "aac", "ogg", "oga", "flac", "opus"]),
];

/// Checks `references`; tells the kind that each travels as.
pub(super) fn check(
    report: &mut Report,
    judged: Option<&Model>,
    known: Option<&Model>,
    draft: &Draft<'_>,
) -> Vec<Option<MediaKind>> {
    let is_items = |(key, value): &(String, Value)| key == MEDIA_ITEMS && !matches!(value, Value::Null);
    report.at("references");
    if !draft.references.is_empty() && draft.params.iter().any(is_items) {
        report.error(
            "can't be given together with params.referenceMediaItems; put all of them into one of the two",
        );
    }
    let only_kind = known.and_then(only_kind);
    let kinds: Vec<Option<MediaKind>> =
        draft.references.iter().map(|reference| kind_of(reference, only_kind)).collect();
    let each = judged.is_none_or(|model| counts::check(report, model, &kinds));
    let place = report.place();
    for (index, reference) in draft.references.iter().enumerate() {
        if each {
            report.back_to(place).element(index);
            check_one(report, judged, reference, kind_of(reference, only_kind));
        }
    }
    kinds
}

/// Calls references by their places in the caller's list, where some of that were left out before the check: with
/// `places` of `[0, 2]`, what was found of `references[1]` is told of `references[2]`.
pub fn name_by_place(issues: &mut [Issue], places: &[usize]) {
    for issue in issues {
        let Some((index, behind)) =
            issue.path.strip_prefix("references[").and_then(|rest| rest.split_once(']'))
        else {
            continue;
        };
        if let Some(place) = index.parse::<usize>().ok().and_then(|index| places.get(index)) {
            issue.path = ["references[", &place.to_string(), "]", behind].concat();
        }
    }
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

fn check_one(report: &mut Report, judged: Option<&Model>, reference: &Reference, kind: Option<MediaKind>) {
    match &reference.source {
        Source::File { bytes, media, looked_at, declared_type } => {
            let (bytes, media, looked_at) = (*bytes, *media, *looked_at);
            let file = File { bytes, media, looked_at, declared_type, given_kind: reference.kind, kind };
            if judged.is_some() {
                check_file(report, judged, &file);
            } else {
                check_unjudged(report, &file);
            }
        }
        Source::Url { url } => {
            if url.is_empty() {
                report.error("is an empty URL");
            } else if kind.is_none() {
                report.quote(url).say(" doesn't tell its kind; give { url, kind } with one of ").error(KINDS);
            }
            refuse_kind(report, judged, kind);
        }
    }
}

/// The only kind that a model takes.
fn only_kind(model: &Model) -> Option<MediaKind> {
    let [only] = model.upload().kinds() else { return None };
    Some(only.kind())
}

/// The kind that the file name in a URL's path ends in.
fn kind_of_extension(url: &str) -> Option<MediaKind> {
    // Without a path, what follows the last dot is a top-level domain.
    let rest = url.split_once(':').and_then(|(_, behind)| behind.strip_prefix("//")).unwrap_or(url);
    let path = rest.split(['?', '#']).next()?;
    let (_, extension) = path.rsplit_once('/')?.1.rsplit_once('.')?;
    let is_known = |known: &&str| known.eq_ignore_ascii_case(extension);
    EXTENSIONS.iter().find(|(_, names)| names.iter().any(is_known)).map(|(kind, _)| *kind)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::validation::issue::Severity;
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

    #[test]
    fn an_issue_calls_a_reference_by_its_place_in_the_callers_list() {
        let issue =
            |path: &str| Issue { path: path.to_owned(), message: String::new(), severity: Severity::Error };
        let found =
            ["prompt", "references", "references[0]", "references[1].url", "references[2]", "references[x]"];
        let mut issues: Vec<Issue> = found.map(issue).into();
        name_by_place(&mut issues, &[0, 7]);
        let named: Vec<&str> = issues.iter().map(|issue| issue.path.as_str()).collect();
        // There is no third one: what nobody knows stays as it is.
        let expected =
            ["prompt", "references", "references[0]", "references[7].url", "references[2]", "references[x]"];
        assert_eq!(named, expected);
    }

    proptest! {
        #[test]
        fn no_url_breaks_the_reader(url in ".*") {
            kind_of_extension(&url);
        }
    }
}
