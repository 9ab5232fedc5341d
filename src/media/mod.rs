//! What a file is, by its bytes.

pub mod kind;
pub mod signature;
