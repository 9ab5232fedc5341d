//! What an emulator is like, as programs in Rust say it.

use std::error::Error;
use std::fmt;
use std::rc::Rc;
use std::time::Duration;

use super::super::checks::Accepted;
use super::super::faults::FaultPlan;
use super::super::settings::{Habit, Outcome, RateLimit, Settings};
use super::public_url;
use super::shared::Decide;

/// The most credits of an account: the largest number below which each whole one is exact.
const CREDITS_MAX: f64 = 9_007_199_254_740_991.0;

/// Options of an [`Emulator`](super::Emulator), all of which have defaults: an account with 1,000 credits, whose tasks
/// succeed after five seconds.
///
/// They are those of JavaScript's `createEmulator`, but for webhooks: deliveries go over a network, which these tests
/// do without. The npm package's emulator makes them.
///
/// ```no_run
/// use std::time::Duration;
/// use rivya_wasm::emulator::{Emulator, EmulatorOptions, Outcome};
///
/// // Tasks end at once, and storms fail.
/// let options = EmulatorOptions::new()
///     .credits(20.0)
///     .pace(Duration::ZERO, Duration::ZERO)
///     .outcome_by(|accepted| match accepted.prompt.contains("storm") {
///         true => Outcome::Failed,
///         false => Outcome::Succeeded,
///     });
/// let emulator = Emulator::new(options);
/// ```
#[derive(Clone, Default)]
#[must_use]
pub struct EmulatorOptions {
    pub(super) settings: Settings,
    pub(super) decide: Option<Decide>,
}

impl EmulatorOptions {
    /// The defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// Keys that are let in, all of one account. Default: `rvya_sk_emulator` alone. Without any, every request that
    /// needs a key is 401.
    pub fn api_keys<K: Into<String>>(mut self, keys: impl IntoIterator<Item = K>) -> Self {
        self.settings.api_keys = keys.into_iter().map(K::into).collect();
        self
    }

    /// Credits of the account at the start. Default 1,000. What is below 0 or no number counts as 0, and at most
    /// 9,007,199,254,740,991 are given.
    pub fn credits(mut self, credits: f64) -> Self {
        self.settings.credits = if credits > 0.0 { credits.min(CREDITS_MAX) } else { 0.0 };
        self
    }

    /// How long each task is queued, and then processed, in whole milliseconds. Default: one second and four. With
    /// zero for both, a task has ended when its submission is answered.
    pub fn pace(mut self, queued: Duration, processing: Duration) -> Self {
        self.settings.queued_ms = whole_ms(queued);
        self.settings.processing_ms = whole_ms(processing);
        self
    }

    /// How all tasks end. Default: they succeed. A task that fails gives its credits back.
    pub fn outcome(mut self, outcome: Outcome) -> Self {
        self.settings.outcome = outcome;
        self.decide = None;
        self
    }

    /// Decides for each submission how its task ends. It is asked at submission, and not for a repeat that is answered
    /// from memory. It may use the emulator and its clients.
    pub fn outcome_by(mut self, decide: impl Fn(&Accepted) -> Outcome + 'static) -> Self {
        self.decide = Some(Rc::new(move |accepted, _| Ok(decide(accepted))));
        self
    }

    /// What a repeat under a known `Idempotency-Key` with the same bytes gets; the API's way is not documented.
    /// Default: [`Habit::Replay`]. Another body under a known key is 409 in all but [`Habit::Ignored`].
    pub fn idempotency(mut self, habit: Habit) -> Self {
        self.settings.habit = habit;
        self
    }

    /// How many requests each key may make in a window, which begins with the first of them; more get 429
    /// `rate_limited` with `Retry-After`. Default: no limit.
    pub fn rate_limit(mut self, requests: u64, window: Duration) -> Self {
        self.settings.rate_limit = Some(RateLimit { requests, window_ms: whole_ms(window) });
        self
    }

    /// Whether pages of other origins may read answers and results: preflights are answered and CORS headers set.
    /// Default true. It matters where a server hands requests on; a client whose fetch the emulator is asks nobody for
    /// leave.
    pub fn cors(mut self, cors: bool) -> Self {
        self.settings.cors = cors;
        self
    }

    /// What goes wrong on purpose. The n-th request to the API meets the same fate for the same seed. Default: nothing.
    ///
    /// ```no_run
    /// use rivya_wasm::emulator::{EmulatorOptions, FaultKind, FaultPlan};
    ///
    /// let kinds = vec![FaultKind::DropBefore, FaultKind::DropAfter, FaultKind::Status503];
    /// let options = EmulatorOptions::new().faults(FaultPlan { seed: 7, rate: 0.3, kinds });
    /// ```
    pub fn faults(mut self, faults: FaultPlan) -> Self {
        self.settings.faults = Some(faults);
        self
    }

    /// What result and file URLs begin with. Default `https://emulator.invalid`. A client takes results from where its
    /// API is: its `base_url` has to be of the same origin, as [`Emulator::base_url`](super::Emulator::base_url) is.
    ///
    /// # Errors
    ///
    /// What is not an absolute http or https URL without credentials, query and fragment.
    ///
    /// ```no_run
    /// use rivya_wasm::emulator::{EmulatorOptions, OptionError};
    ///
    /// fn where_the_api_is() -> Result<EmulatorOptions, OptionError> {
    ///     EmulatorOptions::new().public_url("https://rivya.ai")
    /// }
    /// ```
    pub fn public_url(mut self, url: &str) -> Result<Self, OptionError> {
        self.settings.public_url =
            public_url::parse(url).ok_or(OptionError { name: "public_url", right: public_url::RIGHT })?;
        Ok(self)
    }
}

/// An option that is not what it has to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OptionError {
    name: &'static str,
    right: &'static str,
}

impl OptionError {
    /// The option's name.
    pub fn name(&self) -> &str {
        self.name
    }
}

impl fmt::Display for OptionError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: must be {}", self.name, self.right)
    }
}

impl Error for OptionError {}

fn whole_ms(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
