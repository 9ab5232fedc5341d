//! PNG (W3C, third edition): a signature, then chunks, each with its length and checksum.

use super::{Damage, MAX_BYTES, Next, Walk, label};
use crate::media::dimensions;

const SIGNATURE_BYTES: usize = 8;
/// Length and type.
const HEADER_BYTES: usize = 8;
/// The longest name, or the data of an `IHDR`.
const MAX_NAME_BYTES: usize = 32;
/// Chunks that say how the pixels look, four letters each: colour, transparency, size, animation. (Those with a capital letter in front are the
/// image itself.) All others go.
const KEPT: &[u8] =
    b"cHRMgAMAiCCPsBITsRGBcICPmDCVmDCvcLLIcLLibKGDhISTtRNSpHYssPLTacTLfcTLfdAToFFspCALsCALsTERgIFg";
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
/// Bytes of a chunk's length, in front of what its checksum is of, and of the checksum behind it.
const AROUND_BYTES: usize = 4;

impl Walk {
    /// The chunk at `at`.
    pub(super) fn png_chunk(&mut self, at: usize, bytes: &[u8]) -> Result<Next, Damage> {
        let read = |at, bytes| Ok(Next::Read { at, bytes });
        if at == 0 {
            return read(SIGNATURE_BYTES, HEADER_BYTES);
        }
        let Some([size @ .., _, _, _, _]) = bytes.first_chunk::<HEADER_BYTES>() else {
            return read(at, HEADER_BYTES);
        };
        // A checksum stands behind the data.
        let length = (u32::from_be_bytes(*size) as usize).saturating_add(12);
        let named = bytes.get(4..).unwrap_or_default();
        let is_exif = named.starts_with(b"eXIf");
        let wanted = length.min(if is_exif { MAX_BYTES } else { MAX_NAME_BYTES });
        let Some(part) = bytes.get(..length.min(bytes.len())).filter(|part| part.len() >= wanted) else {
            return read(at, wanted);
        };
        let end = at.saturating_add(length);
        let data = part.get(HEADER_BYTES..).unwrap_or_default();
        let kind = named.first_chunk::<4>().copied().unwrap_or_default();
        if kind == *b"IEND" {
            return self.end_at(end);
        }
        // One that is larger than any JPEG's is taken as it is.
        if is_exif && (part.len() < length || is_whole(part)) {
            self.judge_exif(at, end, part, data, b"\0\0\0\x1aeXIf")?;
        } else if kind == *b"IHDR" {
            self.dimensions = dimensions::png(data);
        } else if kind[0] & 0x20 != 0 && !KEPT.as_chunks::<4>().0.contains(&kind) {
            let found = NAMES.iter().find(|(name, _)| named.starts_with(name));
            self.cut(at, end, found.map_or(label::OTHER, |(_, what)| what), Vec::new())?;
        }
        read(end, HEADER_BYTES)
    }
}

/// Whether a chunk's checksum is right. Browsers, and all who read with libpng, turn no picture by an `eXIf` where it is not.
fn is_whole(chunk: &[u8]) -> bool {
    let split = chunk.len().saturating_sub(AROUND_BYTES);
    chunk.get(..split).zip(chunk.get(split..)).is_some_and(|(front, behind)| checksum(front) == behind)
}

/// What stands behind a chunk whose length, name and data these are: CRC-32 of all but the length (PNG, 5.5 and annex D).
pub(super) fn checksum(chunk: &[u8]) -> [u8; 4] {
    let mut crc = u32::MAX;
    for byte in chunk.iter().skip(AROUND_BYTES) {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            let divisor = if crc & 1 == 0 { 0 } else { 0xedb8_8320 };
            crc = (crc >> 1) ^ divisor;
        }
    }
    (!crc).to_be_bytes()
}
