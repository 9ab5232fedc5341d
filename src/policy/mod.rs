//! When to act: how often a call is repeated, when a generation is polled, what ends a wait, how long a 429 is
//! respected.
//!
//! Times and random numbers come in as arguments; nothing here reads a clock.

pub mod charge;
pub(crate) mod clock;
pub(crate) mod durations;
pub(crate) mod entry_fate;
pub mod learned;
pub mod observed;
pub(crate) mod offline;
pub(crate) mod pacing;
pub mod polling;
pub mod retry;
pub(crate) mod retry_after;
pub(crate) mod reuse;
pub(crate) mod waiting;
