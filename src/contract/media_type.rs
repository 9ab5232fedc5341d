//! The kinds of reference media, and the formats that are known by name.

/// What a reference is to the API: the `kind` of an upload and of an item in `params.referenceMediaItems`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MediaKind {
    /// `"image"`.
    Image,
    /// `"video"`.
    Video,
    /// `"audio"`.
    Audio,
}

impl MediaKind {
    /// All kinds, in the order of the API's pages.
    pub const ALL: [Self; 3] = [Self::Image, Self::Video, Self::Audio];

    /// As the API writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Video => "video",
            Self::Audio => "audio",
        }
    }

    /// Reads the API's spelling; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "image" => Some(Self::Image),
            "video" => Some(Self::Video),
            "audio" => Some(Self::Audio),
            _ => None,
        }
    }

    /// The kind that a MIME type begins with: `"image/heic"` is an image. Parameters and letter case don't matter.
    pub fn of_mime(mime: &str) -> Option<Self> {
        let (class, _) = mime.trim_ascii_start().split_once('/')?;
        Self::ALL.into_iter().find(|kind| class.eq_ignore_ascii_case(kind.as_str()))
    }
}

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

/// What a format is called.
struct Names {
    /// In a sentence.
    described: &'static str,
    mime: &'static str,
    /// Other spellings of its MIME type.
    aliases: &'static [&'static str],
}

impl Format {
    /// All formats, in their order.
    const ALL: [Self; 23] = [
        Self::Jpeg,
        Self::Png,
        Self::WebP,
        Self::Gif,
        Self::Bmp,
        Self::Tiff,
        Self::Heic,
        Self::Avif,
        Self::JpegXl,
        Self::Svg,
        Self::Pdf,
        Self::Mp4,
        Self::QuickTime,
        Self::ThreeGp,
        Self::WebM,
        Self::Matroska,
        Self::Avi,
        Self::Mp3,
        Self::M4a,
        Self::Wav,
        Self::Aac,
        Self::Ogg,
        Self::Flac,
    ];

    fn names(self) -> Names {
        let names = |described, mime, aliases| Names { described, mime, aliases };
        match self {
            Self::Jpeg => names("a JPEG image", "image/jpeg", &["image/jpg"]),
            Self::Png => names("a PNG image", "image/png", &[]),
            Self::WebP => names("a WebP image", "image/webp", &[]),
            Self::Gif => names("a GIF image", "image/gif", &[]),
            Self::Bmp => names("a BMP image", "image/bmp", &[]),
            Self::Tiff => names("a TIFF image", "image/tiff", &[]),
            Self::Heic => names("a HEIC image", "image/heic", &["image/heif"]),
            Self::Avif => names("an AVIF image", "image/avif", &[]),
            Self::JpegXl => names("a JPEG-XL image", "image/jxl", &[]),
            Self::Svg => names("an SVG image", "image/svg+xml", &[]),
            Self::Pdf => names("a PDF document", "application/pdf", &[]),
            Self::Mp4 => names("an MP4 video", "video/mp4", &["video/x-m4v"]),
            Self::QuickTime => names("a QuickTime video", "video/quicktime", &[]),
            Self::ThreeGp => names("a 3GP video", "video/3gpp", &["video/3gpp2"]),
            Self::WebM => names("a WebM video", "video/webm", &[]),
            Self::Matroska => names("a Matroska video", "video/x-matroska", &["video/matroska"]),
            Self::Avi => names("an AVI video", "video/x-msvideo", &["video/avi"]),
            Self::Mp3 => names("an MP3 audio file", "audio/mpeg", &["audio/mp3"]),
            Self::M4a => names("an M4A audio file", "audio/mp4", &["audio/x-m4a", "audio/m4a"]),
            Self::Wav => {
                names("a WAV audio file", "audio/wav", &["audio/x-wav", "audio/wave", "audio/vnd.wave"])
            }
            Self::Aac => names("an AAC audio file", "audio/aac", &["audio/x-aac"]),
            Self::Ogg => names("an Ogg audio file", "audio/ogg", &[]),
            Self::Flac => names("a FLAC audio file", "audio/flac", &["audio/x-flac"]),
        }
    }
}

