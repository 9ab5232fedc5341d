//! What a file is by its first bytes: the server goes by them too, not by the name or the declared type.

mod iso_media;
mod mpeg_audio;
mod svg;
#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "a test that overflows fails, as it should")]
mod tests;

use super::pattern::{Pattern, behind, first_fit};
use crate::contract::media_type::{Format, MediaType};

/// How many bytes from the front of a file [`detect`] wants to see. Fewer will do where the file is shorter.
pub const HEAD_BYTES: usize = 4096;
/// The EBML header is short and comes first.
const EBML_HEADER_BYTES: usize = 128;

static SIGNATURES: [Pattern; 20] = [
    (b"\xff\xd8\xff", Format::Jpeg),
    (b"\x89PNG\r\n\x1a\n", Format::Png),
    (b"GIF87a", Format::Gif),
    (b"GIF89a", Format::Gif),
    (b"RIFF....WEBP", Format::WebP),
    (b"RIFF....WAVE", Format::Wav),
    (b"RF64....WAVE", Format::Wav),
    (b"RIFF....AVI ", Format::Avi),
    (b"II*\0", Format::Tiff),
    (b"II+\0", Format::Tiff),
    (b"MM\0*", Format::Tiff),
    (b"MM\0+", Format::Tiff),
    (b"%PDF-", Format::Pdf),
    (b"OggS\0", Format::Ogg),
    (b"fLaC", Format::Flac),
    (b"\xff\x0a", Format::JpegXl),
    (b"\0\0\0\x0cJXL \r\n", Format::JpegXl),
    // "BM" alone begins many a text: the reserved bytes and the second header tell.
    (b"BM....\0\0\0\0.....\0\0\0", Format::Bmp),
    (b"\x1a\x45\xdf\xa3", Format::Matroska),
    (b"....ftyp", Format::Mp4),
];

/// What a file is whose first bytes these are; `None` where they are of no format that is known here.
pub fn detect(head: &[u8]) -> Option<MediaType> {
    let format = match first_fit(head, &SIGNATURES) {
        // The size of the second header.
        Some(Format::Bmp) if !matches!(head.get(14)?, 12 | 40 | 52 | 56 | 64 | 108 | 124) => return None,
        Some(Format::Matroska) => ebml_doc_type(head)?,
        Some(Format::Mp4) => iso_media::by_brands(head)?,
        Some(format) => format,
        None => iso_media::old_quicktime(head)
            .or_else(|| mpeg_audio::detect(head))
            .or_else(|| svg::detect(head))?,
    };
    Some(MediaType { format })
}

/// The DocType element (0x4282) within the EBML header.
fn ebml_doc_type(head: &[u8]) -> Option<Format> {
    let header = head.get(..head.len().min(EBML_HEADER_BYTES))?;
    first_fit(
        behind(header, b"\x42\x82")?,
        &[(b"\x84webm", Format::WebM), (b"\x88matroska", Format::Matroska)],
    )
}
