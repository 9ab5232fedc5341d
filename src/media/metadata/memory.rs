//! What a walk remembers of the parts before, format by format.

/// What a walk through a JPEG remembers of the segments before.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Jpeg {
    /// What lies in front of the next marker, where that had to be looked for.
    pub(super) skipped: Option<Skipped>,
    /// Whether scans have restart markers within.
    pub(super) has_restarts: bool,
    /// How many components a sequential frame has whose first scan is still to come.
    pub(super) components: Option<u8>,
    /// Whether the first scan of a sequential frame had all of its components: browsers show the picture after it,
    /// whatever follows.
    pub(super) is_complete: bool,
}

/// What lies between a segment and the next marker, with its first byte's offset.
#[derive(Clone, Copy, Debug)]
pub(super) enum Skipped {
    /// Image data behind the header of a scan.
    Scan(usize),
    /// What belongs to no segment.
    Stray(usize),
}

/// What a walk through a PNG remembers of the chunks before.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Png {
    /// Whether another chunk began behind the image data: browsers know by it that there is no more.
    pub(super) is_image_over: bool,
    /// Where image data begins that runs past the file's end, and is gone through now.
    pub(super) open_data: Option<usize>,
}

/// What a walk through a WebP remembers of its headers.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct WebP {
    /// Where it ends by its own header, or with the file.
    pub(super) end: usize,
    /// Whether its header says that it is longer than the file.
    pub(super) is_cut_short: bool,
    /// The flags of one that has some.
    pub(super) flags: Option<u8>,
    /// Whether it has no flags, and a chunk was seen behind its image: there libwebp reads no further.
    pub(super) is_read: bool,
    /// The frame of an animation whose image is gone through: where it begins, and how many bytes it says to have
    /// behind its length.
    pub(super) frame: Option<(usize, usize)>,
}
