//! What ends a wait before its generation does. Times are milliseconds of a monotonic clock: one that is set must not
//! end a wait.

use std::time::Duration;

use super::polling::{MIN_GAP_MS, SPACING_MS};
use crate::millis::millis;

/// What is begun for a wait, its submission, the one poll that it makes in any case or what it asks of the store, is
/// given so long at least, whatever its limit (our convention).
pub const MIN_TIME: Duration = Duration::from_secs(2);
/// A watch whose reader is busy polls on so long beyond its limit (our convention): a state that came meanwhile is
/// still handed over. Of a reader that never comes back nobody is told.
pub const BUSY_READER: Duration = Duration::from_secs(60);

/// One caller's wait, at a moment.
#[derive(Clone, Copy, Debug)]
pub struct Wait {
    /// When its time is up.
    pub limit_at_ms: f64,
    /// Whether a poll was answered, or has failed, since it began.
    pub has_polled: bool,
    /// When the first poll since then was sent; one that was under way when it began counts from there.
    pub poll_sent_at_ms: Option<f64>,
    /// The latest moment at which its first poll is sent: see [`first_poll_by_ms`].
    pub first_poll_by_ms: f64,
}

impl Wait {
    /// When it ends, where nothing happens before: at its limit, but that one poll is begun in any case.
    pub fn ends_at_ms(&self) -> f64 {
        if self.has_polled {
            return self.limit_at_ms;
        }
        self.poll_sent_at_ms.map_or(self.first_poll_by_ms, at_least_from).max(self.limit_at_ms)
    }
}

/// The latest moment at which the first poll of a wait is sent that began at another: after the minimum gap between two
/// polls of one id, one attempt of another call (where calls go one by one), and one poll of every other loop.
pub fn first_poll_by_ms(began_at_ms: f64, attempt_ms: f64, loops: u32) -> f64 {
    began_at_ms + MIN_GAP_MS + attempt_ms + f64::from(loops) * SPACING_MS
}

/// When a submission ends for its caller, if it began at a moment.
pub fn submission_ends_at_ms(limit_at_ms: f64, began_at_ms: f64) -> f64 {
    at_least_from(began_at_ms).max(limit_at_ms)
}

/// When a wait goes on without the store, if that was asked at a moment.
pub fn store_ends_at_ms(limit_at_ms: f64, asked_at_ms: f64) -> f64 {
    at_least_from(asked_at_ms).max(limit_at_ms)
}

/// Until when a watch polls on while nobody asks for the next state.
pub fn polls_on_until_ms(limit_at_ms: f64) -> f64 {
    limit_at_ms + millis(BUSY_READER)
}

/// Whether the API's pause until a moment ends a wait at once.
pub fn is_paused_beyond(limit_at_ms: f64, until_ms: f64) -> bool {
    until_ms > limit_at_ms
}

fn at_least_from(began_at_ms: f64) -> f64 {
    began_at_ms + millis(MIN_TIME)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT_AT_MS: f64 = 10_000.0;

    fn wait(has_polled: bool, poll_sent_at_ms: Option<f64>) -> Wait {
        Wait { limit_at_ms: LIMIT_AT_MS, has_polled, poll_sent_at_ms, first_poll_by_ms: 40_000.0 }
    }

    #[test]
    fn a_wait_ends_at_its_limit_but_begins_one_poll_and_gives_it_two_seconds() {
        for (wait, ends_at_ms) in [
            (wait(true, Some(9_900.0)), LIMIT_AT_MS),
            (wait(false, Some(5_000.0)), LIMIT_AT_MS),
            (wait(false, Some(9_900.0)), 11_900.0),
            (wait(false, None), 40_000.0),
        ] {
            assert_eq!(wait.ends_at_ms(), ends_at_ms, "{wait:?}");
        }
    }

    #[test]
    fn a_first_poll_is_given_the_time_of_all_that_may_come_before_it() {
        // 2 s since the poll before, 30 s for an attempt of another call, and 0.2 s for each of ten loops.
        assert_eq!(first_poll_by_ms(1_000.0, 30_000.0, 10), 35_000.0);
        // Three hundred that begin at once need a minute.
        assert!(first_poll_by_ms(0.0, 30_000.0, 300) >= 90_000.0);
        assert!(first_poll_by_ms(1_000.0, 30_000.0, 0) >= 31_000.0);
    }

    #[test]
    fn a_watch_that_nobody_reads_polls_a_minute_beyond_its_limit() {
        assert_eq!(polls_on_until_ms(LIMIT_AT_MS), LIMIT_AT_MS + 60_000.0);
    }

    #[test]
    fn a_submission_ends_at_the_limit_but_is_given_two_seconds() {
        assert_eq!(submission_ends_at_ms(3_000.0, 0.0), 3_000.0);
        assert_eq!(submission_ends_at_ms(500.0, 500.0), 2_500.0);
    }

    #[test]
    fn a_store_is_waited_for_up_to_the_limit_but_is_given_two_seconds() {
        assert_eq!(store_ends_at_ms(3_000.0, 0.0), 3_000.0);
        assert_eq!(store_ends_at_ms(500.0, 500.0), 2_500.0);
        assert_eq!(store_ends_at_ms(f64::INFINITY, 500.0), f64::INFINITY);
    }

    #[test]
    fn only_a_pause_beyond_its_limit_ends_a_wait_early() {
        assert!(!is_paused_beyond(LIMIT_AT_MS, LIMIT_AT_MS));
        assert!(is_paused_beyond(LIMIT_AT_MS, LIMIT_AT_MS + 0.1));
    }
}
