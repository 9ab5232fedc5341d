//! What is cut out of a picture, and what is left of it.

use crate::media::dimensions::Dimensions;
use crate::media::metadata::{Cut, Walk};
use crate::platform::{Blob, Part};

/// What was found in a picture that was gone through.
#[derive(Debug)]
pub(crate) struct Cutting {
    cuts: Vec<Cut>,
    /// How large the picture is without them.
    pub(crate) bytes: u64,
    /// What they were, in words: `Exif (with GPS)`, `XMP`.
    pub(crate) removed: Vec<&'static str>,
    /// How large the picture is, as far as that is known.
    pub(crate) dimensions: Option<Dimensions>,
}

impl Cutting {
    /// Of a walk that has come to its end.
    pub(crate) fn of(walk: Walk, file_bytes: u64) -> Self {
        let Walk { cuts, removed, dimensions, .. } = walk;
        let bytes = cuts.iter().fold(file_bytes, |bytes, cut| {
            let cut_bytes = cut.end.saturating_sub(cut.start) as u64;
            bytes.saturating_sub(cut_bytes).saturating_add(cut.patch.len() as u64)
        });
        Self { cuts, bytes, removed, dimensions }
    }

    /// What is left of a file. Made when it is sent, and held no longer: of a file that lies in memory, Chromium copies
    /// each slice. `None` where the file can't be read.
    pub(crate) async fn content_of<B: Blob>(&self, file: &B) -> Option<B> {
        if self.cuts.is_empty() {
            return Some(file.clone());
        }
        let content = self.without(file);
        if content.bytes() == self.bytes {
            return Some(content);
        }
        // Bun leaves slices of its own files (`Bun.file`) out of a Blob.
        file.in_memory().await.map(|whole| self.without(&whole))
    }

    /// Slices of a file between what goes, with the patches in their places.
    fn without<B: Blob>(&self, file: &B) -> B {
        let (mut parts, mut from) = (Vec::new(), 0);
        for cut in &self.cuts {
            parts.push(Part::Blob(file.slice(from, cut.start as u64, "")));
            parts.push(Part::Bytes(cut.patch.clone()));
            from = cut.end as u64;
        }
        parts.push(Part::Blob(file.slice(from, file.bytes(), "")));
        B::join(parts)
    }
}
