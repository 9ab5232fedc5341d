//! Exif: a TIFF structure. What a picture still needs of it is its orientation; a caller wants to know of a location.

use super::checksum::checksum;
use super::walk::{Damage, Walk};
use super::words::label;
use crate::contract::media_type::Format;
use crate::media::tiff::{Tiff, Type};

/// Tags (Exif 3.0, tables 4, 5 and 15). A 16-bit number, and only that is heeded by Chromium and Firefox.
const ORIENTATION: u16 = 0x0112;
/// Where the GPS directory lies, in 32 bits.
const GPS_DIRECTORY: u16 = 0x8825;
/// Three fractions: where the picture was taken. Cameras without a receiver write a GPS directory, too, with a version
/// or a map datum alone.
const GPS_LATITUDE: u16 = 0x0002;
/// The first one of eight orientations.
pub(super) const UPRIGHT: u32 = 1;

/// An Exif block that says nothing but an orientation: 0, to be written over.
const BLOCK: [u8; 26] = *b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\0\0\0\0\0\0\0";
const ORIENTATION_AT: usize = 19;

impl Walk {
    /// A part that holds an Exif block: only its orientation stays, in a part of its own that begins with `front`, and
    /// ends with a checksum where the format has one.
    pub(super) fn judge_exif(
        &mut self,
        at: usize,
        end: usize,
        part: &[u8],
        block: &[u8],
        front: &[u8],
    ) -> Result<(), Damage> {
        let tiff = Tiff::read(block);
        let what = if tiff.as_ref().is_some_and(has_location) { label::EXIF_WITH_GPS } else { label::EXIF };
        let turned = tiff.and_then(|tiff| tiff.value(tiff.first_directory()?, ORIENTATION, Type::Short));
        let turned = turned.filter(|it| matches!(it, 2..=8)).unwrap_or(UPRIGHT);
        let mut patch = Vec::new();
        // Browsers go by the first block, whatever it says.
        let is_first = self.orientation == 0;
        if is_first {
            self.orientation = turned;
        }
        if is_first && turned > UPRIGHT {
            patch.extend_from_slice(front);
            patch.extend_from_slice(&BLOCK);
            if let Some(place) = patch.get_mut(front.len().wrapping_add(ORIENTATION_AT)) {
                *place = turned as u8;
            }
            if self.format == Format::Png {
                patch.extend_from_slice(&checksum(&patch));
            }
            if patch == part {
                return Ok(());
            }
        }
        self.cut(at, end, what, patch)
    }
}

fn has_location(tiff: &Tiff<'_>) -> bool {
    let gps = tiff.first_directory().and_then(|first| tiff.value(first, GPS_DIRECTORY, Type::Long));
    gps.is_some_and(|gps| tiff.value(gps, GPS_LATITUDE, Type::Rational).is_some())
}
