//! That polls are placed as they should be: by the cheapest way there is, at the lowest price that the budget allows.

use super::super::durations::MAX_DURATIONS;
use super::super::polling::any_guidance;
use super::*;
use proptest::prelude::*;

fn is_near(left: f64, right: f64) -> bool {
    (left - right).abs() <= 1e-9 * right.abs().max(1.0)
}

/// The cheapest way on from the submission, by trying every poll after every other.
fn cheapest(learned: &Learned, price_ms: f64) -> Ahead {
    let latest_ms = learned.durations.latest_ms();
    let ahead_of = |from_ms: f64, known: &Expected, solved: &[(f64, Expected, Ahead)]| {
        let mut best = Ahead { cost_ms: f64::INFINITY, ..Ahead::default() };
        for (at_ms, expected, ahead) in solved {
            let wait_ms = at_ms - from_ms;
            if wait_ms >= MIN_GAP_MS || *at_ms == latest_ms {
                let polls = (1.0 - known.ended) * (wait_ms / learned.max_delay_ms).ceil().max(1.0);
                let delay_ms = expected.ended_for_ms - known.ended_for_ms - wait_ms * known.ended;
                let cost_ms = delay_ms + polls * price_ms + ahead.cost_ms;
                if cost_ms < best.cost_ms {
                    best = Ahead { cost_ms, polls: polls + ahead.polls, at_ms: *at_ms };
                }
            }
        }
        best
    };
    let mut solved = vec![];
    for point in &learned.grid {
        let ahead = if point.expected.ended < 1.0 - 1e-9 {
            ahead_of(point.at_ms, &point.expected, &solved)
        } else {
            Ahead::default()
        };
        solved.push((point.at_ms, point.expected, ahead));
    }
    ahead_of(0.0, &learned.durations.by(0.0), &solved)
}

/// From the latest down in 2⁸ steps; the middle of each kernel stands once among them.
fn is_whole(durations: &Durations) -> bool {
    let grid: Vec<f64> = grid(durations).iter().map(|point| point.at_ms).collect();
    let is_above_the_lowest = |at_ms: &f64| grid.last().is_some_and(|lowest_ms| at_ms >= lowest_ms);
    let within: Vec<f64> = durations.centres_ms().filter(is_above_the_lowest).collect();
    grid.is_sorted_by(|later, earlier| later >= earlier)
        && grid.len().checked_sub(within.len()) == Some(257)
        && within.iter().all(|centre_ms| grid.contains(centre_ms))
}

fn found(learned: &mut Learned, price_ms: f64) -> Ahead {
    let polls = learned.solve(price_ms);
    let found = learned.best_from(&learned.grid, 0.0, &learned.durations.by(0.0), price_ms, f64::INFINITY);
    assert_eq!(found.polls, polls);
    found
}

#[test]
fn a_poll_may_be_placed_at_a_duration_that_all_runs_had() {
    assert!(is_whole(&Durations::new(&[8_000.0; 3])));
    assert!(is_whole(&Durations::new(&[6_000.0, 60_000.0, 6_000.0, 60_000.0])));
}

#[test]
fn the_budget_is_what_the_guidance_makes_but_for_what_few_runs_leave_open() {
    // The guidance polls after 2.5 s, then 5, 6, 7.2, 8.64, 10, 10, … s later; a poll is counted where the one before
    // it found no end.
    for (seen_ms, guidance, polls, spared) in [
        (&[8_000.0; 10][..], Guidance::Images, 3.0, 3.0 * 0.08),
        (&[8_000.0; 10], Guidance::LongJobs, 2.0, 2.0 * 0.08),
        (&[8_000.0; 2], Guidance::Images, 3.0, 3.0 * 0.08),
        // Half of them have ended after 6 s: two polls by all, seven more by the other half.
        (&[6_000.0, 60_000.0, 6_000.0, 60_000.0], Guidance::Images, 5.5, 5.5 * 0.08),
        // No more than all of them can be spared.
        (&[300_000.0; 2], Guidance::Images, 33.0, 1.0),
    ] {
        let known = seen_ms.len() as f64 + 1.0;
        let budget = polls * (1.0 - spared / known.powf(1.5));
        let learned = Learned::from_millis(seen_ms, guidance);
        assert!(is_near(learned.budget(), budget), "{seen_ms:?}: {} {budget}", learned.budget());
    }
}

