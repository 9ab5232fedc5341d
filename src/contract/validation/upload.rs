//! One file against what a model, or the Files API itself, takes.

use super::counts;
use super::draft::Mode;
use super::issue::{Issue, Severity};
use super::report::Report;
use crate::contract::catalogue::{self, Model};
use crate::contract::media_type::{MediaKind, MediaType};
use crate::contract::upload_policy::KindLimit;

/// "MB" is not said to be 10⁶ or 2²⁰: above this many of the larger the file is refused here, in between the server
/// decides.
const MEGABYTE: u64 = 1_048_576;

/// What the Files API takes where no model's policy says otherwise.
static DEFAULTS: [KindLimit; 3] = [
    KindLimit {
        kind: MediaKind::Image,
        max_mb: Some(10),
        mime_types: &["image/jpeg", "image/png", "image/webp"],
    },
    KindLimit {
        kind: MediaKind::Video,
        max_mb: Some(50),
        mime_types: &["video/mp4", "video/quicktime", "video/webm"],
    },
    KindLimit {
        kind: MediaKind::Audio,
        max_mb: Some(10),
        mime_types: &["audio/mpeg", "audio/mp4", "audio/wav", "audio/x-wav", "audio/aac", "audio/ogg"],
    },
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

/// Checks a file that is uploaded by itself, its first bytes having been looked at (`media`: what they say, if it is
/// known). A model that the catalogue doesn't hold is not judged, a missing one by the Files API's own limits. `path`
/// goes into the issues.
pub fn check_upload(
    model: Option<&str>,
    bytes: u64,
    media: Option<MediaType>,
    kind: Option<MediaKind>,
    path: &str,
) -> Vec<Issue> {
    let report = &mut Report::new(Mode::Strict);
    let known = model.and_then(catalogue::find);
    let travels_as = kind.or_else(|| media.and_then(MediaType::kind));
    let file = File { bytes, media, looked_at: true, declared_type: "", given_kind: kind, kind: travels_as };
    report.at(path);
    match known {
        Some(known) if known.upload().max_files() == Some(0) => {
            report.at("model").say(known.id()).error(" takes no references");
        }
        None if model.is_some() => check_unjudged(report, &file),
        _ => check_file(report, known, &file),
    }
    std::mem::take(&mut report.issues)
}

/// Checks a file without a model to judge it by: only its kind has to be known.
pub(super) fn check_unjudged(report: &mut Report, file: &File<'_>) {
    if file.kind.is_none() && file.looked_at {
        report.say("this is ").say(file.media.map_or(UNKNOWN, MediaType::described));
        report.error("; its kind must be given: \"image\", \"video\" or \"audio\"");
    }
}

/// Checks a file against a model's limits, or the Files API's own.
pub(super) fn check_file(report: &mut Report, model: Option<&Model>, file: &File<'_>) {
    if file.bytes == 0 {
        // Nothing more can be said of it.
        return report.error("is empty, or no longer there");
    }
    let mut media = file.media;
    if !file.looked_at {
        media = media.or_else(|| MediaType::of_mime(file.declared_type));
    }
    if let Some(kind) = file.given_kind {
        media = media.map(|media| media.seen_as(kind));
    }
    let severity = if file.looked_at || file.media.is_some() { Severity::Error } else { Severity::Warning };
    let found = media.map_or(UNKNOWN, MediaType::described);
    let taker = model.map_or("without a model the Files API", Model::id);

    let mut names = Vec::new();
    let mut fits = false;
    let mut max_bytes = u64::MAX;
    for kind in &MediaKind::ALL {
        let Some(limit) = limit(model, *kind) else { continue };
        let is_its_kind = file.kind == Some(*kind);
        if is_its_kind {
            max_bytes = limit.max_bytes().unwrap_or(u64::MAX);
        }
        for &mime in limit.mime_types() {
            names.push(MediaType::of_mime(mime).map_or(mime, MediaType::name));
            fits = fits || (is_its_kind && media.is_some_and(|media| media.matches_mime(mime)));
        }
    }
    if let Some(kind) = file.given_kind
        && let Some(media) = media
        && media.kind() != Some(kind)
    {
        report.say("is given as \"").say(kind.as_str()).say("\", but this is ").say(found).end(severity);
    } else if (media.is_some() || file.looked_at) && !fits {
        report.say("this is ").say(found).say("; ").say(taker).say(" takes ").list(&names).end(severity);
    }
    if file.bytes > max_bytes {
        report.say("has ").count(file.bytes).say(" bytes; ").say(taker).say(" takes ");
        report.say(file.kind.map_or("", MediaKind::as_str)).say(" files of at most ");
        report.count(max_bytes / MEGABYTE).say(" MB (").count(max_bytes).error(" bytes)");
    }
}

/// Up to how many bytes a file is sure to be taken, by either reading of "MB"; `None` for a model that the catalogue
/// doesn't hold, or a kind that it doesn't take. Without a model the Files API's own limit.
pub fn sure_bytes(model: Option<&str>, kind: MediaKind) -> Option<u64> {
    let known = match model {
        Some(id) => Some(catalogue::find(id)?),
        None => None,
    };
    let megabytes = limit(known, kind)?.max_bytes()? / MEGABYTE;
    Some(megabytes.saturating_mul(1_000_000))
}

/// What a model takes of a kind; where its page was cut, or no model is given, what the Files API takes by default.
fn limit(model: Option<&Model>, kind: MediaKind) -> Option<&'static KindLimit> {
    if let Some(model) = model {
        let policy = model.upload();
        if !counts::takes_kind(policy, kind) {
            return None;
        }
        let documented = policy.of(kind).filter(|limit| limit.max_bytes().is_some());
        if documented.is_some() {
            return documented;
        }
    }
    DEFAULTS.iter().find(|limit| limit.kind() == kind)
}
