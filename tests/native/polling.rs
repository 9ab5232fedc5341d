//! Learned polling against its aims, by the simulation of the bench, with fewer draws.

use super::optimum::optimum;
use super::simulation::{Figures, MODELS, Model, guidance_polls_ms, learned, measure};

const DRAWS: usize = 10_000;
const SETS: u64 = 60;

struct Reached {
    learned: Figures,
    guidance: Figures,
    optimum: Figures,
}

fn reached(model: &Model, seen: usize) -> Reached {
    let draws = model.sorted_draws_ms(DRAWS);
    let guidance = measure(&guidance_polls_ms(model.guidance, draws[DRAWS - 1]), &draws);
    let optimum = optimum(&draws, guidance.mean_polls, 500);
    Reached { learned: learned(model, seen, SETS, &draws), guidance, optimum }
}

fn model(name: &str) -> &'static Model {
    MODELS.iter().find(|model| model.name == name).unwrap()
}

const NAMED: [&str; 5] =
    ["fixed 8 s", "log-normal 12 s", "log-normal 45 s", "log-normal 180 s, video", "bimodal 6/60 s"];

#[test]
fn learned_polling_makes_no_more_polls_than_the_guidance() {
    for name in NAMED {
        for seen in [3, 10, 20] {
            let Reached { learned, guidance, .. } = reached(model(name), seen);
            assert!(
                learned.mean_polls <= guidance.mean_polls,
                "{name}, {seen} seen: {learned:?} {guidance:?}"
            );
        }
    }
}

#[test]
fn after_ten_runs_its_delay_is_near_the_optimum() {
    // At 180 s the aim of 1.15 is missed. Who knows beforehand that durations are log-normal comes to 1.17 after ten
    // runs, with all polls spent (see the bench); judging the shape by the same runs costs the rest.
    for (name, most) in
        [("log-normal 12 s", 1.15), ("log-normal 45 s", 1.15), ("log-normal 180 s, video", 1.25)]
    {
        for seen in [10, 20] {
            let Reached { learned, optimum, .. } = reached(model(name), seen);
            let ratio = learned.mean_delay_ms / optimum.mean_delay_ms;
            assert!(ratio <= most, "{name}, {seen} seen: {ratio}");
        }
    }
}

#[test]
fn runs_that_take_known_times_are_noticed_as_they_end() {
    assert!(reached(model("fixed 8 s"), 10).learned.mean_delay_ms < 1e-6);
    // One set of ten in 512 holds only one of the two, and is late by seconds for the other.
    assert!(reached(model("bimodal 6/60 s"), 10).learned.mean_delay_ms <= 100.0);
    assert!(reached(model("bimodal 6/60 s"), 20).learned.mean_delay_ms < 1e-6);
}
