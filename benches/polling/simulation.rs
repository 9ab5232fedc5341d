//! Generations as they are drawn, and what a schedule of polls makes of them.

use std::time::Duration;

use rivya_wasm::policy::learned::Learned;
use rivya_wasm::policy::observed::observed;
use rivya_wasm::policy::polling::Guidance;

/// SplitMix64: a generator of one line, so that figures are the same everywhere.
pub struct Random(pub u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// Within 0..1, neither included.
    pub fn uniform(&mut self) -> f64 {
        ((self.next() >> 11) as f64 + 0.5) / (1u64 << 53) as f64
    }

    /// Standard normal, after Box and Muller.
    pub fn normal(&mut self) -> f64 {
        let radius = (-2.0 * self.uniform().ln()).sqrt();
        radius * (core::f64::consts::TAU * self.uniform()).cos()
    }
}

/// How long generations of a model take.
#[derive(Clone, Copy)]
pub struct Model {
    pub name: &'static str,
    pub guidance: Guidance,
    /// Each as likely as the others: median, and σ of the logarithm.
    pub modes: &'static [(f64, f64)],
}

/// Those of the aim, and after them others, so that it is not tuned to the aim alone.
pub const MODELS: [Model; 9] = [
    Model { name: "fixed 8 s", guidance: Guidance::Images, modes: &[(8_000.0, 0.0)] },
    Model { name: "log-normal 12 s", guidance: Guidance::Images, modes: &[(12_000.0, 0.3)] },
    Model { name: "log-normal 45 s", guidance: Guidance::Images, modes: &[(45_000.0, 0.3)] },
    Model { name: "log-normal 180 s, video", guidance: Guidance::LongJobs, modes: &[(180_000.0, 0.3)] },
    Model { name: "bimodal 6/60 s", guidance: Guidance::Images, modes: &[(6_000.0, 0.0), (60_000.0, 0.0)] },
    Model {
        name: "bimodal 6/60 s, each σ = 0.1",
        guidance: Guidance::Images,
        modes: &[(6_000.0, 0.1), (60_000.0, 0.1)],
    },
    Model { name: "log-normal 20 s, σ = 0.1", guidance: Guidance::Images, modes: &[(20_000.0, 0.1)] },
    Model { name: "log-normal 20 s, σ = 0.6", guidance: Guidance::Images, modes: &[(20_000.0, 0.6)] },
    Model { name: "log-normal 600 s, video", guidance: Guidance::LongJobs, modes: &[(600_000.0, 0.3)] },
];

impl Model {
    /// `mirrored`: as far on the other side of the median.
    fn draw_ms(&self, random: &mut Random, mirrored: bool) -> f64 {
        let (uniform, normal) = (random.uniform(), random.normal());
        let (uniform, normal) = if mirrored { (1.0 - uniform, -normal) } else { (uniform, normal) };
        let (median_ms, sigma) = self.modes[(uniform * self.modes.len() as f64) as usize];
        if sigma == 0.0 { median_ms } else { median_ms * (sigma * normal).exp() }
    }

    /// One of many sets of runs. Each second one mirrors the one before, so that a mean over them depends less on how
    /// many they are.
    pub fn runs_ms(&self, seen: usize, set: u64) -> Vec<f64> {
        let mut random = Random(((seen as u64) << 32) | (set / 2));
        (0..seen).map(|_| self.draw_ms(&mut random, set % 2 == 1)).collect()
    }

    /// Shortest first, as [`measure`] wants them.
    pub fn sorted_draws_ms(&self, count: usize) -> Vec<f64> {
        let mut draws = self.runs_ms(count, 0);
        draws.sort_by(f64::total_cmp);
        draws
    }
}

/// What a schedule comes to.
#[derive(Clone, Copy, Default, Debug)]
pub struct Figures {
    pub mean_delay_ms: f64,
    pub p95_delay_ms: f64,
    pub mean_polls: f64,
}

