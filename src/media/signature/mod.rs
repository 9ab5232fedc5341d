//! What a file is by its first bytes: the server goes by them too, not by the name or the declared type.

mod iso_media;
mod mpeg_audio;
mod svg;
#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "a test that overflows fails, as it should")]
mod tests;

use super::kind::MediaKind;

/// How many bytes from the front of a file [`detect`] wants to see. Fewer will do where the file is shorter.
pub const HEAD_BYTES: usize = 4096;

/// A format that is known by name, whether the API takes it or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "each is the name of a file format")]
pub enum Format {
    Jpeg,
    Png,
    WebP,
    Gif,
    Bmp,
    Tiff,
    Heic,
    Avif,
    JpegXl,
    Svg,
    Pdf,
    Mp4,
    QuickTime,
    ThreeGp,
    WebM,
    Matroska,
    Avi,
    Mp3,
    M4a,
    Wav,
    Aac,
    Ogg,
    Flac,
}

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MediaType {
    /// Its format.
    pub format: Format,
}

/// A format, what a sentence calls it, its MIME type, and other spellings of that.
struct Row(Format, &'static str, &'static str, &'static [&'static str]);

const ROWS: [Row; 23] = [
    Row(Format::Jpeg, "a JPEG image", "image/jpeg", &["image/jpg"]),
    Row(Format::Png, "a PNG image", "image/png", &[]),
    Row(Format::WebP, "a WebP image", "image/webp", &[]),
    Row(Format::Gif, "a GIF image", "image/gif", &[]),
    Row(Format::Bmp, "a BMP image", "image/bmp", &[]),
    Row(Format::Tiff, "a TIFF image", "image/tiff", &[]),
    Row(Format::Heic, "a HEIC image", "image/heic", &["image/heif"]),
    Row(Format::Avif, "an AVIF image", "image/avif", &[]),
    Row(Format::JpegXl, "a JPEG-XL image", "image/jxl", &[]),
    Row(Format::Svg, "an SVG image", "image/svg+xml", &[]),
    Row(Format::Pdf, "a PDF document", "application/pdf", &[]),
    Row(Format::Mp4, "an MP4 video", "video/mp4", &["video/x-m4v"]),
    Row(Format::QuickTime, "a QuickTime video", "video/quicktime", &[]),
    Row(Format::ThreeGp, "a 3GP video", "video/3gpp", &["video/3gpp2"]),
    Row(Format::WebM, "a WebM video", "video/webm", &[]),
    Row(Format::Matroska, "a Matroska video", "video/x-matroska", &["video/matroska"]),
    Row(Format::Avi, "an AVI video", "video/x-msvideo", &["video/avi"]),
    Row(Format::Mp3, "an MP3 audio file", "audio/mpeg", &["audio/mp3"]),
    Row(Format::M4a, "an M4A audio file", "audio/mp4", &["audio/x-m4a", "audio/m4a"]),
    Row(Format::Wav, "a WAV audio file", "audio/wav", &["audio/x-wav", "audio/wave", "audio/vnd.wave"]),
    Row(Format::Aac, "an AAC audio file", "audio/aac", &["audio/x-aac"]),
    Row(Format::Ogg, "an Ogg audio file", "audio/ogg", &[]),
    Row(Format::Flac, "a FLAC audio file", "audio/flac", &["audio/x-flac"]),
];

impl Row {
    fn has_mime(&self, mime: &str) -> bool {
        self.2.eq_ignore_ascii_case(mime) || self.3.iter().any(|other| other.eq_ignore_ascii_case(mime))
    }
}

impl MediaType {
    /// The type that a MIME type stands for, its other spellings included; parameters (`; codecs=…`) don't matter.
    pub fn of_mime(mime: &str) -> Option<Self> {
        let mime = mime.split(';').next().unwrap_or_default().trim();
        ROWS.iter().find(|row| row.has_mime(mime)).map(|row| Self { format: row.0 })
    }

