//! Paints results: real files of the right format and size, made from the request alone, a slice at a time.

pub mod canvas;
pub mod caption;
pub mod color;
pub mod jpeg;
pub mod plan;
pub mod png;
pub mod scene;
mod sink;
pub mod sizes;
pub mod sound;
pub mod tiles;
pub mod video;

/// Why a result could not be made.
#[derive(Debug)]
pub struct RenderError(pub String);

impl RenderError {
    /// From any other error.
    pub fn of(error: impl std::fmt::Display) -> Self {
        Self(error.to_string())
    }
}

/// A file in the making. Between two steps the event loop may run.
pub trait Render {
    /// Makes the next slice, a few milliseconds of work, and appends what is ready. True: the file is complete.
    fn step(&mut self, out: &mut Vec<u8>) -> Result<bool, RenderError>;
}

/// A reference as it appears in the picture.
#[derive(Debug, Clone)]
pub enum Thumbnail {
    /// Decoded.
    Pixels {
        /// Columns.
        width: u32,
        /// Rows.
        height: u32,
        /// Three bytes a pixel, row by row.
        rgb: Vec<u8>,
    },
    /// A video, a sound, or a picture that lies elsewhere: never fetched, named instead.
    Label(String),
}

impl Thumbnail {
    /// Width over height; square for a label.
    pub fn ratio(&self) -> f64 {
        match self {
            Self::Pixels { width, height, .. } if *height > 0 => f64::from(*width) / f64::from(*height),
            _ => 1.0,
        }
    }
}

/// Longest side of a decoded reference, in pixels.
pub const THUMBNAIL_SIDE: u32 = 384;

#[cfg(test)]
pub(crate) fn render_whole(mut render: Box<dyn Render>) -> Vec<u8> {
    let mut out = Vec::new();
    while !render.step(&mut out).unwrap() {}
    out
}
