//! When a generation is looked at whose model's durations are known.
//!
//! Polls at t₁ < t₂ < … are placed to minimise the mean delay between the end T of a generation and the first poll
//! after it,
//!
//! > E\[t(first poll ≥ T) − T\], such that E\[polls\] ≤ what the guidance makes, and tᵢ₊₁ − tᵢ ≥ [`MIN_GAP_MS`],
//!
//! where T is distributed as `durations` has it. With a price p on a poll (Lagrange) what is minimised falls apart
//! into intervals: polling at `s` after a poll at `t` that found it unfinished costs
//!
//! > ∫ₜˢ (F(u) − F(t)) du + p · (1 − F(t)) = H(s) − H(t) − (s − t) · F(t) + p · (1 − F(t)),
//!
//! the mean delay of what ends in between and the price of a poll that is made wherever T > t; F is how likely it has
//! ended, H its integral. So the cheapest way on from `t` follows from the cheapest ways on from all later times:
//! dynamic programming, backwards over a grid. The price is bisected to the lowest whose polls stay within the budget.
//!
//! The budget is a little less than what the guidance makes by the same distribution: polls suit the durations seen
//! better than those to come. By the bench that costs some 2 % of the polls at ten durations, 10 % at three, and hardly
//! any where polls are few.
//!
//! Once all that is expected has passed, intervals grow from the guidance's second to its longest, as they do in the
//! guidance.
//!
//! After ten runs delays are 1.09 (log-normal, σ = 0.3, around 12 s), 1.14 (45 s) and 1.24 times (180 s) those of who
//! knows the distribution; `benches/polling` has the figures. The last can hardly be 1.15: who knows beforehand that it
//! is log-normal, and learns μ and σ from the same ten runs, comes to 1.18, and below 1.15 only who knows σ as well
//! (1.10). Twelve polls over minutes have to be placed where ten runs leave open by 10 % of the duration where the
//! middle is, and by a quarter how wide it is. Narrower and wider kernels, the wider prediction of Student's t, a prior
//! on the spread, and durations drawn to the ranks of a log-normal gained 3 % there at most, by more polls; the prior,
//! made for σ = 0.3, cost others more than that.

use std::time::Duration;

use super::durations::{Durations, Expected};
use super::polling::{Guidance, MIN_GAP_MS};
use crate::millis::{duration, millis};

/// No interval is longer, whatever was seen.
pub const MAX_DELAY_MS: f64 = 60_000.0;
/// Each duration seen lets an interval be so much longer than the guidance's longest.
const TRUST_MS: f64 = 5_000.0;
/// Progress is told from so many durations on.
const MIN_FOR_PROGRESS: usize = 3;
/// Intervals of the grid, each longer than the one before by the same factor.
const GRID_INTERVALS: u32 = 256;
const LOWEST_PRICE_MS: f64 = 8.0;
const HIGHEST_PRICE_MS: f64 = 32_000.0;
/// To 2 % of the price.
const BISECTIONS: u32 = 9;
/// What the budget is less by, before any run is seen: so much of it for each poll that it has, up to all of it. With n
/// runs seen it is (n + 1)^1.5 times less.
const SPARED_PER_POLL: f64 = 0.08;
/// Less is left by rounding where nothing is.
const NEGLIGIBLE: f64 = 1e-9;
/// The guidance's intervals after the first, 5 s · 1.2ⁿ, are each 5 s and a fifth of all before it.
const GROWTH: f64 = 0.2;

/// When to poll generations of one model.
#[derive(Clone, Debug)]
pub struct Learned {
    guidance: Guidance,
    durations: Durations,
    /// Latest first.
    grid: Vec<Point>,
    price_ms: f64,
    max_delay_ms: f64,
}

/// A time at which a poll may be made.
#[derive(Clone, Copy, Debug, Default)]
struct Point {
    at_ms: f64,
    expected: Expected,
    /// What follows a poll here that finds it unfinished, times how likely that is.
    ahead: Ahead,
}

#[derive(Clone, Copy, Debug, Default)]
struct Ahead {
    /// Delay and price.
    cost_ms: f64,
    polls: f64,
    /// The next poll.
    at_ms: f64,
}

impl Learned {
    /// From how long a model's ended runs took, latest last (see [`observed`](super::observed::observed)); of more than
    /// 20 the latest count. A run of no time, or of more than an hour, is left out. `guidance` counts where none is
    /// known.
    pub fn new(seen: &[Duration], guidance: Guidance) -> Self {
        let seen_ms: Vec<f64> = seen.iter().copied().map(millis).collect();
        Self::from_millis(&seen_ms, guidance)
    }

