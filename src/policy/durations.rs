//! How long a model's generations take, judged by the few that were seen.
//!
//! Ten durations say little about how the next will be: polls put exactly where runs ended miss it. So each duration
//! stands for its surroundings, a kernel whose width is `WIDTH` times the relative spread of the durations. Three
//! things keep that true for very different models:
//!
//! - the spread is taken within groups, told apart where a duration is more than `APART` times the one before it: a
//!   model of 6 s and 60 s has two narrow groups, not one wide one. It is pooled over them, for a group may hold one
//!   duration alone;
//! - each group is drawn together by as much as its kernels widen it, so the variance of the whole stays that of the
//!   durations;
//! - a kernel gives a share of its weight, 1 in n + 1 for a group of n, to one of twice the width: what n runs have not
//!   shown yet.
//!
//! Durations that are all equal have kernels without width, and the next is expected at that very time. Kernels are
//! Epanechnikov's: they end, so there is a time before which and one after which nothing is expected, and their
//! integrals are polynomials.

/// So many of the latest durations count.
pub const MAX_DURATIONS: usize = 20;
/// A longer one is none of a generation: a computer slept, or nobody polled.
const MAX_DURATION_MS: f64 = 3_600_000.0;
/// Half-width of a kernel, in spreads of its group. Found by the bench: from 1.2 to 1.8 it hardly matters.
const WIDTH: f64 = 1.4;
/// √(1 + [`WIDTH`]² / 5), where 1/5 is the variance of Epanechnikov's kernel: kernels widen a group by so much.
const WIDENING: f64 = 1.18;
/// A duration so many times the next shorter one begins a group.
const APART: f64 = 2.5;
/// Relative spread where no two durations of a group are known.
const UNKNOWN_SPREAD: f64 = 0.3;
/// The second kernel of a duration, in widths of the first.
const WIDER: f64 = 2.0;

/// The distribution that the durations seen speak for.
#[derive(Clone, Debug, Default)]
pub struct Durations {
    /// Shortest first.
    kernels: Vec<Kernel>,
    /// Half-width of a kernel, in parts of its duration.
    half_width: f64,
    median_ms: f64,
}

#[derive(Clone, Copy, Debug)]
struct Kernel {
    at_ms: f64,
    /// Share of the weight that the wider one has.
    wider: f64,
}

/// What is expected of a generation by a time.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Expected {
    /// How likely it has ended.
    pub ended: f64,
    /// How long it has been ended, in the mean.
    pub ended_for_ms: f64,
}

impl Durations {
    /// From the durations seen, latest last. What can't be one is left out.
    pub fn new(seen_ms: &[f64]) -> Self {
        let mut sorted = Vec::with_capacity(MAX_DURATIONS);
        let is_possible = |ms: &&f64| **ms > 0.0 && **ms <= MAX_DURATION_MS;
        for ms in seen_ms.iter().rev().filter(is_possible).take(MAX_DURATIONS) {
            // Not `sort_unstable_by`, which takes 1,700 bytes of a page's download.
            sorted.insert(sorted.partition_point(|shorter| shorter < ms), *ms);
        }
        let mut kernels = Vec::with_capacity(MAX_DURATIONS);
        let (mut squares, mut freedom) = (0.0, 0.0);
        for group in sorted.chunk_by(|shorter, longer| *longer <= *shorter * APART) {
            let count = group.len() as f64;
            let mean_ms = group.iter().sum::<f64>() / count;
            freedom += count - 1.0;
            for ms in group {
                let off = ms / mean_ms - 1.0;
                squares += off * off;
                kernels.push(Kernel { at_ms: mean_ms * (1.0 + off / WIDENING), wider: 1.0 / (count + 1.0) });
            }
        }
        // Standard deviation from a group's mean, in parts of it.
        let spread = if freedom > 0.0 { (squares / freedom).sqrt() } else { UNKNOWN_SPREAD };
        Self { kernels, half_width: spread * WIDTH, median_ms: median(&sorted) }
    }

