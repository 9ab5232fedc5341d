//! How many references of which kind a model takes.

use super::Report;
use super::message::append;
use crate::contract::catalogue::{MixedRule, Model, UploadPolicy};
use crate::contract::media_type::MediaKind;
use crate::contract::text::digits;

/// Checks the kinds of all references together. Returns whether each of them is worth a look of its own: not where the model takes none.
#[inline(never)]
pub(super) fn check(report: &mut Report, model: &Model, path: &str, kinds: &[Option<MediaKind>]) -> bool {
    let policy = model.upload();
    let Some(max_files) = policy.max_files else { return true };
    let given = digits(kinds.len() as u64);
    if max_files == 0 {
        if !kinds.is_empty() {
            report.error(path, "% takes no references; % given", &[model.id(), &given]);
        }
    } else if let Some(rule) = policy.mixed {
        check_mixed(report, model, path, kinds, rule);
    } else if kinds.len() > usize::from(max_files) {
        let (max_files, names) = (digits(max_files.into()), kind_names(&policy));
        report.error(path, "% given; % takes at most % (%)", &[&given, model.id(), &max_files, &names]);
    }
    max_files > 0
}

fn check_mixed(report: &mut Report, model: &Model, path: &str, kinds: &[Option<MediaKind>], rule: MixedRule) {
    let (mut images, mut videos) = (0u64, 0u64);
    for kind in kinds {
        match kind {
            Some(MediaKind::Image) => images = images.saturating_add(1),
            Some(MediaKind::Video) => videos = videos.saturating_add(1),
            // Of kinds not known yet, the fewest that can be wrong are counted.
            _ => {}
        }
    }
    let max_images = if videos == 0 { rule.max_images_alone } else { rule.max_images_beside_video };
    if images > max_images.into() || videos > rule.max_videos.into() {
        let [images, videos, alone, max_videos, beside] = [
            images,
            videos,
            rule.max_images_alone.into(),
            rule.max_videos.into(),
            rule.max_images_beside_video.into(),
        ]
        .map(digits);
        report.error(
            path,
            "% images and % videos given; % takes at most % images, or % video and up to % images",
            &[&images, &videos, model.id(), &alone, &max_videos, &beside],
        );
    }
}

/// `"image or video"`.
#[inline(never)]
pub(super) fn kind_names(policy: &UploadPolicy) -> String {
    let mut names = String::new();
    for limit in policy.kinds() {
        append(&mut names, " or ", limit.kind.as_str());
    }
    names
}

/// Whether a model takes a kind, as far as is known.
pub(super) fn takes_kind(policy: &UploadPolicy, kind: MediaKind) -> bool {
    policy.max_files.is_none() || policy.kinds().of(kind).is_some()
}
