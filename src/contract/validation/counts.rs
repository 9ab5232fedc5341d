//! How many references of which kind a model takes.

use super::issue::Severity;
use super::report::Report;
use crate::contract::catalogue::Model;
use crate::contract::media_type::MediaKind;
use crate::contract::upload_policy::{MixedRule, UploadPolicy};

/// What a kind may be, in a message.
pub(super) const KINDS: &str = "\"image\", \"video\", \"audio\"";

/// Checks the kinds of all references together. Returns whether each of them is worth a look of its own: not where the
/// model takes none.
pub(super) fn check(report: &mut Report, model: &Model, kinds: &[Option<MediaKind>]) -> bool {
    let policy = model.upload();
    let Some(max_files) = policy.max_files() else { return true };
    let given = kinds.len() as u64;
    if max_files == 0 {
        if given > 0 {
            report.say(model.id()).say(" takes no references; ").count(given).error(" given");
        }
        return false;
    }
    if let Some(rule) = policy.mixed() {
        check_mixed(report, model, kinds, &rule);
    } else if given > max_files.into() {
        report.count(given).say(" given; ").say(model.id()).say(" takes at most ").count(max_files.into());
        say_kinds(report.say(" ("), policy).error(")");
    }
    true
}

fn check_mixed(report: &mut Report, model: &Model, kinds: &[Option<MediaKind>], rule: &MixedRule) {
    let (mut images, mut videos) = (0u32, 0u32);
    for kind in kinds {
        match kind {
            Some(MediaKind::Image) => images = images.saturating_add(1),
            Some(MediaKind::Video) => videos = videos.saturating_add(1),
            // Of kinds not known yet, the fewest that can be wrong are counted.
            _ => {}
        }
    }
    let max_images = if videos == 0 { rule.max_images_alone } else { rule.max_images_beside_video };
    if images > max_images || videos > rule.max_videos {
        report.count(images.into()).say(" images and ").count(videos.into()).say(" videos given; ");
        report.say(model.id()).say(" takes at most ").count(rule.max_images_alone.into()).say(" images, or ");
        report.count(rule.max_videos.into()).say(" video and up to ");
        report.count(rule.max_images_beside_video.into()).error(" images");
    }
}

/// `image or video`.
pub(super) fn say_kinds<'a>(report: &'a mut Report, policy: &UploadPolicy) -> &'a mut Report {
    let mut separator = "";
    for limit in policy.kinds() {
        report.say(separator).say(limit.kind().as_str());
        separator = " or ";
    }
    report
}

/// Whether a model takes a kind, as far as is known.
pub(super) fn takes_kind(policy: &UploadPolicy, kind: MediaKind) -> bool {
    policy.max_files().is_none() || policy.of(kind).is_some()
}

/// Says so where the model doesn't take that kind.
pub(super) fn refuse_kind(report: &mut Report, judged: Option<&Model>, kind: Option<MediaKind>) {
    let (Some(model), Some(kind)) = (judged, kind) else { return };
    let policy = model.upload();
    if !takes_kind(policy, kind) {
        report.say("is of kind \"").say(kind.as_str()).say("\"; ").say(model.id()).say(" takes ");
        say_kinds(report, policy).end(Severity::Error);
    }
}
