//! The emulator's border to JavaScript: it reads a web `Request`, asks the world, and makes a web `Response`.

mod abort;
mod exports;
mod handler;
mod options;
mod painting;
mod platform;
mod respond;
mod shared;
mod thumbnails;

pub use exports::RawEmulator;
