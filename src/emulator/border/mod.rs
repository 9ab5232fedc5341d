//! The emulator's border to JavaScript: it reads a web `Request`, asks the world, and makes a web `Response`.

mod abort;
mod emulator;
#[cfg(feature = "npm")]
mod exports;
mod handler;
#[cfg(feature = "npm")]
mod js_options;
mod options;
mod painting;
mod platform;
mod public_url;
mod respond;
mod shared;
mod thumbnails;

pub use emulator::Emulator;
#[cfg(feature = "npm")]
pub use exports::RawEmulator;
pub use options::{EmulatorOptions, OptionError};
