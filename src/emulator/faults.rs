//! What goes wrong on purpose, drawn from a seed.

use super::conventions::SLOW_MS;
use super::random::SplitMix64;

/// Names of the faults, as the options have them.
pub const FAULT_NAMES: [(&str, FaultKind); 8] = [
    ("drop_before", FaultKind::DropBefore),
    ("drop_after", FaultKind::DropAfter),
    ("status_429", FaultKind::Status429),
    ("status_500", FaultKind::Status500),
    ("status_503", FaultKind::Status503),
    ("slow", FaultKind::Slow),
    ("truncate", FaultKind::Truncate),
    ("garbage", FaultKind::Garbage),
];

/// One way to fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum FaultKind {
    /// The connection is lost before anything was done: the fetch rejects with a `TypeError`.
    DropBefore,
    /// The connection is lost after everything was done: the fetch rejects with a `TypeError`.
    DropAfter,
    /// 429 with `Retry-After: 1`, nothing done.
    Status429,
    /// 500, nothing done.
    Status500,
    /// 503, nothing done.
    Status503,
    /// The answer comes 1 to 3 seconds late.
    Slow,
    /// A 2xx whose body breaks off. What it tells of was done.
    Truncate,
    /// A 2xx whose body is no JSON. What it should tell of was done.
    Garbage,
}

/// A fault that hits one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fault {
    /// Which.
    pub kind: FaultKind,
    /// How late a [`FaultKind::Slow`] answer comes, in milliseconds.
    pub delay_ms: u64,
}

/// What to draw from.
#[derive(Debug, Clone)]
pub struct FaultPlan {
    /// Starts the sequence.
    pub seed: u64,
    /// Share of the API's requests that are hit, 0 to 1. Uploads' and results' own URLs never are.
    pub rate: f64,
    /// Kinds to draw from, equally likely.
    pub kinds: Vec<FaultKind>,
}

/// The sequence of faults.
#[derive(Debug)]
pub struct Faults {
    plan: FaultPlan,
    random: SplitMix64,
}

impl Faults {
    /// Starts it.
    pub fn new(plan: FaultPlan) -> Self {
        let random = SplitMix64::new(plan.seed);
        Self { plan, random }
    }

    /// Draws for one request. Each takes three numbers, hit or not: the n-th request's fate depends on n alone.
    pub fn draw(&mut self) -> Option<Fault> {
        let hit = self.random.unit() < self.plan.rate;
        let kind = self.plan.kinds.get(self.random.below(self.plan.kinds.len())).copied();
        let span = SLOW_MS.end().saturating_sub(*SLOW_MS.start()) as f64;
        let delay_ms = SLOW_MS.start().saturating_add((self.random.unit() * span).round() as u64);
        kind.filter(|_| hit).map(|kind| Fault { kind, delay_ms })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(seed: u64, rate: f64, kinds: &[FaultKind], count: usize) -> Vec<Option<Fault>> {
        let mut faults = Faults::new(FaultPlan { seed, rate, kinds: kinds.to_vec() });
        (0..count).map(|_| faults.draw()).collect()
    }

    #[test]
    fn the_same_seed_makes_the_same_faults() {
        let kinds = [FaultKind::DropAfter, FaultKind::Slow];
        assert_eq!(drawn(7, 0.5, &kinds, 200), drawn(7, 0.5, &kinds, 200));
        assert_ne!(drawn(7, 0.5, &kinds, 200), drawn(8, 0.5, &kinds, 200));
    }

    #[test]
    fn faults_come_as_often_as_the_rate_says_and_all_kinds_alike() {
        let kinds = FAULT_NAMES.map(|(_, kind)| kind);
        let all = drawn(1, 0.4, &kinds, 20_000);
        let hit = all.iter().flatten().count() as f64 / 20_000.0;
        assert!((hit - 0.4).abs() < 0.015, "{hit}");
        for kind in kinds {
            let share = all.iter().flatten().filter(|fault| fault.kind == kind).count() as f64 / 8_000.0;
            assert!((share - 0.125).abs() < 0.015, "{kind:?} {share}");
        }
    }

    #[test]
    fn rate_0_never_hits_and_rate_1_always() {
        assert_eq!(drawn(3, 0.0, &[FaultKind::Slow], 500).iter().flatten().count(), 0);
        assert_eq!(drawn(3, 1.0, &[FaultKind::Slow], 500).iter().flatten().count(), 500);
        assert_eq!(drawn(3, 1.0, &[], 500).iter().flatten().count(), 0);
    }

    #[test]
    fn slow_answers_come_1_to_3_seconds_late() {
        let delays: Vec<u64> =
            drawn(5, 1.0, &[FaultKind::Slow], 2_000).iter().flatten().map(|f| f.delay_ms).collect();
        assert!(delays.iter().all(|delay| SLOW_MS.contains(delay)));
        assert!(delays.iter().any(|d| *d < 1_100) && delays.iter().any(|d| *d > 2_900));
    }
}
