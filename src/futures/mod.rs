//! What futures of one thread need to run side by side: no executor, no clock, no platform.

pub(crate) mod batch;
pub(crate) mod keyed;
pub(crate) mod race;
pub(crate) mod signal;
pub(crate) mod slot;
pub(crate) mod sorted_map;
pub(crate) mod turnstile;
pub(crate) mod yield_once;