impl MediaType {
    /// The type that a MIME type stands for, its other spellings included; parameters (`; codecs=…`) don't matter.
    pub fn of_mime(mime: &str) -> Option<Self> {
        let mime = mime.split(';').next().unwrap_or_default().trim_ascii();
        Format::ALL.into_iter().map(|format| Self { format }).find(|media| media.matches_mime(mime))
    }

    /// In a sentence: `"a HEIC image"`, `"an MP3 audio file"`.
    pub fn described(self) -> &'static str {
        self.format.names().described
    }

    /// `"HEIC"`.
    pub fn name(self) -> &'static str {
        self.described().split(' ').nth(1).unwrap_or_default()
    }

    /// `"image/heic"`.
    pub fn mime(self) -> &'static str {
        self.format.names().mime
    }

    /// Its kind; `None` for a document.
    pub fn kind(self) -> Option<MediaKind> {
        MediaKind::of_mime(self.mime())
    }

    /// Whether an entry of a list of MIME types means this type: `audio/wav` and `audio/x-wav` are one.
    pub fn matches_mime(self, entry: &str) -> bool {
        let Names { mime, aliases, .. } = self.format.names();
        mime.eq_ignore_ascii_case(entry) || aliases.iter().any(|alias| alias.eq_ignore_ascii_case(entry))
    }

    /// The same file, taken for another kind: MP4 is the container of M4A too, and a soundtrack alone may carry either
    /// brand. Unchanged where its bytes can't mean that kind.
    pub fn seen_as(self, kind: MediaKind) -> Self {
        let format = match (self.format, kind) {
            (Format::Mp4, MediaKind::Audio) => Format::M4a,
            (Format::M4a, MediaKind::Video) => Format::Mp4,
            (format, _) => format,
        };
        Self { format }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_read_back_from_its_own_spelling() {
        for kind in MediaKind::ALL {
            assert_eq!(MediaKind::parse(kind.as_str()), Some(kind));
        }
        assert_eq!(MediaKind::parse("Image"), None);
        assert_eq!(MediaKind::parse(""), None);
    }

    #[test]
    fn a_mime_type_tells_its_kind() {
        assert_eq!(MediaKind::of_mime("image/svg+xml"), Some(MediaKind::Image));
        assert_eq!(MediaKind::of_mime(" VIDEO/mp4; codecs=avc1"), Some(MediaKind::Video));
        assert_eq!(MediaKind::of_mime("application/pdf"), None);
        assert_eq!(MediaKind::of_mime("images/png"), None);
        assert_eq!(MediaKind::of_mime("image"), None);
        assert_eq!(MediaKind::of_mime(""), None);
    }

    #[test]
    fn every_format_names_itself_and_its_kind() {
        for format in Format::ALL {
            let media = MediaType { format };
            assert!(!media.name().is_empty() && media.described().contains(media.name()));
            for mime in [media.mime()].iter().chain(format.names().aliases) {
                assert!(media.matches_mime(mime));
                assert_eq!(MediaType::of_mime(mime), Some(media));
            }
            assert_eq!(media.kind().is_none(), format == Format::Pdf);
        }
        let heic = MediaType { format: Format::Heic };
        assert_eq!((heic.name(), heic.mime(), heic.kind()), ("HEIC", "image/heic", Some(MediaKind::Image)));
    }

    #[test]
    fn spellings_of_one_mime_type_match() {
        let wav = MediaType { format: Format::Wav };
        assert!(
            wav.matches_mime("audio/wav") && wav.matches_mime("audio/x-wav") && wav.matches_mime("AUDIO/WAV")
        );
        assert!(
            !wav.matches_mime("audio/mpeg") && !wav.matches_mime("") && !wav.matches_mime("a WAV audio file")
        );
        assert_eq!(MediaType::of_mime("image/jpg; q=1"), Some(MediaType { format: Format::Jpeg }));
        assert_eq!(MediaType::of_mime(""), None);
    }

    #[test]
    fn a_soundtrack_in_an_mp4_container_is_audio_where_the_caller_says_so() {
        let mp4 = MediaType { format: Format::Mp4 };
        assert_eq!(mp4.seen_as(MediaKind::Audio).mime(), "audio/mp4");
        assert_eq!(mp4.seen_as(MediaKind::Audio).seen_as(MediaKind::Video), mp4);
        assert_eq!(mp4.seen_as(MediaKind::Image), mp4);
    }
}
