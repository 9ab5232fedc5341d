//! The API in a process.
//!
//! `world` and what stands below it decide everything and know neither JavaScript nor a clock; `border`
//! reads a `Request`, asks the world, and makes a `Response`.

pub mod border;
pub mod checks;
pub mod conventions;
pub mod faults;
pub mod files;
pub mod painter;
pub mod problem;
pub mod random;
pub mod routes;
pub mod settings;
pub mod signing;
pub mod tables;
pub mod tasks;
pub mod webhooks;
pub mod world;

#[cfg(test)]
mod checks_tests;
#[cfg(test)]
mod world_tests;
