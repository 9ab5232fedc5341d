//! The best that can be done where the distribution is known: the least mean delay under the same constraints, no more
//! polls than the guidance makes and none within 2 s of another.

use super::simulation::{Figures, measure};
use rivya_wasm::policy::polling::MIN_GAP_MS;

/// Bisections of the price: to a millisecond.
const BISECTIONS: u32 = 24;
const HIGHEST_PRICE_MS: f64 = 200_000.0;

struct Schedule {
    polls_ms: Vec<f64>,
    mean_polls: f64,
}

/// Times at which a poll may be made, with the share of draws that ended by then, and how long each has been ended in
/// the mean.
struct Grid {
    at_ms: Vec<f64>,
    ended: Vec<f64>,
    ended_for_ms: Vec<f64>,
}

/// The optimum on a grid of so many points over the draws. What mixes the schedules of two neighbouring prices to meet
/// the constraint exactly is a little better than any one schedule: it is a lower bound, and stands in `mean_delay_ms`
/// and `mean_polls`.
pub fn optimum(sorted_draws_ms: &[f64], max_polls: f64, points: usize) -> Figures {
    let (dearer, cheaper) = neighbours(sorted_draws_ms, max_polls, points);
    let figures = measure(&dearer, sorted_draws_ms);
    let Some(cheaper) = cheaper else { return figures };
    let beyond = measure(&cheaper, sorted_draws_ms);
    let span = beyond.mean_polls - figures.mean_polls;
    if span < 1e-9 {
        return figures;
    }
    let share = (max_polls - figures.mean_polls) / span;
    Figures {
        mean_delay_ms: figures.mean_delay_ms + share * (beyond.mean_delay_ms - figures.mean_delay_ms),
        mean_polls: max_polls,
        ..figures
    }
}

/// One schedule, the best of those that make no more polls.
pub fn best_schedule(sorted_draws_ms: &[f64], max_polls: f64, points: usize) -> Vec<f64> {
    neighbours(sorted_draws_ms, max_polls, points).0
}

/// The best schedule within the budget, and the next beyond it, if any is.
fn neighbours(sorted_draws_ms: &[f64], max_polls: f64, points: usize) -> (Vec<f64>, Option<Vec<f64>>) {
    let grid = Grid::over(sorted_draws_ms, points);
    let mut cheaper = grid.solve(0.0);
    if cheaper.mean_polls <= max_polls {
        return (cheaper.polls_ms, None);
    }
    let (mut low_ms, mut high_ms) = (0.0f64, HIGHEST_PRICE_MS);
    let mut dearer = grid.solve(high_ms);
    for _ in 0..BISECTIONS {
        let price_ms = low_ms.midpoint(high_ms);
        let schedule = grid.solve(price_ms);
        if schedule.mean_polls > max_polls {
            (low_ms, cheaper) = (price_ms, schedule);
        } else {
            (high_ms, dearer) = (price_ms, schedule);
        }
    }
    (dearer.polls_ms, Some(cheaper.polls_ms))
}

impl Grid {
    fn over(sorted_draws_ms: &[f64], points: usize) -> Grid {
        let (first, last) = (sorted_draws_ms[0], sorted_draws_ms[sorted_draws_ms.len() - 1]);
        let step = (last - first) / points as f64;
        let mut at_ms = vec![0.0];
        // The last is the last draw to the letter, so that a schedule misses none.
        at_ms.extend((0..points).map(|point| first + step * point as f64).chain([last]));
        let count = sorted_draws_ms.len() as f64;
        let (mut ended, mut ended_for_ms) = (Vec::new(), Vec::new());
        let (mut passed, mut sum_ms) = (0, 0.0);
        for at in &at_ms {
            while sorted_draws_ms.get(passed).is_some_and(|end| end <= at) {
                sum_ms += sorted_draws_ms[passed];
                passed += 1;
            }
            ended.push(passed as f64 / count);
            ended_for_ms.push((passed as f64 * at - sum_ms) / count);
        }
        Grid { at_ms, ended, ended_for_ms }
    }

    /// Minimises mean delay + price · mean polls, backwards over the grid.
    fn solve(&self, price_ms: f64) -> Schedule {
        let Grid { at_ms, ended, ended_for_ms } = self;
        let last = at_ms.len() - 1;
        let (mut cost, mut polls, mut next) =
            (vec![0.0; last + 1], vec![0.0; last + 1], vec![last; last + 1]);
        for from in (0..last).rev() {
            let unfinished = 1.0 - ended[from];
            if unfinished <= 0.0 {
                continue;
            }
            let mut best = f64::INFINITY;
            let earliest_ms = at_ms[from] + MIN_GAP_MS;
            let first = at_ms.partition_point(|at| *at < earliest_ms).min(last).max(from + 1);
            for to in first..=last {
                // At the end of the grid a poll may be due later than the last draw.
                let wait_ms = at_ms[to] - at_ms[from];
                let late_ms = (MIN_GAP_MS - wait_ms).max(0.0) * unfinished;
                let here = ended_for_ms[to] - ended_for_ms[from] - wait_ms * ended[from]
                    + late_ms
                    + price_ms * unfinished;
                if here > best {
                    break;
                }
                if here + cost[to] < best {
                    best = here + cost[to];
                    next[from] = to;
                }
            }
            cost[from] = best;
            polls[from] = unfinished + polls[next[from]];
        }
        let (mut polls_ms, mut at) = (Vec::<f64>::new(), 0);
        while ended[at] < 1.0 {
            let earliest_ms = at_ms[at] + MIN_GAP_MS;
            at = next[at];
            polls_ms.push(at_ms[at].max(earliest_ms));
        }
        Schedule { polls_ms, mean_polls: polls[0] }
    }
}