    /// As [`Learned::new`], in milliseconds; what can't be a duration is left out.
    pub(crate) fn from_millis(seen_ms: &[f64], guidance: Guidance) -> Self {
        let durations = Durations::new(seen_ms);
        let max_delay_ms = longest_ms(guidance) + TRUST_MS * durations.len() as f64;
        let grid = grid(&durations);
        let mut learned =
            Self { guidance, durations, grid, price_ms: 0.0, max_delay_ms: max_delay_ms.min(MAX_DELAY_MS) };
        if !learned.durations.is_empty() {
            learned.find_price();
        }
        learned
    }

    /// How long from now to the next poll of a generation that was submitted `elapsed` ago and was not ended yet, after
    /// so many polls: the guidance where nothing was seen. Never less than 2 s; never more than the guidance's longest
    /// interval and 5 s for each duration seen, nor than a minute.
    pub fn next_delay(&self, elapsed: Duration, polls_made: u32) -> Duration {
        duration(self.next_delay_ms(millis(elapsed), polls_made))
    }

    /// As [`Learned::next_delay`], in milliseconds.
    pub(crate) fn next_delay_ms(&self, elapsed_ms: f64, polls_made: u32) -> f64 {
        if self.durations.is_empty() {
            return self.guidance.next_delay_ms(polls_made);
        }
        // Not `clamp`, which hands NaN on.
        let elapsed_ms = elapsed_ms.max(0.0);
        let expected = self.durations.by(elapsed_ms);
        let delay_ms = if is_over(&expected) {
            let over_ms = elapsed_ms - self.durations.latest_ms();
            let unlimited_ms = self.guidance.next_delay_ms(1) + GROWTH * over_ms;
            unlimited_ms.min(longest_ms(self.guidance))
        } else {
            self.best_from(&self.grid, elapsed_ms, &expected, self.price_ms, f64::INFINITY).at_ms - elapsed_ms
        };
        delay_ms.max(MIN_GAP_MS).min(self.max_delay_ms)
    }

    /// How long a generation takes: the median, where at least 3 durations were seen.
    pub fn expected(&self) -> Option<Duration> {
        self.expected_ms().map(duration)
    }

    /// As [`Learned::expected`], in milliseconds.
    pub(crate) fn expected_ms(&self) -> Option<f64> {
        (self.durations.len() >= MIN_FOR_PROGRESS).then(|| self.durations.median_ms())
    }

    fn find_price(&mut self) {
        let budget = self.budget();
        let (mut low_ms, mut high_ms) = (LOWEST_PRICE_MS, HIGHEST_PRICE_MS);
        for _ in 0..BISECTIONS {
            let price_ms = (low_ms * high_ms).sqrt();
            if self.solve(price_ms) > budget {
                low_ms = price_ms;
            } else {
                high_ms = price_ms;
            }
        }
        self.price_ms = high_ms;
        self.solve(high_ms);
    }

    /// How many polls may be made, in the mean.
    fn budget(&self) -> f64 {
        let (mut polls, mut made) = (0.0, 0);
        let mut at_ms = 0.0;
        while at_ms < self.durations.latest_ms() {
            polls += 1.0 - self.durations.by(at_ms).ended;
            at_ms += self.guidance.next_delay_ms(made);
            made = made.saturating_add(1);
        }
        let known = self.durations.len() as f64 + 1.0;
        polls * (1.0 - (polls * SPARED_PER_POLL).min(1.0) / (known * known.sqrt()))
    }

    /// The cheapest way on from each point; tells how many polls it makes from the submission.
    fn solve(&mut self, price_ms: f64) -> f64 {
        let mut grid = core::mem::take(&mut self.grid);
        let mut worth_until_ms = f64::INFINITY;
        for index in 1..grid.len() {
            if let Some((later, [point, ..])) = grid.split_at_mut_checked(index) {
                point.ahead = if is_over(&point.expected) {
                    Ahead::default()
                } else {
                    self.best_from(later, point.at_ms, &point.expected, price_ms, worth_until_ms)
                };
                if point.ahead.at_ms > 0.0 {
                    worth_until_ms = point.ahead.at_ms;
                }
            }
        }
        self.grid = grid;
        self.best_from(&self.grid, 0.0, &self.durations.by(0.0), price_ms, f64::INFINITY).polls
    }

