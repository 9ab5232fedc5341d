//! Milliseconds as a duration.

use std::time::Duration;

/// So many milliseconds; none where they are no number of them.
pub(super) fn millis(ms: f64) -> Duration {
    Duration::try_from_secs_f64(ms / 1_000.0).unwrap_or_default()
}
