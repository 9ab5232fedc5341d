//! What a file is, told by its bytes: its format, how large a picture is, and where its metadata lies.

pub mod dimensions;
pub mod metadata;
mod pattern;
pub mod signature;
mod tiff;
