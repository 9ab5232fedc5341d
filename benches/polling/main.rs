//! What learned polling gains: delays between the end of a generation and the poll that notices it, and polls, for
//! models of different durations.
//!
//! `npm run bench:polling`

#![allow(missing_docs, clippy::print_stdout, reason = "prints a table")]
#![allow(clippy::indexing_slicing, clippy::arithmetic_side_effects, reason = "figures of its own making")]

use std::time::Duration;

mod family;
mod optimum;
mod simulation;

use simulation::{
    Figures, MODELS, Model, guidance_polls_ms, learn, learned, learned_by_polling, measure, polls_ms,
};

const DRAWS: usize = 10_000;
const SETS: u64 = 400;
const GRID_POINTS: usize = 1_000;

fn main() {
    println!(
        "Delay between end and notice; polls per generation. {DRAWS} draws, the mean of {SETS} sets of runs seen."
    );
    for model in &MODELS {
        let draws = model.sorted_draws_ms(DRAWS);
        let until_ms = draws[DRAWS - 1];
        let guidance = measure(&guidance_polls_ms(model.guidance, until_ms), &draws);
        let optimum = optimum::optimum(&draws, guidance.mean_polls, GRID_POINTS);
        let print = |name: &str, figures: Figures| row(name, figures, guidance, optimum);
        println!(
            "\n{:<46}{:>9}{:>9}{:>8}{:>11}{:>12}",
            model.name, "mean s", "p95 s", "polls", "÷ optimum", "÷ guidance"
        );
        print("fixed 500 ms", measure(&polls_ms(until_ms, |_, _| Duration::from_millis(500)), &draws));
        print("fixed 5 s", measure(&polls_ms(until_ms, |_, _| Duration::from_secs(5)), &draws));
        print("guidance", guidance);
        for seen in [1, 3, 10, 20] {
            print(&format!("learned, {seen} runs seen"), learned(model, seen, SETS, &draws));
        }
        for seen in [10, 20] {
            print(
                &format!("learned, {seen} runs seen by polls alone"),
                learned_by_polling(model, seen, SETS / 8, &draws),
            );
        }
        known_family(model, &draws, guidance, &print);
        print("optimum", optimum);
    }
    cost();
}

/// What is reached by one who knows beforehand what learning has to find out.
fn known_family(model: &Model, draws: &[f64], guidance: Figures, print: &dyn Fn(&str, Figures)) {
    let [(median_ms, sigma)] = *model.modes else { return };
    // Those of the aim: a longer one would take minutes.
    if sigma != 0.3 || median_ms > 180_000.0 {
        return;
    }
    for seen in [10, 20] {
        let reached = family::reached(model, seen, draws, guidance.mean_polls, None);
        print(&format!("knows: log-normal; {seen} runs seen"), reached);
        let reached = family::reached(model, seen, draws, guidance.mean_polls, Some(sigma));
        print(&format!("knows: log-normal, σ = {sigma}; {seen} runs seen"), reached);
    }
}

fn row(name: &str, figures: Figures, guidance: Figures, optimum: Figures) {
    let Figures { mean_delay_ms, p95_delay_ms, mean_polls } = figures;
    let ratio = if optimum.mean_delay_ms > 1.0 {
        format!("{:.3}", mean_delay_ms / optimum.mean_delay_ms)
    } else {
        // Whoever knows that all take the same time polls at that very time.
        format!("+{mean_delay_ms:.1} ms")
    };
    let (mean_s, p95_s) = (mean_delay_ms / 1_000.0, p95_delay_ms / 1_000.0);
    let of_guidance = mean_polls / guidance.mean_polls;
    println!("  {name:<44}{mean_s:>9.3}{p95_s:>9.3}{mean_polls:>8.2}{ratio:>11}{of_guidance:>12.3}");
}

/// What it costs to ask: all is computed anew for each poll.
fn cost() {
    let model = &MODELS[2];
    let seen = model.runs_ms(20, 0);
    let mut fastest_us = f64::INFINITY;
    for round in 0..200u32 {
        let start = std::time::Instant::now();
        let delay = learn(model, &seen).next_delay(Duration::from_millis(100 * u64::from(round)), 1);
        fastest_us = fastest_us.min(start.elapsed().as_secs_f64() * 1e6);
        assert!(!delay.is_zero());
    }
    println!("\n{fastest_us:.0} µs to learn from 20 runs and place a poll, natively");
}
