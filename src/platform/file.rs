//! Files, by handle: their bytes stay with the platform.

use super::Local;

/// A file's bytes, which the platform holds. It is cheap to clone: a handle.
pub trait Blob: Clone + 'static {
    /// Reads it from its front to its end.
    type Scan: Scan;

    /// A number that this process gives no other file: a file that is handed over again has the same one.
    fn identity(&self) -> u64;
    /// How large it is.
    fn bytes(&self) -> u64;
    /// The media type that it was declared as; empty where it was declared as none.
    fn declared_type(&self) -> String;
    /// Its name, where it has one.
    fn name(&self) -> Option<String>;
    /// Its bytes from `start` up to `end`, without that, declared as a media type.
    fn slice(&self, start: u64, end: u64, media_type: &str) -> Self;
    /// A file of several parts, in their order, declared as no type.
    fn join(parts: Vec<Part<Self>>) -> Self;
    /// The same bytes in memory of the platform's, in one piece; `None` where they can't be read.
    fn in_memory(&self) -> Local<Option<Self>>;
    /// Its bytes from `start` up to `end`, without that, or up to its own end; `None` where the platform can't read as
    /// many: the file has changed on disk, or went.
    fn read(&self, start: u64, end: u64) -> Local<Option<Vec<u8>>>;
    /// Begins to read it from its front.
    fn scan(&self) -> Self::Scan;
}

/// What a file is made of.
#[derive(Clone, Debug)]
pub enum Part<B> {
    /// Another file, whole.
    Blob(B),
    /// Bytes of ours.
    Bytes(Vec<u8>),
}

/// A file that is read from its front to its end, each position at or behind the one before. Dropped, nothing more of
/// it is read.
pub trait Scan: 'static {
    /// So many bytes from a position on, or all up to the file's end, if they are at hand already.
    fn at_hand(&self, at: u64, bytes: usize) -> Option<Vec<u8>>;
    /// Brings them at hand. False where the platform can't read them: the file has changed on disk, or went.
    fn load(&self, at: u64, bytes: usize) -> Local<bool>;
    /// Where a JPEG's next marker is, in a scan or among stray bytes: `0xFF` with something behind it that is no zero,
    /// no restart and no other `0xFF`; the file's length where there is none. It lets other work of the thread have
    /// its turn. `None` where the platform can't read on.
    fn next_marker(&self, from: u64) -> Local<Option<u64>>;
}

/// A picture that was decoded.
pub trait Picture: 'static {
    /// What it is encoded into.
    type Blob: Blob;

    /// Pixels of a row.
    fn width(&self) -> u32;
    /// Rows.
    fn height(&self) -> u32;
    /// Draws and encodes it; `None` where the platform can't. The type of what it answers may be another than was
    /// asked for.
    fn encode(&self, encoding: &Encoding) -> Local<Option<Self::Blob>>;
}

/// How a picture is drawn and encoded.
#[derive(Clone, Debug, PartialEq)]
pub struct Encoding {
    /// The media type. Where that knows no transparency, the ground is white.
    pub media_type: &'static str,
    /// Pixels of a row.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// The encoder's quality, from 0 to 1.
    pub quality: f64,
}
