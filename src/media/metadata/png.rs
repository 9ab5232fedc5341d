//! PNG (W3C, third edition): a signature, then chunks, each with its length and checksum.
//!
//! Browsers read on behind the image data for metadata alone: whatever they find there, they show the picture. So what
//! is no chunk is refused before the image data, where nobody knows how to go on, and cut behind it.

use super::checksum::{AROUND_BYTES, checksum};
use super::walk::{Damage, MAX_BYTES, Next, Walk};
use super::words::{damage, label};
use crate::media::header;

const SIGNATURE_BYTES: usize = 8;
/// Length and type.
const HEADER_BYTES: usize = 8;
/// Length, type and checksum: all but the data.
const FRAME_BYTES: usize = 12;
/// The longest chunk that there may be (PNG, 5.3).
const MAX_CHUNK_BYTES: usize = 0x7fff_ffff;
/// The longest name, or the data of an `IHDR`.
const MAX_NAME_BYTES: usize = 32;
/// Chunks that say how the pixels look, the image itself, colour, transparency, size, animation. All
/// others go.
const KEPT: [&[u8; 4]; 27] = [
    b"IHDR", b"PLTE", b"IDAT", b"CgBI", b"cHRM", b"gAMA", b"iCCP", b"sBIT", b"sRGB", b"cICP", b"mDCV",
    b"mDCv", b"cLLI", b"cLLi", b"bKGD", b"hIST", b"tRNS", b"pHYs", b"sPLT", b"acTL", b"fcTL", b"fdAT",
    b"oFFs", b"pCAL", b"sCAL", b"sTER", b"gIFg",
];
/// What those that go are called.
static NAMES: [(&[u8], &str); 7] = [
    (b"eXIf", label::EXIF),
    (b"tEXt", label::TEXT),
    (b"zTXt", label::TEXT),
    (b"iTXtXML:com.adobe.xmp\0", label::XMP),
    (b"iTXt", label::TEXT),
    (b"tIME", label::TIME),
    (b"caBX", label::CREDENTIALS),
];
/// The last chunk, whole.
const END: &[u8] = b"\0\0\0\0IEND\xae\x42\x60\x82";

impl Walk {
    /// The chunk at `at`.
    pub(super) fn png_chunk(&mut self, at: usize, bytes: &[u8]) -> Result<Next, Damage> {
        let read = |at, bytes| Ok(Next::Read { at, bytes });
        if at == 0 {
            return read(SIGNATURE_BYTES, HEADER_BYTES);
        }
        if let Some(start) = self.png.open_data {
            return self.open_data(start, at, bytes);
        }
        let left = self.left_from(at);
        let Some([size @ .., _, _, _, _]) = bytes.first_chunk::<HEADER_BYTES>() else {
            return if left < HEADER_BYTES {
                self.png_breaks_off(at, label::STRAY)
            } else {
                read(at, HEADER_BYTES)
            };
        };
        let data_bytes = u32::from_be_bytes(*size) as usize;
        // A checksum stands behind the data.
        let length = data_bytes.saturating_add(FRAME_BYTES);
        let part = bytes.get(..length.min(bytes.len())).unwrap_or_default();
        let named = part.get(AROUND_BYTES..).unwrap_or_default();
        let is_exif = named.starts_with(b"eXIf");
        let wanted = length.min(left).min(if is_exif { MAX_BYTES } else { MAX_NAME_BYTES });
        if part.len() < wanted {
            return read(at, wanted);
        }
        let end = at.saturating_add(length);
        let data = part.get(HEADER_BYTES..).unwrap_or_default();
        let kind = named.first_chunk::<4>().copied().unwrap_or_default();
        self.png.is_image_over |= self.has_image && kind != *b"IDAT";
        if kind == *b"IEND" {
            self.check_image(at)?;
            if part == END {
                return self.end_at(end);
            }
            // Browsers ask for its name alone.
            return self.close(at, if left > FRAME_BYTES { label::TRAILER } else { label::NOTHING }, END);
        }
        if length > left {
            // Browsers show what there is of an image.
            let is_data = kind == *b"IDAT" || kind == *b"fdAT" && self.has_image;
            if is_data && data_bytes <= MAX_CHUNK_BYTES && left > HEADER_BYTES {
                let start = at.saturating_add(HEADER_BYTES);
                self.png.open_data = Some(start);
                return self.open_data(start, start, data);
            }
            return self.png_breaks_off(at, name_of(named));
        }
        if KEPT.contains(&&kind) {
            if kind == *b"IHDR" {
                self.dimensions = header::png(data);
            }
            self.has_image |= kind == *b"IDAT" && data_bytes > 0;
        } else if !self.has_image && (kind[0] & 0x20 == 0 || !kind.iter().all(u8::is_ascii_alphabetic)) {
            // One with a capital letter in front is needed to show the picture, and browsers know none but those above.
            return Err(Damage { at, what: "there is no chunk of a PNG that browsers show" });
        } else if is_exif && (part.len() < length || is_whole(part)) {
            // One that is larger than any JPEG's is taken as it is.
            self.judge_exif(at, end, part, data, b"\0\0\0\x1aeXIf")?;
        } else {
            self.cut(at, end, name_of(named), Vec::new())?;
        }
        read(end, HEADER_BYTES)
    }