    fn row(self) -> &'static Row {
        let [first, ..] = &ROWS;
        ROWS.iter().find(|row| row.0 == self.format).unwrap_or(first)
    }

    /// In a sentence: `"a HEIC image"`, `"an MP3 audio file"`.
    pub fn described(self) -> &'static str {
        self.row().1
    }

    /// `"HEIC"`.
    pub fn name(self) -> &'static str {
        self.described().split(' ').nth(1).unwrap_or_default()
    }

    /// `"image/heic"`.
    pub fn mime(self) -> &'static str {
        self.row().2
    }

    /// Its kind; `None` for a document.
    pub fn kind(self) -> Option<MediaKind> {
        MediaKind::of_mime(self.mime())
    }

    /// Whether an entry of a list of MIME types means this type: `audio/wav` and `audio/x-wav` are one.
    pub fn matches_mime(self, entry: &str) -> bool {
        self.row().has_mime(entry)
    }

    /// The same file, taken for another kind: MP4 is the container of M4A too, and a soundtrack alone may carry either brand.
    /// Unchanged where its bytes can't mean that kind.
    pub fn seen_as(self, kind: MediaKind) -> Self {
        let format = match (self.format, kind) {
            (Format::Mp4, MediaKind::Audio) => Format::M4a,
            (Format::M4a, MediaKind::Video) => Format::Mp4,
            (format, _) => format,
        };
        Self { format }
    }
}

/// What a file is whose first bytes these are; `None` where they are of no format that is known here.
pub fn detect(head: &[u8]) -> Option<MediaType> {
    let format = match head {
        [0xff, 0xd8, 0xff, ..] => Format::Jpeg,
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Format::Png,
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Format::Gif,
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Format::WebP,
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'A', b'V', b'E', ..] => Format::Wav,
        [b'R', b'F', b'6', b'4', _, _, _, _, b'W', b'A', b'V', b'E', ..] => Format::Wav,
        [b'R', b'I', b'F', b'F', _, _, _, _, b'A', b'V', b'I', b' ', ..] => Format::Avi,
        [b'I', b'I', 42 | 43, 0, ..] | [b'M', b'M', 0, 42 | 43, ..] => Format::Tiff,
        [b'%', b'P', b'D', b'F', b'-', ..] => Format::Pdf,
        [b'O', b'g', b'g', b'S', 0, ..] => Format::Ogg,
        [b'f', b'L', b'a', b'C', ..] => Format::Flac,
        [0xff, 0x0a, ..] | [0, 0, 0, 12, b'J', b'X', b'L', b' ', b'\r', b'\n', ..] => Format::JpegXl,
        [0x1a, 0x45, 0xdf, 0xa3, rest @ ..] => ebml_doc_type(rest)?,
        _ if is_bmp(head) => Format::Bmp,
        _ => iso_media::detect(head).or_else(|| mpeg_audio::detect(head)).or_else(|| svg::detect(head))?,
    };
    Some(MediaType { format })
}

/// "BM" alone begins many a text: the size of the second header tells.
fn is_bmp(head: &[u8]) -> bool {
    head.starts_with(b"BM")
        && head.get(6..10) == Some(&[0; 4])
        && matches!(head.get(14..18), Some([12 | 40 | 52 | 56 | 64 | 108 | 124, 0, 0, 0]))
}

/// The DocType element (0x4282) within the EBML header, which is short and comes first.
fn ebml_doc_type(rest: &[u8]) -> Option<Format> {
    let header = rest.get(..rest.len().min(128))?;
    let at = header.windows(2).position(|id| id == [0x42, 0x82])?;
    match header.get(at.saturating_add(2)..)? {
        [0x84, b'w', b'e', b'b', b'm', ..] => Some(Format::WebM),
        [0x88, b'm', b'a', b't', b'r', b'o', b's', b'k', b'a', ..] => Some(Format::Matroska),
        _ => None,
    }
}
