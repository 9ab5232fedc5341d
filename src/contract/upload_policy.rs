//! Which references a model takes: how many, of which kinds, of which types and sizes.

use super::media_type::MediaKind;

const MEGABYTE: u64 = 1_048_576;

/// Which references a model takes.
#[derive(Debug)]
pub struct UploadPolicy {
    /// Whether the page's upload section was readable. Where it wasn't, a limit that is missing here may exist all the
    /// same.
    pub known: bool,
    pub(super) max_files: Option<u32>,
    pub(super) mixed: Option<MixedRule>,
    pub(super) kinds: &'static [KindLimit],
}

/// How many of each kind a model takes that takes images and videos together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MixedRule {
    /// Images, where no video is among the references.
    pub max_images_alone: u32,
    /// Videos.
    pub max_videos: u32,
    /// Images, where a video is.
    pub max_images_beside_video: u32,
}

/// What a model takes of one kind.
#[derive(Debug)]
pub struct KindLimit {
    pub(super) kind: MediaKind,
    pub(super) max_mb: Option<u32>,
    pub(super) mime_types: &'static [&'static str],
}

impl UploadPolicy {
    /// How many references in all; 0 where the model takes none, `None` where that is not known.
    pub fn max_files(&self) -> Option<u32> {
        self.max_files
    }

    /// The rule on images beside a video, where there is one.
    pub fn mixed(&self) -> Option<MixedRule> {
        self.mixed
    }

    /// The kinds that it takes; none where the model takes no references, or where nothing is known of them.
    pub fn kinds(&self) -> &'static [KindLimit] {
        self.kinds
    }

    /// What is said of one kind.
    pub fn of(&self, kind: MediaKind) -> Option<&'static KindLimit> {
        self.kinds.iter().find(|limit| limit.kind == kind)
    }
}

impl KindLimit {
    /// The kind.
    pub fn kind(&self) -> MediaKind {
        self.kind
    }

    /// Largest file, counting a MB as 1,048,576 bytes; `None` where the page's table was cut.
    pub fn max_bytes(&self) -> Option<u64> {
        self.max_mb.map(|max_mb| u64::from(max_mb).saturating_mul(MEGABYTE))
    }

    /// MIME types; empty where the page's table was cut.
    pub fn mime_types(&self) -> &'static [&'static str] {
        self.mime_types
    }
}
