//! How much time has passed, where a machine may have slept meanwhile.
//!
//! A platform has two clocks, and neither tells the whole: the monotonic one (`performance.now()`) stands still while a
//! machine sleeps, and the wall clock (`Date.now()`) may be set. A duration after which something is no longer true has
//! passed as soon as either of them says so.

/// A moment, read from both clocks.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Moment {
    /// Milliseconds of the monotonic clock, from a start of its own.
    pub monotonic_ms: f64,
    /// Milliseconds since 1970, by the wall clock.
    pub wall_ms: f64,
}

impl Moment {
    /// How long ago it was, in milliseconds, by the clock that says more.
    pub fn elapsed_ms(self, now: Self) -> f64 {
        (now.monotonic_ms - self.monotonic_ms).max(now.wall_ms - self.wall_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Moment = Moment { monotonic_ms: 1_000.0, wall_ms: 1_778_457_600_000.0 };

    fn later(monotonic_ms: f64, wall_ms: f64) -> Moment {
        Moment { monotonic_ms: START.monotonic_ms + monotonic_ms, wall_ms: START.wall_ms + wall_ms }
    }

    #[test]
    fn the_clock_that_says_more_is_believed() {
        for (monotonic_ms, wall_ms, elapsed_ms) in [
            (5.0, 5.0, 5.0),
            // The machine slept for a night.
            (5.0, 30_000_000.0, 30_000_000.0),
            // The wall clock was set back.
            (5.0, -3_600_000.0, 5.0),
        ] {
            assert_eq!(START.elapsed_ms(later(monotonic_ms, wall_ms)), elapsed_ms);
        }
    }
}
