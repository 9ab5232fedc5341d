//! What a file is, told by its bytes.

pub mod signature;
