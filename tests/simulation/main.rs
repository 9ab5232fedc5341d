//! The client's flows in a simulated world: virtual clocks, the emulator's world as the server, faults, pages that are
//! closed and opened, all of it drawn from a seed. A failure prints its seed; with `SIMULATION_SEED` set to it, that
//! run alone is repeated exactly, and what happens in it is printed.
//!
//! `SIMULATION_GENERATIONS` says how many generations are asked for in all; 20,000 where it is not set.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::print_stdout
)]

mod arriving;
mod asked;
mod browser;
mod calls;
mod downloads;
mod entries;
mod events;
mod exchange_faults;
mod executor;
mod files;
mod folder;
mod garbage;
mod handover;
mod invariants;
mod json;
mod local_set;
mod locks;
mod log;
mod making;
mod must_meet;
mod one_call;
mod one_task;
mod photos;
mod platform;
mod receiving;
mod recovery;
mod refused_timers;
mod result_faults;
mod result_files;
mod results;
mod scenario;
mod server;
mod single_file;
mod slow_store;
mod submissions;
mod sweeping;
mod tally;
mod texts;
mod upload_invariants;
mod uploads;
mod watches;
mod world;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::time::Instant;

use rivya_wasm::emulator::settings::Habit;

use self::must_meet::MUST_MEET;
use self::scenario::Run;
use self::tally::Tally;

const HABITS: [Habit; 4] = [Habit::Replay, Habit::Conflict, Habit::ConflictWhileRunning, Habit::Ignored];
const GENERATIONS: u64 = 20_000;

fn one(seed: u64, tally: &Rc<Tally>, is_traced: bool) -> u64 {
    let habit = HABITS[(seed % 4) as usize];
    let mut run = Run::new(seed, habit, tally.clone());
    if is_traced {
        run.executor.trace();
    }
    let generations = run.run();
    upload_invariants::check(&run);
    invariants::check(&mut run);
    generations
}

/// Each run by itself, so that a failure can name its seed.
fn named(seed: u64, tally: &Rc<Tally>) -> u64 {
    match catch_unwind(AssertUnwindSafe(|| one(seed, tally, false))) {
        Ok(generations) => generations,
        Err(_) => panic!("a run failed: SIMULATION_SEED={seed} repeats it"),
    }
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{name} must be a number")))
}

#[test]
fn nothing_is_charged_twice_or_lost_whatever_happens() {
    let tally = Rc::<Tally>::default();
    if let Some(seed) = number("SIMULATION_SEED") {
        one(seed, &tally, true);
        return tally.print();
    }
    let wanted = number("SIMULATION_GENERATIONS").unwrap_or(GENERATIONS);
    let first_seed = number("SIMULATION_FIRST_SEED").unwrap_or_default();
    let began = Instant::now();
    let (mut generations, mut seed) = (0, first_seed);
    while generations < wanted {
        generations += named(seed, &tally);
        seed += 1;
    }
    tally.print();
    let seconds = began.elapsed().as_secs_f64();
    let rate = generations as f64 / seconds;
    println!(
        "{generations} generations in {} runs, {seconds:.1} s: {rate:.0} generations a second",
        seed - first_seed
    );
    // A short one can't meet everything.
    if wanted >= GENERATIONS {
        for what in MUST_MEET {
            assert!(tally.of(what) > 0, "no run met {what:?}");
        }
    }
}

#[test]
fn the_same_seed_is_the_same_run() {
    for seed in [3, 41, 1_018] {
        let again = [(); 2].map(|()| {
            let tally = Rc::<Tally>::default();
            let mut run = Run::new(seed, Habit::Replay, tally.clone());
            run.run();
            (run.executor.polls(), run.executor.true_ms(), run.server.charges(), tally.all())
        });
        assert_eq!(again[0], again[1], "seed {seed}");
    }
}
