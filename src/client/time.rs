//! Milliseconds, as rules have them, and durations, as platforms do.

use std::time::Duration;

/// So many milliseconds, rounded up to a whole one: whoever sleeps for the rest of a time must not wake before it. The
/// longest duration where they are no number of milliseconds.
pub(crate) fn sleep_time(ms: f64) -> Duration {
    Duration::try_from_secs_f64(ms.ceil() / 1_000.0).unwrap_or(Duration::MAX)
}