    /// The cheapest way on from a time. `later` holds what was solved, latest first. Nothing after `worth_until_ms` is
    /// tried: who polls sooner has no reason to poll later the next time (costs of intervals fulfil the quadrangle
    /// inequality), so that is where the way on from the following point led. It halves the time.
    fn best_from(
        &self,
        later: &[Point],
        from_ms: f64,
        known: &Expected,
        price_ms: f64,
        worth_until_ms: f64,
    ) -> Ahead {
        let unfinished = 1.0 - known.ended;
        let mut best = Ahead { cost_ms: f64::INFINITY, ..Ahead::default() };
        let latest_ms = self.durations.latest_ms();
        for point in later.iter().rev() {
            let wait_ms = point.at_ms - from_ms;
            if wait_ms < MIN_GAP_MS && point.at_ms < latest_ms {
                continue;
            }
            // An interval that may not be that long takes further polls.
            let polls = unfinished * (wait_ms / self.max_delay_ms).ceil().max(1.0);
            let delay_ms = point.expected.ended_for_ms - known.ended_for_ms - wait_ms * known.ended;
            let cost_ms = delay_ms + price_ms * polls;
            if cost_ms > best.cost_ms || point.at_ms > worth_until_ms {
                // The later, the more it costs in itself.
                break;
            }
            if cost_ms + point.ahead.cost_ms < best.cost_ms {
                best = Ahead {
                    cost_ms: cost_ms + point.ahead.cost_ms,
                    polls: polls + point.ahead.polls,
                    at_ms: point.at_ms,
                };
            }
        }
        best
    }
}

fn longest_ms(guidance: Guidance) -> f64 {
    guidance.next_delay_ms(u32::MAX)
}

fn is_over(expected: &Expected) -> bool {
    expected.ended >= 1.0 - NEGLIGIBLE
}

/// Where a poll may be placed, latest first: steps of one proportion, fine enough for 6 s beside 600, and the middle of
/// each kernel, for one may have no width.
fn grid(durations: &Durations) -> Vec<Point> {
    let latest_ms = durations.latest_ms().max(MIN_GAP_MS);
    let earliest_ms = durations.earliest_ms().max(MIN_GAP_MS).min(latest_ms);
    let shrink = (earliest_ms / latest_ms).powf(1.0 / f64::from(GRID_INTERVALS));
    let mut grid = Vec::new();
    let mut push = |at_ms| grid.push(Point { at_ms, expected: durations.by(at_ms), ..Point::default() });
    let mut above_ms = f64::INFINITY;
    let mut at_ms = latest_ms;
    for _ in 0..=GRID_INTERVALS {
        for centre_ms in durations.centres_ms() {
            if centre_ms >= at_ms && centre_ms < above_ms {
                push(centre_ms);
            }
        }
        push(at_ms);
        above_ms = at_ms;
        at_ms *= shrink;
    }
    grid
}

#[cfg(test)]
mod optimality;

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "a test that overflows fails, as it should")]
mod tests {
    use super::super::observed::observed_ms;
    use super::super::polling::any_guidance;
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;

    fn polls(learned: &Learned, until_ms: f64) -> Vec<f64> {
        let mut polls = vec![];
        let mut at_ms = 0.0;
        while at_ms < until_ms {
            let delay_ms = learned.next_delay_ms(at_ms, polls.len() as u32);
            assert!(delay_ms >= MIN_GAP_MS, "{delay_ms} at {at_ms}");
            at_ms += delay_ms;
            polls.push(at_ms);
        }
        polls
    }

    fn any_ms() -> impl Strategy<Value = f64> {
        prop_oneof![8 => 1.0..600_000.0f64, 1 => any::<f64>()]
    }

    #[test]
    fn where_nothing_was_seen_the_guidance_is_followed() {
        for guidance in [Guidance::Images, Guidance::LongJobs] {
            for junk in [&[][..], &[f64::NAN, -5.0, 0.0, f64::INFINITY, 1e12]] {
                let learned = Learned::from_millis(junk, guidance);
                for made in 0..10 {
                    let guided = guidance.next_delay_ms(made);
                    assert_eq!(learned.next_delay_ms(f64::from(made) * 5_000.0, made), guided);
                }
                assert_eq!(learned.expected_ms(), None);
            }
        }
    }

    #[test]
    fn a_model_that_always_takes_8_s_is_polled_after_8_s() {
        assert_eq!(polls(&Learned::from_millis(&[8_000.0; 10], Guidance::Images), 8_000.0), [8_000.0]);
    }

    #[test]
    fn a_model_of_two_durations_is_polled_after_either() {
        let learned = Learned::from_millis(
            &[6_000.0, 60_000.0, 6_000.0, 6_000.0, 60_000.0, 60_000.0],
            Guidance::Images,
        );
        let polls = polls(&learned, 59_999.999);
        let is_at = |poll: Option<&f64>, ms: f64| poll.is_some_and(|poll| (poll - ms).abs() < 1e-6);
        assert!(is_at(polls.first(), 6_000.0) && is_at(polls.last(), 60_000.0), "{polls:?}");
        // No more than 40 s apart: 10 s, and 5 s for each of six.
        assert_eq!(polls.len(), 3);
    }

