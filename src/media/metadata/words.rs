//! What is said of a file: which parts go, and what is wrong.

/// What was cut out, in the words that a caller reads.
pub(super) mod label {
    pub const EXIF: &str = "Exif";
    pub const EXIF_WITH_GPS: &str = "Exif (with GPS)";
    pub const XMP: &str = "XMP";
    pub const IPTC: &str = "IPTC";
    pub const COMMENT: &str = "comment";
    pub const TEXT: &str = "text";
    pub const TIME: &str = "time";
    pub const PREVIEW: &str = "preview";
    pub const CREDENTIALS: &str = "Content Credentials";
    pub const OTHER: &str = "other metadata";
    pub const TRAILER: &str = "data behind the image";
    pub const STRAY: &str = "stray bytes";
    /// A repair of the file's form: nothing of it is told.
    pub const NOTHING: &str = "";
}

/// What is wrong, in words that read on from "at byte 17, where".
pub(super) mod damage {
    pub const NO_IMAGE: &str = "the picture ends, and no image data was seen";
    pub const PAST: &str = "something runs past the file's end";
}
