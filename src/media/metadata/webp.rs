//! WebP (RFC 9649): a RIFF file of chunks, each with its length, padded to even offsets.
//!
//! Lengths that lie are judged as libwebp does it, which Chromium and Firefox decode with. A length in front that says
//! too much only means that more was expected; one that says too little makes its chunks run past its end, and is
//! refused. Of a frame of an animation libwebp reads the header and the image, and takes what follows for the next
//! chunk of the file, wherever the frame should end: so does this walk.

use super::exif::UPRIGHT;
use super::walk::{Cut, Damage, MAX_BYTES, Next, Walk};
use super::words::{damage, label};
use crate::media::{header, pattern};

/// `RIFF`, the size of what follows, `WEBP`.
const FILE_HEADER_BYTES: usize = 12;
/// Name and length of a chunk.
const HEADER_BYTES: usize = 8;
/// A frame of an animation up to its image: name, length, place, size and duration.
const FRAME_HEADER_BYTES: usize = 24;
/// What tells the size of an image.
const MAX_NAME_BYTES: usize = 20;
/// Chunks that make the image. All others go.
const KEPT: [&[u8; 4]; 7] = [b"VP8X", b"VP8 ", b"VP8L", b"ANIM", b"ANMF", b"ALPH", b"ICCP"];
/// Where the flags of `VP8X` lie: it comes first.
const FLAGS_AT: usize = 20;
const HAS_EXIF: u8 = 8;
const HAS_XMP: u8 = 4;

/// What becomes of a chunk.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// It makes the image.
    Stays,
    Goes,
}

impl Walk {
    /// The chunk at `at`.
    pub(super) fn webp_chunk(&mut self, at: usize, bytes: &[u8]) -> Result<Next, Damage> {
        let read = |at, bytes| Ok(Next::Read { at, bytes });
        if at > 0 && self.webp.end.saturating_sub(at) < HEADER_BYTES {
            return self.webp_breaks_off(at, label::STRAY, Fate::Goes);
        }
        if self.file_bytes < FILE_HEADER_BYTES {
            return Err(Damage { at, what: damage::PAST });
        }
        let Some([name @ .., a, b, c, d]) = bytes.first_chunk::<HEADER_BYTES>() else {
            return read(at, HEADER_BYTES);
        };
        let length = (u32::from_le_bytes([*a, *b, *c, *d]) as usize).saturating_add(HEADER_BYTES);
        if at == 0 {
            self.webp.end = length.max(FILE_HEADER_BYTES).min(self.file_bytes);
            self.webp.is_cut_short = length > self.file_bytes;
            return self.chunk_or_end(FILE_HEADER_BYTES);
        }
        let left = self.webp.end.saturating_sub(at);
        let is_exif = name == b"EXIF";
        let wanted = length.min(left).min(if is_exif { MAX_BYTES } else { MAX_NAME_BYTES });
        let Some(part) = bytes.get(..length.min(bytes.len())).filter(|part| part.len() >= wanted) else {
            return read(at, wanted);
        };
        let has_flags = name == b"VP8X";
        // Flags that come later are nobody's.
        let stays = (!has_flags || at == FILE_HEADER_BYTES) && KEPT.contains(&name);
        let fate = if stays { Fate::Stays } else { Fate::Goes };
        let what = if name == b"XMP " { label::XMP } else { label::OTHER };
        if length > left {
            return self.webp_breaks_off(at, if is_exif { label::EXIF } else { what }, fate);
        }
        let data_end = at.saturating_add(length);
        // Some writers leave the last chunk without its padding.
        let end = data_end.saturating_add(length & 1).min(self.webp.end);
        let data = part.get(HEADER_BYTES..).unwrap_or_default();
        if has_flags && at == FILE_HEADER_BYTES {
            self.webp.flags = data.first().copied();
        }
        if name == b"ANMF" {
            if length < FRAME_HEADER_BYTES {
                return self.webp_breaks_off(at, what, fate);
            }
            self.end_frame(at)?;
            self.webp.frame = Some((at, length.saturating_sub(HEADER_BYTES)));
            return self.chunk_or_end(at.saturating_add(FRAME_HEADER_BYTES));
        }
        let is_image = matches!(name, b"VP8 " | b"VP8L");
        if !is_image && name != b"ALPH" {
            self.end_frame(at)?;
        }
        self.webp.is_read |= self.has_image && self.webp.flags.is_none() && !is_image;
        self.has_image |= is_image && !data.is_empty();
        if fate == Fate::Stays {
            self.dimensions = self.dimensions.or_else(|| header::webp(part));
            if end.wrapping_sub(at) & 1 == 1 {
                // Browsers show no picture without it.
                self.cut(end, end, label::NOTHING, vec![0])?;
            }
        } else if is_exif {
            // Some writers put the name in front that JPEG has there.
            let block = pattern::after(data, b"Exif\0\0").unwrap_or(data);
            // Where no flag announces the chunk, nobody reads it.
            if self.webp.flags.unwrap_or(0) & HAS_EXIF == 0 {
                self.orientation = UPRIGHT;
            }
            self.judge_exif(at, end, part, block, b"EXIF\x1a\0\0\0")?;
        } else {
            self.cut(at, end, what, Vec::new())?;
        }
        self.chunk_or_end(end)
    }

