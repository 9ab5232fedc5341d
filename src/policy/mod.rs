//! When to act: how often a call is repeated, when a generation is looked at, what ends a wait, how long a 429 is
//! respected.
//!
//! Times and random numbers come in as arguments; nothing here reads a clock.

pub mod charge;
pub mod clock;
pub mod durations;
pub mod journal;
pub mod learned;
pub mod observed;
pub mod offline;
pub mod pacing;
pub mod polling;
pub mod retry;
pub mod retry_after;
pub mod reuse;
pub mod waiting;
