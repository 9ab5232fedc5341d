//! For how long an uploaded file is referred to again instead of being uploaded once more.

use super::clock::Moment;

/// From the end of its upload. How long an upload can be referred to is not documented (contract, section 7): our
/// convention.
const LIFETIME_MS: f64 = 3_600_000.0;

/// Whether an upload that ended at a moment may still be referred to. A page that a machine slept over counts the
/// night, too.
pub fn may_be_reused(uploaded: Moment, now: Moment) -> bool {
    uploaded.elapsed_ms(now) < LIFETIME_MS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_upload_is_reused_for_an_hour_by_either_clock() {
        let at = |monotonic_ms, wall_ms| Moment { monotonic_ms, wall_ms };
        let uploaded = at(0.0, 0.0);
        assert!(may_be_reused(uploaded, at(3_599_999.0, 3_599_999.0)));
        assert!(!may_be_reused(uploaded, at(3_600_000.0, 3_599_999.0)));
        assert!(!may_be_reused(uploaded, at(5.0, 3_600_000.0)));
        // A wall clock that was set back proves nothing.
        assert!(may_be_reused(uploaded, at(5.0, -9e9)));
    }
}