    /// How many count.
    pub fn len(&self) -> usize {
        self.kernels.len()
    }

    /// Whether none does.
    pub fn is_empty(&self) -> bool {
        self.kernels.is_empty()
    }

    /// Half of them were shorter. 0 where none counts.
    pub fn median_ms(&self) -> f64 {
        self.median_ms
    }

    /// The middles of the kernels, latest first.
    pub fn centres_ms(&self) -> impl Iterator<Item = f64> {
        self.kernels.iter().rev().map(|kernel| kernel.at_ms)
    }

    /// No generation is expected to end sooner; below 0 where widths leave that open.
    pub fn earliest_ms(&self) -> f64 {
        self.kernels.first().map_or(0.0, |kernel| kernel.at_ms * (1.0 - self.half_width * WIDER))
    }

    /// No generation is expected to end later.
    pub fn latest_ms(&self) -> f64 {
        self.kernels.last().map_or(0.0, |kernel| kernel.at_ms * (1.0 + self.half_width * WIDER))
    }

    /// What is expected by a time after the submission.
    pub fn by(&self, elapsed_ms: f64) -> Expected {
        let mut sum = Expected::default();
        for kernel in &self.kernels {
            let since_ms = elapsed_ms - kernel.at_ms;
            let half_width_ms = kernel.at_ms * self.half_width;
            sum.add(since_ms, half_width_ms, 1.0 - kernel.wider);
            sum.add(since_ms, half_width_ms * WIDER, kernel.wider);
        }
        let count = self.kernels.len() as f64;
        Expected { ended: sum.ended / count, ended_for_ms: sum.ended_for_ms / count }
    }
}

impl Expected {
    /// Adds the integral of Epanechnikov's kernel (1 − u²) · 3/4 over −1..u, and the integral of that.
    fn add(&mut self, since_ms: f64, half_width_ms: f64, weight: f64) {
        if since_ms >= half_width_ms {
            self.ended += weight;
            self.ended_for_ms += weight * since_ms;
        } else if since_ms > -half_width_ms {
            let u = since_ms / half_width_ms;
            let squared = (1.0 + u) * (1.0 + u);
            self.ended += weight * squared * (2.0 - u) / 4.0;
            self.ended_for_ms += weight * half_width_ms * squared * (1.0 + u) * (3.0 - u) / 16.0;
        }
    }
}

