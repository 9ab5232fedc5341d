//! Where a picture's metadata lies, so that it can be cut out without touching a pixel.
//!
//! A [`Walk`] goes through a file from header to header and asks for the few bytes that it wants to see next; whoever holds the file brings
//! them. What comes of it is a list of [`Cut`]s: the new file is what lies between them, with a small patch in some of their places. What stays
//! is named (image data, colour, animation), and what is not named goes: a camera's own segments have a thousand names.

mod exif;
mod jpeg;
mod png;
#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "a test that overflows fails, as it should")]
mod tests;
mod webp;

use super::dimensions::Dimensions;
use super::pattern::after;
use crate::contract::media_type::Format;

/// How many bytes of a header a walk wants to see: the longest name that tells segments apart, and what stands before it.
const HEADER_BYTES: u32 = 64;
/// Exif is looked into for the orientation and for a location: so much of it, which is all that a JPEG segment can hold.
const MAX_EXIF_BYTES: u32 = 65_600;
/// A file with more pieces of metadata than this is no photo; each of them makes a slice of a Blob.
const MAX_CUTS: usize = 4_096;

/// What was cut out, in the words that a caller reads.
mod label {
    pub const EXIF: &str = "Exif";
    pub const EXIF_WITH_GPS: &str = "Exif (with GPS)";
    pub const XMP: &str = "XMP";
    pub const IPTC: &str = "IPTC";
    pub const COMMENT: &str = "comment";
    pub const TEXT: &str = "text";
    pub const TIME: &str = "time";
    pub const PREVIEW: &str = "preview";
    pub const CREDENTIALS: &str = "Content Credentials";
    pub const OTHER: &str = "other metadata";
    pub const TRAILER: &str = "data behind the image";
}

/// What a walk asks for next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// So many bytes from here on, fewer only where the file ends.
    Read {
        /// Offset of the first one.
        at: u64,
        /// How many.
        bytes: u32,
    },
    /// The first few bytes from the next JPEG marker on: a byte `0xFF` with something behind it that is neither `0x00`, nor `0xD0` to `0xD7`,
    /// nor another `0xFF` (ISO/IEC 10918-1, B.1.1.2 and B.1.1.5). No bytes, at the file's end, where there is none.
    Marker {
        /// Where to begin the search.
        from: u64,
    },
    /// Nothing: the cuts are complete.
    End,
}

/// Why a walk can't go on: cutting would damage the file, or leave something in it unseen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Damage {
    /// Offset of what is wrong.
    pub at: u64,
    /// What is wrong there; reads on from "at byte 17".
    pub what: &'static str,
}

/// A stretch that goes, and what comes into its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cut {
    /// Offset of the first byte that goes.
    pub start: u64,
    /// Offset of the first byte that stays again. Equal to `start` where something only comes in.
    pub end: u64,
    /// What comes into its place; most often nothing.
    pub patch: Vec<u8>,
}

/// What a walk has found so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// In the order of the file, without overlaps.
    pub cuts: Vec<Cut>,
    /// What goes, in words, each once: `Exif (with GPS)`, `XMP`.
    pub removed: Vec<&'static str>,
    /// Width and height as they are stored, before any orientation; `None` where no header said so.
    pub dimensions: Option<Dimensions>,
}

impl Found {
    /// Cuts a stretch out and says what it was. Stretches come in the order of the file.
    fn cut(&mut self, start: u64, end: u64, what: &'static str, patch: Vec<u8>) -> Result<(), Damage> {
        if !self.removed.contains(&what) {
            self.removed.push(what);
        }
        let is_full = self.cuts.len() >= MAX_CUTS;
        match self.cuts.last_mut() {
            Some(last) if last.end == start && patch.is_empty() => last.end = end,
            _ if is_full => return Err(Damage { at: start, what: "there is the 4,097th piece of metadata" }),
            _ => self.cuts.push(Cut { start, end, patch }),
        }
        Ok(())
    }

    /// What follows the image's end.
    fn cut_trailer(&mut self, start: u64, file_bytes: u64) -> Result<(), Damage> {
        if start < file_bytes { self.cut(start, file_bytes, label::TRAILER, Vec::new()) } else { Ok(()) }
    }

    /// How many bytes the file has without what was cut.
    fn bytes_left(&self, file_bytes: u64) -> u64 {
        let mut left = file_bytes;
        for cut in &self.cuts {
            left =
                left.saturating_sub(cut.end.saturating_sub(cut.start)).saturating_add(cut.patch.len() as u64);
        }
        left
    }
}

/// The part of a walk that differs from format to format.
#[derive(Clone, Debug)]
enum Grammar {
    Jpeg(jpeg::State),
    Png(png::State),
    WebP(webp::State),
}

/// A walk through one file.
#[derive(Clone, Debug)]
pub struct Walk {
    grammar: Grammar,
    file_bytes: u64,
    found: Found,
}

/// The bytes that a walk was given, and where it stands in them.
struct View<'a> {
    /// Offset in the file of the first one of `bytes`.
    at: u64,
    /// From where the walk stands on.
    bytes: &'a [u8],
    file_bytes: u64,
}

impl View<'_> {
    /// Goes on to an offset; false where the bytes don't reach so far.
    fn go_to(&mut self, at: u64) -> bool {
        let step = at.saturating_sub(self.at);
        self.at = at;
        self.bytes = usize::try_from(step).ok().and_then(|step| self.bytes.get(step..)).unwrap_or_default();
        !self.bytes.is_empty()
    }

    /// Asks for bytes from where the walk stands.
    fn read(&self, bytes: u32) -> Next {
        Next::Read { at: self.at, bytes }
    }

    /// Whether all of a part's `bytes` are in view, or as many as a walk wants to see of it.
    fn holds(&self, bytes: u32) -> bool {
        self.bytes.len() >= bytes.min(MAX_EXIF_BYTES) as usize
    }

    /// Whether the file has nothing more than what is in view.
    fn is_last(&self) -> bool {
        self.at.saturating_add(self.bytes.len() as u64) >= self.file_bytes
    }
}

impl Walk {
    /// A walk through a file of this format, beginning with [`Walk::first`]; `None` where nothing is cut out of the format.
    pub fn new(format: Format, file_bytes: u64) -> Option<Self> {
        let grammar = match format {
            Format::Jpeg => Grammar::Jpeg(jpeg::State::default()),
            Format::Png => Grammar::Png(png::State::default()),
            Format::WebP => Grammar::WebP(webp::State::default()),
            _ => return None,
        };
        Some(Self { grammar, file_bytes, found: Found::default() })
    }

    /// What it asks for first.
    pub fn first() -> Next {
        Next::Read { at: 0, bytes: HEADER_BYTES }
    }

    /// Goes on with the bytes that were asked for, which begin at `at`; answers what it asks for next.
    pub fn step(&mut self, at: u64, bytes: &[u8]) -> Result<Next, Damage> {
        let view = &mut View { at, bytes, file_bytes: self.file_bytes };
        let found = &mut self.found;
        match &mut self.grammar {
            Grammar::Jpeg(state) => state.step(view, found),
            Grammar::Png(state) => state.step(view, found),
            Grammar::WebP(state) => state.step(view, found),
        }
    }

    /// What was found: all of it once [`Next::End`] was answered.
    pub fn found(&self) -> &Found {
        &self.found
    }
}

/// Orientation and location of an Exif block, and what it is called.
fn exif_label(tiff: &[u8]) -> (Option<u8>, &'static str) {
    let seen = exif::look(tiff);
    (seen.orientation, if seen.has_location { label::EXIF_WITH_GPS } else { label::EXIF })
}
