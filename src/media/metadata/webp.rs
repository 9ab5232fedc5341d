//! WebP (RFC 9649): a RIFF file of chunks, each with its length, padded to even offsets.

use super::exif::UPRIGHT;
use super::{Cut, Damage, MAX_BYTES, Next, Walk, label};
use crate::media::{dimensions, pattern};

/// `RIFF`, the size of what follows, `WEBP`.
const FILE_HEADER_BYTES: usize = 12;
/// Name and length of a chunk.
const HEADER_BYTES: usize = 8;
/// What tells the size of an image.
const MAX_NAME_BYTES: usize = 20;
/// Chunks that make the image, four letters each. All others go.
const KEPT: &[u8] = b"VP8XVP8 VP8LANIMANMFALPHICCP";
/// Where the flags of `VP8X` lie: it comes first.
const FLAGS_AT: usize = 20;
const HAS_EXIF: u8 = 8;
const HAS_XMP: u8 = 4;

impl Walk {
    /// The chunk at `at`.
    pub(super) fn webp_chunk(&mut self, at: usize, bytes: &[u8]) -> Result<Next, Damage> {
        let read = |at, bytes| Ok(Next::Read { at, bytes });
        let Some([name @ .., a, b, c, d]) = bytes.first_chunk::<HEADER_BYTES>() else {
            return read(at, HEADER_BYTES);
        };
        let length = (u32::from_le_bytes([*a, *b, *c, *d]) as usize).saturating_add(HEADER_BYTES);
        if at == 0 {
            self.riff_end = length.max(FILE_HEADER_BYTES);
            // Of a file that is shorter than that it asks for too much.
            return if length > self.file_bytes {
                read(0, length)
            } else {
                self.chunk_or_end(FILE_HEADER_BYTES)
            };
        }
        let data_end = at.saturating_add(length);
        if data_end > self.riff_end {
            return Err(Damage { at, what: "a chunk runs past its RIFF file" });
        }
        // Some writers leave the last chunk without its padding.
        let end = data_end.saturating_add(length & 1).min(self.riff_end);
        let is_exif = name == b"EXIF";
        let wanted = length.min(if is_exif { MAX_BYTES } else { MAX_NAME_BYTES });
        let Some(part) = bytes.get(..length.min(bytes.len())).filter(|part| part.len() >= wanted) else {
            return read(at, wanted);
        };
        let data = part.get(HEADER_BYTES..).unwrap_or_default();
        let has_flags = name == b"VP8X";
        if has_flags && at == FILE_HEADER_BYTES {
            self.flags = data.first().copied();
        }
        // Flags that come later are nobody's.
        if (!has_flags || at == FILE_HEADER_BYTES) && KEPT.as_chunks::<4>().0.contains(name) {
            self.dimensions = self.dimensions.or_else(|| dimensions::webp(part));
        } else if is_exif {
            // Some writers put the name in front that JPEG has there.
            let block = pattern::after(data, b"Exif\0\0").unwrap_or(data);
            // Where no flag announces the chunk, nobody reads it.
            if self.flags.unwrap_or(0) & HAS_EXIF == 0 {
                self.orientation = UPRIGHT;
            }
            self.judge_exif(at, end, part, block, b"EXIF\x1a\0\0\0")?;
        } else {
            self.cut(at, end, if name == b"XMP " { label::XMP } else { label::OTHER }, Vec::new())?;
        }
        self.chunk_or_end(end)
    }

    fn chunk_or_end(&mut self, at: usize) -> Result<Next, Damage> {
        if at < self.riff_end {
            return Ok(Next::Read { at, bytes: HEADER_BYTES });
        }
        self.end_at(self.riff_end)?;
        let mut left = self.file_bytes;
        for cut in &self.cuts {
            left = left.wrapping_sub(cut.end).wrapping_add(cut.start).wrapping_add(cut.patch.len());
        }
        // Length and flags in front say what is left; both lie before every other chunk.
        let patch = (left.wrapping_sub(HEADER_BYTES) as u32).to_le_bytes().to_vec();
        let mut cuts = vec![Cut { start: 4, end: 8, patch }];
        if let Some(flags) = self.flags {
            let exif = if self.orientation > UPRIGHT { HAS_EXIF } else { 0 };
            let patch = vec![flags & !(HAS_EXIF | HAS_XMP) | exif];
            cuts.push(Cut { start: FLAGS_AT, end: FLAGS_AT.saturating_add(1), patch });
        }
        cuts.append(&mut self.cuts);
        self.cuts = cuts;
        Ok(Next::End)
    }
}
