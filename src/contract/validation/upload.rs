//! One file against what a model, or the Files API itself, takes.

use super::counts;
use super::message::list;
use super::{Issue, Mode, Report, Severity};
use crate::contract::catalogue::{self, Model};
use crate::media::kind::MediaKind;
use crate::media::signature::MediaType;

/// "MB" is not said to be 10⁶ or 2²⁰: above this many of the larger the file is refused here, in between the server decides.
const MEGABYTE: u64 = 1_048_576;

/// What the Files API takes where no model's policy says otherwise: kind, MB, types.
const DEFAULTS: [(MediaKind, u64, &[&str]); 3] = [
    (MediaKind::Image, 10, &["image/jpeg", "image/png", "image/webp"]),
    (MediaKind::Video, 50, &["video/mp4", "video/quicktime", "video/webm"]),
    (
        MediaKind::Audio,
        10,
        &["audio/mpeg", "audio/mp4", "audio/wav", "audio/x-wav", "audio/aac", "audio/ogg"],
    ),
];

/// What a message calls a file of unknown signature.
const UNKNOWN: &str = "a file of no known type by its first bytes";

/// A file to upload.
pub(super) struct File<'a> {
    pub(super) bytes: u64,
    pub(super) media: Option<MediaType>,
    pub(super) looked_at: bool,
    pub(super) declared_type: &'a str,
    /// What the caller says it is.
    pub(super) given_kind: Option<MediaKind>,
    /// What it travels as.
    pub(super) kind: Option<MediaKind>,
}

/// What may be uploaded of one kind.
struct Limit {
    kind: MediaKind,
    max_bytes: u64,
    mime_types: Vec<&'static str>,
}

/// Checks a file that is uploaded by itself, its first bytes having been looked at (`media`: what they say, if it is known).
/// A model that the catalogue doesn't hold is not judged, a missing one by the Files API's own limits. `path` goes into the issues.
pub fn check_upload(
    model: Option<&str>,
    bytes: u64,
    media: Option<MediaType>,
    kind: Option<MediaKind>,
    path: &str,
) -> Vec<Issue> {
    let mut report = Report { mode: Mode::Strict, issues: Vec::new() };
    let known = model.and_then(catalogue::find);
    let travels_as = kind.or_else(|| media.and_then(MediaType::kind));
    let file = File { bytes, media, looked_at: true, declared_type: "", given_kind: kind, kind: travels_as };
    match (&known, model) {
        (Some(known), _) if known.upload().max_files == Some(0) => {
            report.error("model", format!("{} takes no references", known.id()));
        }
        (None, Some(_)) => check_file(&mut report, None, &file, path),
        (known, _) => check_against(&mut report, known.as_ref(), &file, path),
    }
    report.issues
}

/// Checks a file of a request. Without a model to judge by, only its kind has to be known.
pub(super) fn check_file(report: &mut Report, judged: Option<&Model>, file: &File<'_>, path: &str) {
    if judged.is_some() {
        check_against(report, judged, file, path);
    } else if file.kind.is_none() && file.looked_at {
        let found = file.media.map_or(UNKNOWN, MediaType::described);
        report.error(
            path,
            format!("this is {found}; its kind must be given: \"image\", \"video\" or \"audio\""),
        );
    }
}

fn check_against(report: &mut Report, model: Option<&Model>, file: &File<'_>, path: &str) {
    let limits = limits(model);
    let declared = MediaType::of_mime(file.declared_type).filter(|_| !file.looked_at);
    let media =
        file.media.or(declared).map(|media| file.given_kind.map_or(media, |kind| media.seen_as(kind)));
    let severity = if file.looked_at || file.media.is_some() { Severity::Error } else { Severity::Warning };
    let found = media.map_or(UNKNOWN, MediaType::described);
    let fits = |limit: &&Limit| {
        file.kind == Some(limit.kind)
            && media.is_none_or(|media| limit.mime_types.iter().any(|mime| media.matches_mime(mime)))
    };
    let contradicts = media.zip(file.given_kind).filter(|(media, kind)| media.kind() != Some(*kind));
    if let Some((_, kind)) = contradicts {
        let text = format!("is given as \"{}\", but this is {found}", kind.as_str());
        report.push(path, text, severity);
    } else if (media.is_some() || file.looked_at) && (media.is_none() || limits.iter().find(fits).is_none()) {
        let mut names = Vec::new();
        for limit in &limits {
            for mime in &limit.mime_types {
                names.push(MediaType::of_mime(mime).map_or(*mime, MediaType::name));
            }
        }
        let taker = model.map_or("without a model the Files API", |model| model.id());
        report.push(path, format!("this is {found}; {taker} takes {}", list(&names)), severity);
    }
    let limit = limits.iter().find(|limit| Some(limit.kind) == file.kind);
    if let Some(limit) = limit.filter(|limit| file.bytes > limit.max_bytes) {
        let (bytes, max_bytes, kind) = (file.bytes, limit.max_bytes, limit.kind.as_str());
        let max_mb = max_bytes.checked_div(MEGABYTE).unwrap_or(0);
        let taker = model.map_or("the Files API", |model| model.id());
        report.error(
            path,
            format!(
                "has {bytes} bytes; {taker} takes {kind} files of at most {max_mb} MB ({max_bytes} bytes)"
            ),
        );
    }
    if file.bytes == 0 {
        report.error(path, "is empty");
    }
}

/// What a model takes; where its page was cut, or no model is given, what the Files API takes by default.
fn limits(model: Option<&Model>) -> Vec<Limit> {
    let defaults = DEFAULTS.iter().map(|(kind, max_mb, mime_types)| Limit {
        kind: *kind,
        max_bytes: max_mb.saturating_mul(MEGABYTE),
        mime_types: mime_types.to_vec(),
    });
    let Some(model) = model else { return defaults.collect() };
    let policy = model.upload();
    defaults
        .filter(|default| counts::takes_kind(&policy, default.kind))
        .map(|default| {
            let documented = policy.kinds().find(|limit| limit.kind == default.kind);
            match documented.and_then(|limit| Some((limit.max_bytes?, limit.mime_types))) {
                Some((max_bytes, mime_types)) => {
                    Limit { kind: default.kind, max_bytes, mime_types: mime_types.collect() }
                }
                None => default,
            }
        })
        .collect()
}
