//! The three kinds of reference media.

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
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// The kind that a MIME type begins with: `"image/heic"` is an image. Parameters and letter case don't matter.
    pub fn of_mime(mime: &str) -> Option<Self> {
        let (main, _) = mime.split_once('/')?;
        Self::ALL.into_iter().find(|kind| main.trim().eq_ignore_ascii_case(kind.as_str()))
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
        assert_eq!(MediaKind::of_mime("VIDEO/mp4; codecs=avc1"), Some(MediaKind::Video));
        assert_eq!(MediaKind::of_mime("application/pdf"), None);
        assert_eq!(MediaKind::of_mime("image"), None);
        assert_eq!(MediaKind::of_mime(""), None);
    }
}
