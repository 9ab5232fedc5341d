//! What ends a wait before its generation does.

use super::polling::SPACING_MS;

/// A wait whose time is up before its first look was answered stays for that one: one attempt's time and the spacing of looks.
const LAST_LOOK_SLACK_MS: f64 = 2_500.0;

/// One caller's wait, at a moment.
#[derive(Clone, Copy, Debug)]
pub struct Wait {
    /// When its time is up.
    pub limit_at_ms: f64,
    /// Whether a look was made since it began.
    pub has_looked: bool,
    /// Whether its time was up before, and it stayed for one look alone.
    pub is_overtime: bool,
}

/// What a wait does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// It goes on.
    GoOn,
    /// It goes on for one look, for [`overtime_ms`] at most: whatever its limit, a wait looks once.
    Overtime,
    /// It ends with `timeout`.
    OutOfTime,
    /// It ends with `rate_limited`: the API asked for a pause beyond its limit.
    Paused,
}

impl Wait {
    /// A look failed for a passing reason, or may not be made before a time. `rate_limited`: because the API asked for a pause.
    pub fn on_delay(&self, until_ms: f64, rate_limited: bool) -> Next {
        if rate_limited && until_ms > self.limit_at_ms {
            Next::Paused
        } else if self.is_overtime && self.has_looked {
            Next::OutOfTime
        } else {
            Next::GoOn
        }
    }

    /// Its time is up.
    pub fn on_time_up(&self) -> Next {
        if self.is_overtime || self.has_looked { Next::OutOfTime } else { Next::Overtime }
    }
}

/// The longest overtime, where one attempt may take `attempt_ms`, and each of so many loops may look before.
pub fn overtime_ms(attempt_ms: f64, loops: u32) -> f64 {
    attempt_ms + LAST_LOOK_SLACK_MS + f64::from(loops) * SPACING_MS
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wait(has_looked: bool, is_overtime: bool) -> Wait {
        Wait { limit_at_ms: 1_000.0, has_looked, is_overtime }
    }

    #[test]
    fn a_wait_looks_at_least_once_and_stays_once_for_it() {
        assert_eq!(wait(false, false).on_time_up(), Next::Overtime);
        assert_eq!(wait(false, true).on_time_up(), Next::OutOfTime);
        assert_eq!(wait(true, false).on_time_up(), Next::OutOfTime);
        assert!(overtime_ms(30_000.0, 0) > 30_000.0);
        // Three hundred that begin at once need a minute.
        assert!(overtime_ms(30_000.0, 300) > 90_000.0);
    }

    #[test]
    fn only_a_pause_beyond_its_limit_ends_a_wait_early() {
        assert_eq!(wait(true, false).on_delay(5_000.0, false), Next::GoOn);
        assert_eq!(wait(true, false).on_delay(1_000.0, true), Next::GoOn);
        assert_eq!(wait(false, false).on_delay(1_000.1, true), Next::Paused);
    }

    #[test]
    fn a_failed_look_in_overtime_was_the_one_that_it_stayed_for() {
        assert_eq!(wait(true, true).on_delay(0.0, false), Next::OutOfTime);
        assert_eq!(wait(false, true).on_delay(0.0, false), Next::GoOn);
    }
}