fn median(sorted: &[f64]) -> f64 {
    let at = |index: usize| sorted.get(index).copied().unwrap_or(0.0);
    (at(sorted.len().saturating_sub(1) / 2) + at(sorted.len() / 2)) / 2.0
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "a test that overflows fails, as it should")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn equal_durations_are_expected_at_that_very_time() {
        for count in 2..=MAX_DURATIONS {
            let durations = Durations::new(&vec![8_000.0; count]);
            assert_eq!(durations.by(7_999.999).ended, 0.0);
            assert!(durations.by(8_000.0).ended > 1.0 - 1e-9);
            assert!((durations.by(8_500.0).ended_for_ms - 500.0).abs() < 1e-6);
        }
    }

    #[test]
    fn far_groups_stay_apart() {
        let durations =
            Durations::new(&[6_000.0, 60_000.0, 6_100.0, 59_000.0, 5_900.0, 61_000.0, 6_000.0, 60_000.0]);
        assert!(durations.by(5_500.0).ended < 1e-9);
        let between = [6_500.0, 20_000.0, 55_000.0].map(|ms| durations.by(ms).ended);
        assert!(between.iter().all(|ended| (ended - 0.5).abs() < 1e-9), "{between:?}");
    }

    #[test]
    fn junk_is_left_out_and_the_latest_count() {
        let junk = [f64::NAN, f64::INFINITY, -1.0, 0.0, 1e18];
        assert!(Durations::new(&junk).is_empty());
        assert_eq!(Durations::new(&[&junk[..], &[5_000.0]].concat()).len(), 1);
        let many: Vec<f64> = (1..=50).map(|seconds| f64::from(seconds) * 1_000.0).collect();
        let durations = Durations::new(&many);
        assert_eq!(durations.len(), MAX_DURATIONS);
        assert_eq!(durations.median_ms(), 40_500.0);
    }

    #[test]
    fn two_durations_stand_for_their_surroundings() {
        assert!(Durations::new(&[]).is_empty());
        let durations = Durations::new(&[9_000.0, 11_000.0]);
        assert!(!durations.is_empty());
        // They are 10 % off their mean, drawn together to 8.5 %. Their spread is √2 · 10 %, with one degree of freedom;
        // the wider kernels reach 2.8 times as far.
        let centres_ms: Vec<f64> = durations.centres_ms().map(f64::round).collect();
        assert_eq!(centres_ms, [10_847.0, 9_153.0]);
        assert_eq!([durations.earliest_ms().round(), durations.latest_ms().round()], [5_528.0, 15_143.0]);
    }

    proptest! {
        #[test]
        fn what_is_expected_begins_with_the_earliest_and_ends_with_the_latest(
            seen in proptest::collection::vec(10_000.0..14_000.0f64, 2..20),
        ) {
            let durations = Durations::new(&seen);
            let (earliest_ms, latest_ms) = (durations.earliest_ms(), durations.latest_ms());
            let within_ms = (latest_ms - earliest_ms) / 1_000.0;
            prop_assert!(earliest_ms > 0.0 && durations.by(earliest_ms - 1e-6).ended == 0.0);
            prop_assert!(durations.by(earliest_ms + within_ms).ended > 0.0);
            prop_assert!(durations.by(latest_ms - within_ms).ended < 1.0 - 1e-12);
            prop_assert!(durations.by(latest_ms + 1e-6).ended > 1.0 - 1e-12);
        }

        #[test]
        fn it_is_a_distribution(seen in proptest::collection::vec(1.0..1e6f64, 1..30)) {
            let durations = Durations::new(&seen);
            let latest = durations.latest_ms();
            // Widths that reach below 0 reach further the longer the duration.
            let earliest = if durations.earliest_ms() > 0.0 { durations.earliest_ms() } else { -latest };
            prop_assert!(durations.by(earliest - 1.0).ended == 0.0);
            prop_assert!((durations.by(latest + 1.0).ended - 1.0).abs() < 1e-9);
            let step = (latest - earliest) / 2_000.0;
            let mut before = durations.by(earliest);
            let mut integral = 0.0;
            for at in (1..=2_000).map(|point| earliest + step * f64::from(point)) {
                let now = durations.by(at);
                prop_assert!(now.ended >= before.ended - 1e-9);
                integral += step * now.ended.midpoint(before.ended);
                prop_assert!((now.ended_for_ms - integral).abs() <= step + 1e-6, "{} {}", now.ended_for_ms, integral);
                before = now;
            }
        }

        #[test]
        fn smoothing_keeps_the_mean(seen in proptest::collection::vec(10_000.0..20_000.0f64, 1..20)) {
            let mean_ms = seen.iter().sum::<f64>() / seen.len() as f64;
            let durations = Durations::new(&seen);
            let far = durations.latest_ms() + 1.0;
            prop_assert!((far - durations.by(far).ended_for_ms - mean_ms).abs() < 1e-6);
        }

        #[test]
        fn the_median_lies_in_the_middle(seen in proptest::collection::vec(1.0..1e6f64, 1..20)) {
            let median_ms = Durations::new(&seen).median_ms();
            let below = seen.iter().filter(|ms| **ms <= median_ms).count();
            let above = seen.iter().filter(|ms| **ms >= median_ms).count();
            prop_assert!(below * 2 >= seen.len() && above * 2 >= seen.len());
        }
    }
}
