//! What a file is, told by its bytes: its format, how large a picture is, where its metadata lies, and how it is made
//! smaller.

pub mod dimensions;
pub mod fitting;
mod header;
pub mod metadata;
mod pattern;
pub mod result;
pub mod signature;
pub mod text;
mod tiff;