    /// What begins at `at` is no whole chunk. Image data that breaks off is refused: Chromium shows nothing of it, and
    /// Firefox only what it can do without the rest.
    fn webp_breaks_off(&mut self, at: usize, what: &'static str, fate: Fate) -> Result<Next, Damage> {
        let can_go = self.webp.is_read || self.webp.is_cut_short && self.has_image && fate == Fate::Goes;
        if !can_go {
            let what = if self.webp.is_cut_short { damage::PAST } else { "a chunk runs past its RIFF file" };
            return Err(Damage { at, what });
        }
        self.end_frame(at)?;
        self.cut(at, self.webp.end, what, Vec::new())?;
        self.chunk_or_end(self.webp.end)
    }

    /// The image of a frame, if there was one, has ended at `at`: its length says so from now on.
    fn end_frame(&mut self, at: usize) -> Result<(), Damage> {
        let Some((start, said)) = self.webp.frame.take() else { return Ok(()) };
        let length = at.saturating_sub(start).saturating_sub(HEADER_BYTES);
        let length = length.saturating_add(length & 1);
        if length != said {
            self.check_count(start)?;
            let [start, end] = [4, 8].map(|skipped| start.saturating_add(skipped));
            let patch = (length as u32).to_le_bytes().to_vec();
            let before =
                self.cuts.iter().rposition(|cut| cut.end <= start).map_or(0, |last| last.saturating_add(1));
            self.cuts.insert(before, Cut { start, end, patch });
        }
        Ok(())
    }

    fn chunk_or_end(&mut self, at: usize) -> Result<Next, Damage> {
        if at < self.webp.end {
            return Ok(Next::Read { at, bytes: HEADER_BYTES });
        }
        self.end_frame(at)?;
        self.check_image(at)?;
        self.end_at(self.webp.end)?;
        let mut left = self.file_bytes;
        for cut in &self.cuts {
            left = left.wrapping_sub(cut.end).wrapping_add(cut.start).wrapping_add(cut.patch.len());
        }
        // Length and flags in front say what is left; both lie before every other chunk.
        let patch = (left.wrapping_sub(HEADER_BYTES) as u32).to_le_bytes().to_vec();
        let mut cuts = vec![Cut { start: 4, end: 8, patch }];
        if let Some(flags) = self.webp.flags {
            let exif = if self.orientation > UPRIGHT { HAS_EXIF } else { 0 };
            let patch = vec![flags & !(HAS_EXIF | HAS_XMP) | exif];
            cuts.push(Cut { start: FLAGS_AT, end: FLAGS_AT.saturating_add(1), patch });
        }
        cuts.append(&mut self.cuts);
        self.cuts = cuts;
        Ok(Next::End)
    }
}
