//! Exif: a TIFF structure. What a picture still needs of it is its orientation; a caller wants to know of a location.

use crate::media::tiff;

/// Tags of the first directory (Exif 3.0, tables 4 and 5).
const ORIENTATION: u32 = 0x0112;
const GPS_DIRECTORY: u32 = 0x8825;

/// What an Exif block says.
#[derive(Default)]
pub(super) struct Seen {
    /// 2 to 8: how the picture has to be turned or mirrored. `None` where it stands upright.
    pub(super) orientation: Option<u8>,
    pub(super) has_location: bool,
}

/// Looks through the first directory of an Exif block, which begins with its TIFF header. What can't be read says nothing.
#[inline(never)]
pub(super) fn look(block: &[u8]) -> Seen {
    let mut seen = Seen::default();
    tiff::tags(block, &mut |tag, value| match tag {
        GPS_DIRECTORY => seen.has_location = true,
        ORIENTATION => seen.orientation = if matches!(value, 2..=8) { Some(value as u8) } else { None },
        _ => {}
    });
    seen
}

/// An Exif block that says nothing but an orientation.
pub(super) fn only_orientation(orientation: u8) -> [u8; 26] {
    let mut block = *b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\0\0\0\0\0\0\0";
    if let Some(value) = block.get_mut(19) {
        *value = orientation;
    }
    block
}
