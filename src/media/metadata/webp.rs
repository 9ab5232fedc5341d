//! WebP (RFC 9649): a RIFF file of chunks, each with its length, padded to even offsets.

use super::{Cut, Damage, Found, HEADER_BYTES, Next, View, after, exif, exif_label, label};
use crate::media::dimensions;

/// `RIFF`, the size of what follows, `WEBP`.
const FILE_HEADER_BYTES: u64 = 12;
/// Name and length of a chunk.
const CHUNK_HEADER_BYTES: u64 = 8;
/// Chunks that make the image, four letters each. All others go.
const KEPT: &[u8] = b"VP8XVP8 VP8LANIMANMFALPHICCP";
/// Flags of `VP8X`: which other chunks there are.
const HAS_EXIF: u8 = 8;
const HAS_XMP: u8 = 4;

#[derive(Clone, Debug, Default)]
pub(super) struct State {
    /// Where the RIFF file ends.
    end: u64,
    /// Where the flags lie, and what they are, in a file that has some.
    flags: Option<(u64, u8)>,
    /// What Exif said of the orientation.
    is_turned: bool,
}

impl State {
    pub(super) fn step(&mut self, view: &mut View<'_>, found: &mut Found) -> Result<Next, Damage> {
        if view.at == 0 {
            let Some([_, _, _, _, size @ ..]) = view.bytes.first_chunk::<8>() else {
                return Err(Damage { at: 0, what: "the file ends within its RIFF header" });
            };
            self.end = CHUNK_HEADER_BYTES.saturating_add(u32::from_le_bytes(*size).into());
            if self.end > view.file_bytes || self.end < FILE_HEADER_BYTES {
                return Err(Damage {
                    at: 4,
                    what: "the RIFF header names a length that the file does not have",
                });
            }
            view.go_to(FILE_HEADER_BYTES);
        }
        loop {
            let at = view.at;
            if at >= self.end {
                return self.finish(view, found);
            }
            let Some([name @ .., a, b, c, d]) = view.bytes.first_chunk::<8>() else {
                if view.is_last() {
                    return Err(Damage { at, what: "the file ends within a WebP chunk" });
                }
                return Ok(view.read(HEADER_BYTES));
            };
            let length = u32::from_le_bytes([*a, *b, *c, *d]);
            let data_end = at.saturating_add(CHUNK_HEADER_BYTES).saturating_add(length.into());
            if data_end > self.end {
                return Err(Damage { at, what: "a WebP chunk runs past the end of the file" });
            }
            // Some writers leave the last chunk without its padding.
            let end = data_end.saturating_add(u64::from(length & 1)).min(self.end);
            let bytes = u32::try_from(end.saturating_sub(at)).unwrap_or(u32::MAX);
            let wanted = bytes.min(if name == b"EXIF" { super::MAX_EXIF_BYTES } else { HEADER_BYTES });
            if !view.holds(wanted) {
                return Ok(view.read(wanted));
            }
            let data = view.bytes.get(CHUNK_HEADER_BYTES as usize..).unwrap_or_default();
            // It counts where it comes first.
            if name == b"VP8X"
                && at == FILE_HEADER_BYTES
                && let Some(flags) = data.first()
            {
                self.flags = Some((at.saturating_add(CHUNK_HEADER_BYTES), *flags));
            }
            if KEPT.as_chunks::<4>().0.contains(name) {
                found.dimensions = found.dimensions.or_else(|| dimensions::webp(view.bytes));
            } else if name == b"EXIF" {
                let chunk_bytes = data_end.saturating_sub(at) as usize;
                let chunk = view.bytes.get(..chunk_bytes).unwrap_or(view.bytes);
                self.judge_exif(at, end, chunk, found)?;
            } else {
                let what = if name == b"XMP " { label::XMP } else { label::OTHER };
                found.cut(at, end, what, Vec::new())?;
            }
            if !view.go_to(end) && end < self.end {
                return Ok(view.read(HEADER_BYTES));
            }
        }
    }

    fn judge_exif(&mut self, at: u64, end: u64, chunk: &[u8], found: &mut Found) -> Result<(), Damage> {
        let block = chunk.get(CHUNK_HEADER_BYTES as usize..).unwrap_or_default();
        // Some writers put the name in front that JPEG has there.
        let (orientation, what) = exif_label(after(block, b"Exif\0\0").unwrap_or(block));
        let mut patch = Vec::new();
        // A file without flags can't announce the chunk: nobody reads it there.
        if let Some(orientation) = orientation.filter(|_| !self.is_turned && self.flags.is_some()) {
            self.is_turned = true;
            let block = exif::only_orientation(orientation);
            patch.extend_from_slice(b"EXIF");
            patch.extend_from_slice(&[block.len() as u8, 0, 0, 0]);
            patch.extend_from_slice(&block);
            if patch == chunk {
                return Ok(());
            }
        }
        found.cut(at, end, what, patch)
    }

    /// The flags and the length in front say what is left.
    fn finish(&self, view: &View<'_>, found: &mut Found) -> Result<Next, Damage> {
        found.cut_trailer(self.end, view.file_bytes)?;
        let mut front = Vec::new();
        if !found.cuts.is_empty() {
            let size = found.bytes_left(view.file_bytes).saturating_sub(CHUNK_HEADER_BYTES) as u32;
            front.push(Cut { start: 4, end: 8, patch: size.to_le_bytes().to_vec() });
        }
        if let Some((at, flags)) = self.flags {
            let exif = if self.is_turned { HAS_EXIF } else { 0 };
            let right = flags & !(HAS_EXIF | HAS_XMP) | exif;
            if right != flags {
                front.push(Cut { start: at, end: at.saturating_add(1), patch: vec![right] });
            }
        }
        // Both lie in front of every chunk.
        found.cuts.splice(0..0, front);
        Ok(Next::End)
    }
}
