//! A walk through one file: what it asks for, what it has found, and how a stretch is cut out.

use super::memory::{Jpeg, Png, WebP};
use super::words::{damage, label};
use crate::contract::media_type::Format;
use crate::media::header::Dimensions;

/// A file with more pieces of metadata than this is no photo; each of them makes a slice of a Blob.
const MAX_CUTS: usize = 4_096;
/// Most that is asked for at once: all that a JPEG segment can hold, marker included.
pub(super) const MAX_BYTES: usize = 65_537;

/// What a walk asks for next. Offsets are those of the file: where `usize` has 32 bits no picture of 4 GiB is gone
/// through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// The bytes from here on.
    Read {
        /// Offset of the first one.
        at: usize,
        /// How many at least; more are welcome.
        bytes: usize,
    },
    /// The bytes from the next JPEG marker on: a byte `0xFF` with something behind it that is neither `0x00`, nor
    /// `0xD0` to `0xD7`, nor another `0xFF` (ISO/IEC 10918-1, B.1.1.2 and B.1.1.5). No bytes, at the file's end, where
    /// there is none.
    Marker {
        /// Where to begin the search.
        from: usize,
    },
    /// Nothing: the cuts are complete.
    End,
}

/// Why a walk can't go on: cutting would damage the file, or leave something in it unseen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Damage {
    /// Offset of the part that is wrong.
    pub at: usize,
    /// What is wrong there; reads on from "at byte 17, where".
    pub what: &'static str,
}

/// A stretch that goes, and what comes into its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cut {
    /// Offset of the first byte that goes.
    pub start: usize,
    /// Offset of the first byte that stays again.
    pub end: usize,
    /// What comes into its place; most often nothing.
    pub patch: Vec<u8>,
}

/// A walk through one file.
#[derive(Clone, Debug)]
pub struct Walk {
    pub(super) format: Format,
    pub(super) file_bytes: usize,
    /// What it remembers of the parts before.
    pub(super) jpeg: Jpeg,
    pub(super) png: Png,
    pub(super) webp: WebP,
    /// Whether any bytes of a picture were seen, not its headers alone.
    pub(super) has_image: bool,
    /// What the first Exif block says, upright where it says nothing; 0 before it.
    pub(super) orientation: u32,
    /// In the order of the file, without overlaps. All of them once [`Next::End`] was answered.
    pub cuts: Vec<Cut>,
    /// What goes, in words, each once: `Exif (with GPS)`, `XMP`.
    pub removed: Vec<&'static str>,
    /// Width and height as they are stored, before any orientation; `None` where no header said so.
    pub dimensions: Option<Dimensions>,
}

impl Walk {
    /// A walk through a file of this format, beginning with [`Walk::FIRST`]; `None` where nothing is cut out of the
    /// format.
    pub fn new(format: Format, file_bytes: usize) -> Option<Self> {
        matches!(format, Format::Jpeg | Format::Png | Format::WebP).then_some(Self {
            format,
            file_bytes,
            jpeg: Jpeg::default(),
            png: Png::default(),
            webp: WebP::default(),
            has_image: false,
            orientation: 0,
            cuts: Vec::new(),
            removed: Vec::new(),
            dimensions: None,
        })
    }

    /// What it asks for first.
    pub const FIRST: Next = Next::Read { at: 0, bytes: 2 };

    /// How many bytes the file has from here on.
    pub(super) fn left_from(&self, at: usize) -> usize {
        self.file_bytes.saturating_sub(at)
    }

    /// Cuts a stretch out and says what it was. Stretches come in the order of the file.
    pub(super) fn cut(
        &mut self,
        start: usize,
        end: usize,
        what: &'static str,
        patch: Vec<u8>,
    ) -> Result<(), Damage> {
        if !what.is_empty() && !self.removed.contains(&what) {
            self.removed.push(what);
        }
        if let Some(last) = self.cuts.last_mut()
            && last.end == start
            && patch.is_empty()
        {
            last.end = end;
        } else {
            self.check_count(start)?;
            self.cuts.push(Cut { start, end, patch });
        }
        Ok(())
    }

    /// One more cut is made at `at`.
    pub(super) fn check_count(&self, at: usize) -> Result<(), Damage> {
        if self.cuts.len() < MAX_CUTS { Ok(()) } else { Err(Damage { at, what: "the 4,097th cut would be" }) }
    }

    /// A picture ends here: nothing is sent where there was none.
    pub(super) fn check_image(&self, at: usize) -> Result<(), Damage> {
        if self.has_image { Ok(()) } else { Err(Damage { at, what: damage::NO_IMAGE }) }
    }

    /// Cuts everything from here on, where the file breaks off without the mark of its end, and puts that mark there.
    /// Of a file that breaks off within its image data nothing is cut here, and no mark is put: browsers show as much
    /// as there is of an open picture, and less, or nothing, of a closed one.
    pub(super) fn close(&mut self, at: usize, what: &'static str, mark: &[u8]) -> Result<Next, Damage> {
        if at < self.file_bytes {
            self.cut(at, self.file_bytes, what, Vec::new())?;
        }
        if let Some(last) = self.cuts.last_mut()
            && last.end == self.file_bytes
        {
            last.patch.extend_from_slice(mark);
        }
        Ok(Next::End)
    }

    /// What follows the image's end goes.
    pub(super) fn end_at(&mut self, end: usize) -> Result<Next, Damage> {
        if end < self.file_bytes {
            self.cut(end, self.file_bytes, label::TRAILER, Vec::new())?;
        }
        Ok(Next::End)
    }
}