impl Figures {
    pub fn mean_of(all: impl IntoIterator<Item = Figures>) -> Figures {
        let (mut sum, mut count) = (Figures::default(), 0.0);
        for one in all {
            sum.mean_delay_ms += one.mean_delay_ms;
            sum.p95_delay_ms += one.p95_delay_ms;
            sum.mean_polls += one.mean_polls;
            count += 1.0;
        }
        Figures {
            mean_delay_ms: sum.mean_delay_ms / count,
            p95_delay_ms: sum.p95_delay_ms / count,
            mean_polls: sum.mean_polls / count,
        }
    }
}

/// Delays and polls over all draws. A schedule that is no longer than these makes no poll after them: each draw needs
/// one.
pub fn measure(polls_ms: &[f64], sorted_draws_ms: &[f64]) -> Figures {
    let (mut index, mut polls) = (0, 0.0);
    let mut delays: Vec<f64> = sorted_draws_ms
        .iter()
        .map(|end| {
            while polls_ms[index] < *end {
                index += 1;
            }
            polls += (index + 1) as f64;
            polls_ms[index] - end
        })
        .collect();
    let count = delays.len() as f64;
    let mean_delay_ms = delays.iter().sum::<f64>() / count;
    let (_, p95, _) = delays.select_nth_unstable_by((count * 0.95) as usize, f64::total_cmp);
    Figures { mean_delay_ms, p95_delay_ms: *p95, mean_polls: polls / count }
}

pub fn duration(ms: f64) -> Duration {
    Duration::from_secs_f64(ms / 1_000.0)
}

fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1_000.0
}

/// What a client makes of runs that took so long.
pub fn learn(model: &Model, runs_ms: &[f64]) -> Learned {
    let runs: Vec<Duration> = runs_ms.iter().copied().map(duration).collect();
    Learned::new(&runs, model.guidance)
}

/// The polls of a schedule, up to the first that is not before `until_ms`.
pub fn polls_ms(until_ms: f64, mut next_delay: impl FnMut(Duration, u32) -> Duration) -> Vec<f64> {
    let mut polls = Vec::new();
    let mut at_ms = 0.0;
    while at_ms < until_ms {
        at_ms += millis(next_delay(duration(at_ms), polls.len() as u32));
        polls.push(at_ms);
    }
    polls
}

pub fn guidance_polls_ms(guidance: Guidance, until_ms: f64) -> Vec<f64> {
    polls_ms(until_ms, |_, made| guidance.next_delay(made))
}

/// Learned from that many runs: the mean over `sets` independent sets of them.
pub fn learned(model: &Model, seen: usize, sets: u64, sorted_draws_ms: &[f64]) -> Figures {
    let until_ms = sorted_draws_ms[sorted_draws_ms.len() - 1];
    Figures::mean_of((0..sets).map(|set| {
        let learned = learn(model, &model.runs_ms(seen, set));
        measure(&polls_ms(until_ms, |elapsed, made| learned.next_delay(elapsed, made)), sorted_draws_ms)
    }))
}

/// As `learned`, where no server's time is known: each run is known by the polls of its own schedule, which was learned
/// from those before it.
pub fn learned_by_polling(model: &Model, seen: usize, sets: u64, sorted_draws_ms: &[f64]) -> Figures {
    let until_ms = sorted_draws_ms[sorted_draws_ms.len() - 1];
    Figures::mean_of((0..sets).map(|set| {
        let mut seen_runs = Vec::new();
        for end_ms in model.runs_ms(seen, set) {
            let learned = Learned::new(&seen_runs, model.guidance);
            let polls = polls_ms(end_ms, |elapsed, made| learned.next_delay(elapsed, made));
            let unfinished_at = polls.len().checked_sub(2).map(|before| duration(polls[before]));
            seen_runs.push(observed(unfinished_at, duration(polls[polls.len() - 1]), None));
        }
        let learned = Learned::new(&seen_runs, model.guidance);
        measure(&polls_ms(until_ms, |elapsed, made| learned.next_delay(elapsed, made)), sorted_draws_ms)
    }))
}
