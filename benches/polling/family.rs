//! How near the optimum one comes who knows more: that durations are log-normal, or even their σ, and has to learn the
//! rest from the same few runs. The predictive distribution is the textbook's (Student's t of the logarithms, or
//! normal), the schedule is the best for it, and its budget is set with full knowledge so that just as many polls are
//! made as by the guidance.

use super::optimum::best_schedule;
use super::simulation::{Figures, Model, Random, measure};

/// The first of those that learning is measured by. With thirty, figures are off by three hundredths.
const SETS: u64 = 100;
const PREDICTED: usize = 3_000;
const GRID_POINTS: usize = 300;
const BISECTIONS: u32 = 6;

/// The mean over sets of `seen` runs.
pub fn reached(model: &Model, seen: usize, draws_ms: &[f64], max_polls: f64, sigma: Option<f64>) -> Figures {
    let predictions: Vec<Vec<f64>> = (0..SETS).map(|set| predict(&model.runs_ms(seen, set), sigma)).collect();
    let with_budget = |factor: f64| {
        Figures::mean_of(predictions.iter().map(|predicted| {
            let guided = super::guidance_polls_ms(model.guidance, predicted[PREDICTED - 1]);
            let budget = measure(&guided, predicted).mean_polls * factor;
            let mut polls = best_schedule(predicted, budget, GRID_POINTS);
            // Beyond what is predicted: every five seconds.
            while polls[polls.len() - 1] < draws_ms[draws_ms.len() - 1] {
                polls.push(polls[polls.len() - 1] + 5_000.0);
            }
            measure(&polls, draws_ms)
        }))
    };
    let (mut low, mut high) = (0.7f64, 1.3f64);
    for _ in 0..BISECTIONS {
        let factor = low.midpoint(high);
        if with_budget(factor).mean_polls > max_polls { high = factor } else { low = factor }
    }
    with_budget(low)
}

fn predict(seen_ms: &[f64], sigma: Option<f64>) -> Vec<f64> {
    let count = seen_ms.len() as f64;
    let mean = seen_ms.iter().map(|ms| ms.ln()).sum::<f64>() / count;
    let variance = seen_ms.iter().map(|ms| (ms.ln() - mean).powi(2)).sum::<f64>() / (count - 1.0);
    let widened = (1.0 + 1.0 / count).sqrt();
    let mut random = Random(7);
    let mut predicted: Vec<f64> = (0..PREDICTED)
        .map(|_| {
            let normal = random.normal();
            let spread = sigma.unwrap_or_else(|| {
                let chi_squared: f64 = (1..seen_ms.len()).map(|_| random.normal().powi(2)).sum();
                (variance * (count - 1.0) / chi_squared).sqrt()
            });
            (mean + spread * widened * normal).exp()
        })
        .collect();
    predicted.sort_by(f64::total_cmp);
    predicted
}
