//! The options, checked.

use super::faults::FaultPlan;
use super::signing::Scheme;

/// What a repeat with a known key and the same body gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Habit {
    /// The first answer again.
    #[default]
    Replay,
    /// 409, always.
    Conflict,
    /// 409 while the first task runs, then its first answer.
    ConflictWhileRunning,
    /// A new task: the header is not read at all.
    Ignored,
}

/// How tasks end, where no function decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Outcome {
    /// With a result.
    #[default]
    Succeeded,
    /// With `generation_failed`.
    Failed,
}

/// Requests per window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimit {
    /// How many.
    pub requests: u64,
    /// In how long.
    pub window_ms: u64,
}

/// A receiver of webhooks.
#[derive(Debug, Clone)]
pub struct Endpoint {
    /// Where it listens: on loopback.
    pub url: String,
    /// What its deliveries are signed with.
    pub secret: String,
    /// How.
    pub scheme: Scheme,
}

/// All options that are data.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Keys that are let in; all belong to one account.
    pub api_keys: Vec<String>,
    /// Credits at the start.
    pub credits: f64,
    /// How long a task is queued.
    pub queued_ms: u64,
    /// How long it is processed after that.
    pub processing_ms: u64,
    /// How it ends.
    pub outcome: Outcome,
    /// What repeats get.
    pub habit: Habit,
    /// How many requests are taken.
    pub rate_limit: Option<RateLimit>,
    /// Whether pages elsewhere may read.
    pub cors: bool,
    /// What goes wrong.
    pub faults: Option<FaultPlan>,
    /// What result and file URLs begin with, no slash at the end.
    pub public_url: String,
    /// Who is told of ended tasks.
    pub webhooks: Vec<Endpoint>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            api_keys: vec!["rvya_sk_emulator".to_owned()],
            credits: 1_000.0,
            queued_ms: 1_000,
            processing_ms: 4_000,
            outcome: Outcome::Succeeded,
            habit: Habit::Replay,
            rate_limit: None,
            cors: true,
            faults: None,
            public_url: "https://emulator.invalid".to_owned(),
            webhooks: Vec::new(),
        }
    }
}