#[test]
fn an_interval_that_may_not_be_that_long_counts_as_the_polls_that_it_takes() {
    for (seen_ms, polls) in [(&[600_000.0; 2][..], 30.0), (&[601_000.0; 2], 31.0), (&[8_000.0; 2], 1.0)] {
        let mut learned = Learned::from_millis(seen_ms, Guidance::Images);
        assert!(is_near(learned.solve(100.0), polls), "{seen_ms:?}");
    }
}

#[test]
fn two_polls_may_be_as_close_as_the_minimum_gap() {
    let learned = Learned::from_millis(&[MIN_GAP_MS, 60_000.0, MIN_GAP_MS, 60_000.0], Guidance::Images);
    assert_eq!(learned.next_delay_ms(0.0, 0), MIN_GAP_MS);
}

#[test]
fn nothing_is_tried_beyond_where_the_way_on_from_the_following_point_led() {
    let learned = Learned::from_millis(&[8_000.0, 9_000.0, 12_000.0, 15_000.0], Guidance::Images);
    let known = learned.durations.by(0.0);
    let from_start = |worth_until_ms| {
        learned.best_from(&learned.grid, 0.0, &known, learned.price_ms, worth_until_ms).at_ms
    };
    let unlimited_ms = from_start(f64::INFINITY);
    let limit_ms = unlimited_ms * 0.9;
    assert!(from_start(limit_ms) <= limit_ms && from_start(limit_ms) > limit_ms * 0.95);
    assert_eq!(from_start(unlimited_ms), unlimited_ms);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_poll_may_be_placed_at_the_middle_of_each_kernel_and_in_steps_between(
        seen_ms in proptest::collection::vec(1.0..600_000.0f64, 1..MAX_DURATIONS),
    ) {
        prop_assert!(is_whole(&Durations::new(&seen_ms)));
    }

    #[test]
    fn no_way_is_cheaper_than_the_one_found(
        seen_ms in proptest::collection::vec(2_000.0..60_000.0f64, 10..MAX_DURATIONS), price_ms in 10.0..5_000.0f64,
    ) {
        let mut learned = Learned::from_millis(&seen_ms, Guidance::Images);
        let (found, cheapest) = (found(&mut learned, price_ms), cheapest(&learned, price_ms));
        prop_assert!(is_near(found.cost_ms, cheapest.cost_ms), "{:?} {:?}", found, cheapest);
        prop_assert!(is_near(found.polls, cheapest.polls), "{:?} {:?}", found, cheapest);
    }

    #[test]
    fn a_way_through_short_runs_is_the_cheapest_too(
        seen_ms in proptest::collection::vec(1_000.0..8_000.0f64, 10..MAX_DURATIONS), price_ms in 10.0..200.0f64,
    ) {
        let mut learned = Learned::from_millis(&seen_ms, Guidance::Images);
        let (found, cheapest) = (found(&mut learned, price_ms), cheapest(&learned, price_ms));
        prop_assert!(is_near(found.cost_ms, cheapest.cost_ms), "{:?} {:?}", found, cheapest);
    }

    #[test]
    fn the_price_of_a_poll_is_the_lowest_that_keeps_the_budget(
        seen_ms in proptest::collection::vec(2_000.0..120_000.0f64, 1..MAX_DURATIONS), guidance in any_guidance(),
    ) {
        let mut learned = Learned::from_millis(&seen_ms, guidance);
        let (budget, price_ms) = (learned.budget(), learned.price_ms);
        prop_assert!((LOWEST_PRICE_MS..=HIGHEST_PRICE_MS).contains(&price_ms));
        prop_assert!(price_ms == HIGHEST_PRICE_MS || learned.solve(price_ms) <= budget);
        let lower_ms = price_ms / 1.02;
        prop_assert!(lower_ms < LOWEST_PRICE_MS || learned.solve(lower_ms) > budget, "{}", price_ms);
    }
}
