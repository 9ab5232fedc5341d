//! PNG (W3C, third edition): a signature, then chunks, each with its length and checksum.

use super::{Damage, Found, HEADER_BYTES, Next, View, exif, exif_label, label};
use crate::media::dimensions;

const SIGNATURE_BYTES: u64 = 8;
/// Length and type before a chunk's data, checksum behind it.
const FRAME_BYTES: u32 = 12;
/// Longest chunk that the format allows.
const MAX_CHUNK_BYTES: u32 = 0x7fff_ffff;
/// Chunks that say how the pixels look, four letters each: colour, transparency, size, animation. (Those with a capital letter in front are the
/// image itself.) All others go.
const KEPT: &[u8] =
    b"cHRMgAMAiCCPsBITsRGBcICPmDCVmDCvcLLIcLLibKGDhISTtRNSpHYssPLTacTLfcTLfdAToFFspCALsCALsTERgIFg";
/// What those that go are called.
static NAMES: [(&[u8], &str); 6] = [
    (b"tEXt", label::TEXT),
    (b"zTXt", label::TEXT),
    (b"iTXtXML:com.adobe.xmp\0", label::XMP),
    (b"iTXt", label::TEXT),
    (b"tIME", label::TIME),
    (b"caBX", label::CREDENTIALS),
];

#[derive(Clone, Debug, Default)]
pub(super) struct State {
    is_turned: bool,
}

impl State {
    pub(super) fn step(&mut self, view: &mut View<'_>, found: &mut Found) -> Result<Next, Damage> {
        if view.at == 0 && !view.go_to(SIGNATURE_BYTES) {
            return Ok(view.read(HEADER_BYTES));
        }
        loop {
            let at = view.at;
            let damage = |what| Err(Damage { at, what });
            let Some([a, b, c, d, kind @ ..]) = view.bytes.first_chunk::<8>() else {
                if view.is_last() {
                    return damage("the file ends before its IEND chunk");
                }
                return Ok(view.read(HEADER_BYTES));
            };
            let length = u32::from_be_bytes([*a, *b, *c, *d]);
            let bytes = length.saturating_add(FRAME_BYTES);
            let end = at.saturating_add(bytes.into());
            if length > MAX_CHUNK_BYTES || end > view.file_bytes {
                return damage("a PNG chunk runs past the end of the file");
            }
            let wanted =
                if kind == b"eXIf" { bytes.min(super::MAX_EXIF_BYTES) } else { bytes.min(HEADER_BYTES) };
            if !view.holds(wanted) {
                return Ok(view.read(wanted));
            }
            let is_image = kind.first().is_some_and(u8::is_ascii_uppercase);
            if kind == b"IHDR" {
                found.dimensions = dimensions::png(view.bytes.get(8..).unwrap_or_default());
            } else if kind == b"eXIf" {
                self.judge_exif(view, end, found)?;
            } else if !is_image && !KEPT.as_chunks::<4>().0.contains(kind) {
                let named = view.bytes.get(4..).unwrap_or_default();
                let name = NAMES.iter().find(|(name, _)| named.starts_with(name));
                found.cut(at, end, name.map_or(label::OTHER, |(_, what)| what), Vec::new())?;
            }
            if kind == b"IEND" {
                found.cut_trailer(end, view.file_bytes)?;
                return Ok(Next::End);
            }
            if !view.go_to(end) {
                return Ok(view.read(HEADER_BYTES));
            }
        }
    }

    fn judge_exif(&mut self, view: &View<'_>, end: u64, found: &mut Found) -> Result<(), Damage> {
        let bytes = end.saturating_sub(view.at) as usize;
        let chunk = view.bytes.get(..bytes).unwrap_or(view.bytes);
        let (orientation, what) = exif_label(chunk.get(8..).unwrap_or_default());
        let mut patch = Vec::new();
        if let Some(orientation) = orientation.filter(|_| !self.is_turned) {
            self.is_turned = true;
            let block = exif::only_orientation(orientation);
            patch.extend_from_slice(&[0, 0, 0, block.len() as u8]);
            patch.extend_from_slice(b"eXIf");
            patch.extend_from_slice(&block);
            let checksum = crc32(patch.get(4..).unwrap_or_default());
            patch.extend_from_slice(&checksum.to_be_bytes());
            if patch == chunk {
                return Ok(());
            }
        }
        found.cut(view.at, end, what, patch)
    }
}

/// The checksum of a chunk's type and data, bit by bit: it is made of thirty bytes, once.
pub(super) fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = (crc >> 1) ^ (0xedb8_8320 & 0u32.wrapping_sub(crc & 1));
        }
    }
    !crc
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_checksum_is_that_of_the_standard() {
        // The IEND chunk of every PNG.
        assert_eq!(super::crc32(b"IEND"), 0xae42_6082);
    }
}