    /// The file ends without its last chunk, or a chunk at `at` runs past its end.
    fn png_breaks_off(&mut self, at: usize, what: &'static str) -> Result<Next, Damage> {
        if at < self.file_bytes && !self.has_image {
            return Err(Damage { at, what: damage::PAST });
        }
        self.check_image(at)?;
        self.close(at, what, if self.png.is_image_over { END } else { b"" })
    }

    /// Goes through image data that runs past the file's end, from `at` on. It stays as far as it is nothing else:
    /// where its length was wrong, chunks with metadata may follow within, which browsers take for data.
    fn open_data(&mut self, start: usize, at: usize, bytes: &[u8]) -> Result<Next, Damage> {
        for (skipped, header) in bytes.windows(HEADER_BYTES).enumerate() {
            let found = at.saturating_add(skipped);
            let left = self.left_from(found);
            if !is_header_of_metadata(header, left) {
                continue;
            }
            let wanted = left.min(MAX_NAME_BYTES);
            let chunk = bytes.get(skipped..).unwrap_or_default();
            if chunk.len() < wanted {
                return Ok(Next::Read { at: found, bytes: wanted });
            }
            self.has_image |= found > start;
            return self.png_breaks_off(found, name_of(chunk.get(AROUND_BYTES..).unwrap_or_default()));
        }
        // A header may begin with the last bytes.
        let next = at.saturating_add(bytes.len().saturating_sub(HEADER_BYTES.saturating_sub(1)));
        let left = self.left_from(next);
        if left >= HEADER_BYTES {
            return Ok(Next::Read { at: next, bytes: left.min(MAX_BYTES) });
        }
        self.has_image = true;
        Ok(Next::End)
    }
}

/// Whether a whole chunk of metadata begins so, with `left` bytes up to the file's end: in compressed data that is one
/// in 10 billion places, or fewer.
fn is_header_of_metadata(header: &[u8], left: usize) -> bool {
    let [0, a, b, c, name @ ..] = header else { return false };
    // All of their names begin so, and few other bytes do: this is asked of each place.
    if !name.first().is_some_and(u8::is_ascii_lowercase) {
        return false;
    }
    let length = (u32::from_be_bytes([0, *a, *b, *c]) as usize).saturating_add(FRAME_BYTES);
    length <= left && NAMES.iter().any(|(known, _)| known.starts_with(name))
}

/// What a chunk is called that goes, from its type on.
fn name_of(named: &[u8]) -> &'static str {
    NAMES.iter().find(|(name, _)| named.starts_with(name)).map_or(label::OTHER, |(_, what)| what)
}

/// Whether a chunk's checksum is right. Browsers, and all who read with libpng, turn no picture by an `eXIf` where it
/// is not.
fn is_whole(chunk: &[u8]) -> bool {
    let split = chunk.len().saturating_sub(AROUND_BYTES);
    chunk.get(..split).zip(chunk.get(split..)).is_some_and(|(front, behind)| checksum(front) == behind)
}
