//! How many references of which kind a model takes.

use super::Report;
use crate::contract::catalogue::{MixedRule, Model, UploadPolicy};
use crate::media::kind::MediaKind;

/// Checks the kinds of all references together. Returns whether each of them is worth a look of its own: not where the model takes none.
pub(super) fn check(report: &mut Report, model: &Model, path: &str, kinds: &[Option<MediaKind>]) -> bool {
    let policy = model.upload();
    let Some(max_files) = policy.max_files else { return true };
    let count = kinds.len();
    if max_files == 0 {
        if count > 0 {
            report.error(path, format!("{} takes no references; {count} given", model.id()));
        }
        return false;
    }
    if let Some(rule) = policy.mixed {
        check_mixed(report, model, path, kinds, rule);
    } else if count > usize::from(max_files) {
        let takes =
            format!("{count} given; {} takes at most {max_files} ({})", model.id(), kind_names(&policy));
        report.error(path, takes);
    }
    true
}

fn check_mixed(report: &mut Report, model: &Model, path: &str, kinds: &[Option<MediaKind>], rule: MixedRule) {
    let MixedRule { max_images_alone, max_videos, max_images_beside_video } = rule;
    let count = |kind| kinds.iter().filter(|other| **other == Some(kind)).count();
    let (images, videos) = (count(MediaKind::Image), count(MediaKind::Video));
    // Of kinds not known yet, the fewest that can be wrong are counted.
    let max_images = if videos == 0 { max_images_alone } else { max_images_beside_video };
    if images > usize::from(max_images) || videos > usize::from(max_videos) {
        let text = format!(
            "{images} images and {videos} videos given; {} takes at most {max_images_alone} images, or {max_videos} video and up to \
             {max_images_beside_video} images",
            model.id()
        );
        report.error(path, text);
    }
}

/// `"image or video"`.
pub(super) fn kind_names(policy: &UploadPolicy) -> String {
    let mut names = String::new();
    for limit in policy.kinds() {
        if !names.is_empty() {
            names.push_str(" or ");
        }
        names.push_str(limit.kind.as_str());
    }
    names
}

/// Whether a model takes a kind, as far as is known.
pub(super) fn takes_kind(policy: &UploadPolicy, kind: MediaKind) -> bool {
    policy.max_files.is_none() || policy.kinds().any(|limit| limit.kind == kind)
}
