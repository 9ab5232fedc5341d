//! Where a picture's metadata lies, so that it can be cut out without touching a pixel.
//!
//! A [`Walk`] goes through a file from part to part (segments of a JPEG, chunks of PNG and WebP) and asks for the few
//! bytes that it wants to see next; whoever holds the file brings them. What comes of it is a list of [`Cut`]s: the new
//! file is what lies between them, with a small patch in some of their places. What makes the picture is named (image
//! data, colour, animation), and what is not named goes: a camera's own parts have a thousand names.

mod checksum;
mod exif;
mod jpeg;
mod memory;
mod png;
#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "a test that overflows fails, as it should")]
mod tests;
mod walk;
mod webp;
mod words;

pub use walk::{Cut, Damage, Next, Walk};

use crate::contract::media_type::Format;

impl Walk {
    /// Goes on with the bytes that were asked for, which begin at `at`; answers what it asks for next. Fewer bytes than
    /// it asked for are the file's last ones.
    pub fn step(&mut self, at: usize, bytes: &[u8]) -> Result<Next, Damage> {
        let mut part = (at, bytes);
        loop {
            let next = match self.format {
                Format::Jpeg => self.segment(part.0, part.1)?,
                Format::Png => self.png_chunk(part.0, part.1)?,
                _ => self.webp_chunk(part.0, part.1)?,
            };
            let in_view = |from: usize| bytes.get(from.wrapping_sub(at)..).unwrap_or_default();
            let (next_at, wanted) = match next {
                Next::Read { at, bytes } => (at, bytes),
                Next::Marker { from } => match jpeg::next_marker(in_view(from)) {
                    Ok(skipped) => (from.saturating_add(skipped), jpeg::MARKER_BYTES),
                    Err(skipped) => return Ok(Next::Marker { from: from.saturating_add(skipped) }),
                },
                Next::End => return Ok(next),
            };
            part = (next_at, in_view(next_at));
            if part.1.len() < wanted.min(self.left_from(next_at)) {
                return Ok(next);
            }
        }
    }
}
