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
static NAMES: [(&[u8], &str); 6] = [
    (b"tEXt", label::TEXT),
    (b"zTXt", label::TEXT),
    (b"iTXtXML:com.adobe.xmp\0", label::XMP),
    (b"iTXt", label::TEXT),
    (b"tIME", label::TIME),
    (b"caBX", label::CREDENTIALS),
];
/// Checksums of an `eXIf` chunk that says nothing but an orientation, from 2 to 8.
static CHECKSUMS: [u32; 7] =
    [0x2228_6f7a, 0x845f_64ce, 0x41f8_5a40, 0xe78f_51f4, 0xd667_4b69, 0x7010_40dd, 0x8658_3034];

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
        if is_exif {
            self.judge_exif(at, end, part, data, b"\0\0\0\x1aeXIf", &CHECKSUMS)?;
        } else if kind == *b"IHDR" {
            self.dimensions = dimensions::png(data);
        } else if kind[0] & 0x20 != 0 && !KEPT.as_chunks::<4>().0.contains(&kind) {
            let found = NAMES.iter().find(|(name, _)| named.starts_with(name));
            self.cut(at, end, found.map_or(label::OTHER, |(_, what)| what), Vec::new())?;
        }
        read(end, HEADER_BYTES)
    }
}
