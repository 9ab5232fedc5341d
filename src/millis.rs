//! Milliseconds, as the rules compute with them and JavaScript has them, and durations, as Rust has them. It stands
//! outside of the rooms, for most of them convert one into the other.

use std::time::Duration;

/// In milliseconds; the longest duration, which stands for no limit, is infinite.
pub(crate) fn millis(duration: Duration) -> f64 {
    if duration == Duration::MAX {
        return f64::INFINITY;
    }
    // Not by `as_secs_f64`, which makes 7.000000000000001 of some whole numbers.
    duration.as_secs() as f64 * 1_000.0 + f64::from(duration.subsec_nanos()) / 1_000_000.0
}

/// So many milliseconds: none where they are less, or no number; the longest duration where they are more than it
/// holds.
pub(crate) fn duration(ms: f64) -> Duration {
    if ms.is_nan() || ms <= 0.0 {
        return Duration::ZERO;
    }
    if ms >= u64::MAX as f64 {
        return Duration::MAX;
    }
    // Not by `from_secs_f64`, which rounds some whole numbers off.
    let whole_ms = ms.trunc();
    let rest_ns = ((ms - whole_ms) * 1_000_000.0).round();
    Duration::from_millis(whole_ms as u64).saturating_add(Duration::from_nanos(rest_ns as u64))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_no_duration_is_none_or_the_longest() {
        for (ms, expected) in [
            (f64::NAN, Duration::ZERO),
            (-1.0, Duration::ZERO),
            (0.0, Duration::ZERO),
            (2_500.0, Duration::from_millis(2_500)),
            (1e300, Duration::MAX),
            (f64::INFINITY, Duration::MAX),
        ] {
            assert_eq!(duration(ms), expected, "{ms}");
        }
        assert_eq!(millis(Duration::MAX), f64::INFINITY);
    }

    proptest! {
        #[test]
        fn whole_milliseconds_come_back_as_they_were(ms in 0u64..4_000_000_000_000) {
            let given = ms as f64;
            prop_assert_eq!(millis(duration(given)), given);
            prop_assert_eq!(duration(given), Duration::from_millis(ms));
        }
    }
}
