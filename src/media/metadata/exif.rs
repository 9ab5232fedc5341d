//! Exif: a TIFF structure. What a picture still needs of it is its orientation; a caller wants to know of a location.

use super::{Damage, Walk};
use crate::media::tiff;

/// Tags of the first directory (Exif 3.0, tables 4 and 5).
const ORIENTATION: u32 = 0x0112;
const GPS_DIRECTORY: u32 = 0x8825;

/// An Exif block that says nothing but an orientation: 0, to be written over.
const BLOCK: [u8; 26] = *b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\0\0\0\0\0\0\0";
const ORIENTATION_AT: usize = 19;

impl Walk {
    /// A part that holds an Exif block: only its orientation stays, in a part of its own that begins with `front` and ends with the
    /// checksum in `behind`, from orientation 2 on, where the format has one.
    pub(super) fn judge_exif(
        &mut self,
        at: usize,
        end: usize,
        part: &[u8],
        block: &[u8],
        front: &[u8],
        behind: &[u32],
    ) -> Result<(), Damage> {
        let mut turned = 0;
        let mut what = "Exif";
        tiff::tags(block, |tag, value| match tag {
            GPS_DIRECTORY => what = "Exif (with GPS)",
            ORIENTATION => turned = value as u8,
            _ => {}
        });
        let mut patch = Vec::new();
        // 1 is upright.
        if !self.is_turned && matches!(turned, 2..=8) {
            self.is_turned = true;
            patch.extend_from_slice(front);
            patch.extend_from_slice(&BLOCK);
            if let Some(place) = patch.get_mut(front.len().wrapping_add(ORIENTATION_AT)) {
                *place = turned;
            }
            if let Some(checksum) = behind.get(usize::from(turned).wrapping_sub(2)) {
                patch.extend_from_slice(&checksum.to_be_bytes());
            }
            if patch == part {
                return Ok(());
            }
        }
        self.cut(at, end, what, patch)
    }
}
