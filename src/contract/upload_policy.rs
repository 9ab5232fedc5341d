//! Which references a model takes: how many, of which kinds, of which types and sizes. Layout: `build/catalogue.rs`.

use super::media_type::MediaKind;
use super::text::{Split, decimal, piece};

const MEGABYTE: u64 = 1_048_576;

/// Which references a model takes.
#[derive(Clone, Copy)]
pub struct UploadPolicy {
    /// Whether the page's upload section was readable. Where it wasn't, a limit that is missing here may exist all the same.
    pub known: bool,
    text: &'static str,
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
#[derive(Clone, Copy)]
pub struct KindLimit {
    text: &'static str,
}

/// Limits, kind by kind.
#[derive(Clone, Copy)]
pub struct KindLimits {
    pieces: Split<'static>,
}

impl UploadPolicy {
    /// Reads a policy that is written as in the catalogue's table; empty where there is none.
    pub(super) const fn read(known: bool, text: &'static str) -> Self {
        Self { known, text }
    }

    fn count(&self, place: u32) -> Option<u32> {
        decimal(piece(piece(self.text, b';', 0), b',', place)).map(|number| number as u32)
    }

    /// How many references in all; 0 where the model takes none, `None` where that is not known.
    #[inline(never)]
    pub fn max_files(&self) -> Option<u32> {
        // A page that was read to its end and has no upload section is that of a text-only model.
        if self.text.is_empty() && self.known { Some(0) } else { self.count(0) }
    }

    /// The rule on images beside a video, where there is one.
    pub fn mixed(&self) -> Option<MixedRule> {
        Some(MixedRule {
            max_images_alone: self.count(1)?,
            max_videos: self.count(2)?,
            max_images_beside_video: self.count(3)?,
        })
    }

    /// The kinds that it takes; none where the model takes no references, or where nothing is known of them.
    pub fn kinds(&self) -> KindLimits {
        let mut limits = KindLimits::read(self.text);
        limits.pieces.next();
        limits
    }
}

impl KindLimits {
    /// Reads limits that are written as in the table.
    pub(super) const fn read(text: &'static str) -> Self {
        Self { pieces: Split::new(text, b';') }
    }

    /// What is said of one kind.
    #[inline(never)]
    pub fn of(mut self, kind: MediaKind) -> Option<KindLimit> {
        loop {
            let limit = self.next()?;
            if limit.kind_text() == kind.as_str() {
                return Some(limit);
            }
        }
    }
}

impl Iterator for KindLimits {
    type Item = KindLimit;

    fn next(&mut self) -> Option<KindLimit> {
        self.pieces.next().map(|text| KindLimit { text })
    }
}

impl KindLimit {
    /// The kind, as the API writes it: a [`MediaKind`].
    pub fn kind_text(&self) -> &'static str {
        piece(self.text, b',', 0)
    }

    /// Largest file, counting a MB as 1,048,576 bytes; `None` where the page's table was cut.
    pub fn max_bytes(&self) -> Option<u64> {
        let max_mb = decimal(piece(self.text, b',', 1))?;
        Some((max_mb as u64).saturating_mul(MEGABYTE))
    }

    /// MIME types; empty where the page's table was cut.
    pub fn mime_types(&self) -> Split<'static> {
        let mut parts = Split::new(self.text, b',');
        parts.next();
        parts.next();
        parts
    }
}