    #[test]
    fn beyond_what_was_seen_intervals_are_those_of_the_guidance() {
        for (guidance, first_ms, longest_ms) in
            [(Guidance::Images, 5_000.0, 10_000.0), (Guidance::LongJobs, 10_000.0, 20_000.0)]
        {
            let learned = Learned::from_millis(&[30_000.0; 10], guidance);
            assert_eq!(learned.next_delay_ms(30_000.0, 1), first_ms);
            assert_eq!(learned.next_delay_ms(35_000.0, 2), first_ms + 1_000.0);
            assert_eq!(learned.next_delay_ms(300_000.0, 3), longest_ms);
            assert_eq!(learned.next_delay_ms(f64::INFINITY, 3), longest_ms);
        }
    }

    #[test]
    fn nobody_waits_longer_for_a_poll_than_what_was_seen_justifies() {
        for (count, most_ms) in [(1, 15_000.0), (4, 30_000.0), (10, 60_000.0), (20, 60_000.0)] {
            assert_eq!(
                Learned::from_millis(&vec![3_000_000.0; count], Guidance::Images).next_delay_ms(0.0, 0),
                most_ms
            );
        }
    }

    #[test]
    fn progress_is_told_from_three_runs_on() {
        assert_eq!(Learned::from_millis(&[9_000.0, 7_000.0], Guidance::Images).expected_ms(), None);
        assert_eq!(Learned::from_millis(&[9_000.0, f64::NAN, 7_000.0], Guidance::Images).expected_ms(), None);
        assert_eq!(
            Learned::from_millis(&[9_000.0, 7_000.0, 30_000.0], Guidance::Images).expected_ms(),
            Some(9_000.0)
        );
    }

    #[test]
    fn runs_that_are_known_by_polls_alone_are_still_found_out() {
        let mut observed = vec![];
        for _ in 0..30 {
            let found = polls(&Learned::from_millis(&observed, Guidance::Images), 8_000.0);
            let unfinished_at_ms = found.len().checked_sub(2).map(|before| found[before]);
            observed.push(observed_ms(unfinished_at_ms, found[found.len() - 1], None));
        }
        let found = polls(&Learned::from_millis(&observed, Guidance::Images), 8_000.0);
        assert!(found.len() <= 3 && found[found.len() - 1] < 10_000.0, "{found:?}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn delays_keep_their_bounds_whatever_was_seen(
            seen in vec(any_ms(), 0..30), guidance in any_guidance(),
            elapsed_ms: f64, near_ms in 0.0..700_000.0f64, made: u32,
        ) {
            let learned = Learned::from_millis(&seen, guidance);
            for elapsed_ms in [elapsed_ms, near_ms] {
                let delay_ms = learned.next_delay_ms(elapsed_ms, made);
                prop_assert!((MIN_GAP_MS..=MAX_DELAY_MS).contains(&delay_ms), "{delay_ms}");
            }
        }

        #[test]
        fn the_order_of_what_was_seen_does_not_matter(
            mut seen in vec(1.0..600_000.0f64, 1..20), guidance in any_guidance(),
        ) {
            let latest_last = Learned::from_millis(&seen, guidance);
            seen.reverse();
            let reversed = Learned::from_millis(&seen, guidance);
            prop_assert_eq!(polls(&latest_last, 700_000.0), polls(&reversed, 700_000.0));
        }

        #[test]
        fn a_dearer_poll_is_made_less_often(
            seen in vec(1_000.0..600_000.0f64, 3..20), price_ms in 1.0..10_000.0f64,
        ) {
            let mut learned = Learned::from_millis(&seen, Guidance::Images);
            let [cheap, dear] = [price_ms, price_ms * 2.0].map(|price_ms| learned.solve(price_ms));
            prop_assert!(dear <= cheap + 1e-6, "{cheap} {dear}");
        }

        #[test]
        fn by_what_was_seen_no_more_polls_are_made_than_by_the_guidance(
            seen in vec(5_000.0..600_000.0f64, 1..20), guidance in any_guidance(),
        ) {
            let mut learned = Learned::from_millis(&seen, guidance);
            let budget = learned.budget();
            let dearest = learned.solve(HIGHEST_PRICE_MS);
            let made = learned.solve(learned.price_ms);
            prop_assert!(made <= budget.max(dearest) + 1e-9, "{made} {budget}");
        }

        #[test]
        fn slower_runs_are_not_polled_sooner(spread in 1.02..1.1f64, at_ms in 5_000.0..50_000.0f64) {
            let first_poll = |at_ms: f64| {
                let seen_ms = [at_ms / spread, at_ms, at_ms * spread, at_ms];
                Learned::from_millis(&seen_ms, Guidance::Images).next_delay_ms(0.0, 0)
            };
            prop_assert!(first_poll(at_ms * 1.5) >= first_poll(at_ms));
        }
    }
}
