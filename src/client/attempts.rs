//! One call of the API: attempts until it is answered, refused for good, or out of attempts. Every attempt carries the
//! same key and the same bytes.

use std::cell::Cell;
use std::pin::pin;
use std::time::Duration;

use super::answers::Expected;
use super::core::Core;
use super::failure::Failure;
use super::observer::Observer;
use super::outage::{Outage, hold_back};
use super::parcel::Parcel;
use super::sent_attempts::Sent;
use super::timers::unless_refused;
use super::verdict::{Failed, RATE_LIMITED, Reading, Verdict, read};
use crate::millis::{duration, millis};
use crate::platform::{Exchange, Platform};
use crate::policy::pacing::{Heard, Pause, Traffic};
use crate::policy::retry::{Call as Attempted, MAX_RETRY_AFTER};

/// The message of `resume_expired`.
pub(crate) const EXPIRED: &str = "No answer to this submission was ever seen, and it is over 24 hours old: \
                                  sent again, it might be charged again";

/// What a request brings.
pub(crate) enum Payload<'a, B> {
    /// Nothing: it is a GET.
    Nothing,
    /// JSON text.
    Json(&'a str),
    /// A file, in a form.
    File(&'a Parcel<B>),
}

/// What is asked of the API.
pub(crate) struct Call<'a, P: Platform> {
    /// Below the base URL.
    pub(crate) path: &'a str,
    pub(crate) expected: Expected,
    pub(crate) payload: Payload<'a, P::Blob>,
    pub(crate) key: Option<&'a str>,
    /// How long one attempt may take, where it is not the client's time.
    pub(crate) timeout: Option<Duration>,
    /// When the wait ends that the call is part of, by the monotonic clock. Until then it sits out pauses, and waits
    /// for the network and for a place among the caller's generations.
    pub(crate) limit_at_ms: Option<f64>,
    /// Whether it polls: then it is repeated until its loop is dropped, and shares five places a second with other
    /// polls.
    pub(crate) is_poll: bool,
    /// Whether it may still be sent again, by the wall clock.
    pub(crate) may_repeat: &'a dyn Fn() -> bool,
    pub(crate) sent: &'a Sent<P::Answer>,
    pub(crate) observer: &'a dyn Observer<P::Answer>,
}

impl<'a, P: Platform> Call<'a, P> {
    /// A GET that is no poll.
    pub(crate) fn get(path: &'a str, expected: Expected, sent: &'a Sent<P::Answer>) -> Self {
        Self {
            path,
            expected,
            payload: Payload::Nothing,
            key: None,
            timeout: None,
            limit_at_ms: None,
            is_poll: false,
            may_repeat: &|| true,
            sent,
            observer: &(),
        }
    }

    fn traffic(&self) -> Traffic {
        match (self.expected, &self.payload) {
            (Expected::Generation, Payload::Nothing) => Traffic::Poll,
            (Expected::Generation, _) => Traffic::Submission,
            _ => Traffic::Other,
        }
    }
}

/// Sends until there is an answer.
pub(crate) async fn send<P: Platform>(
    core: &Core<P>,
    call: &Call<'_, P>,
) -> Result<P::Answer, Failure<P::Answer>> {
    let method = if matches!(call.payload, Payload::Nothing) { "GET " } else { "POST " };
    let what = [method, &core.settings.base_url, call.path].concat();
    let (offline_attempts, crowded) = (Cell::new(0), Cell::new(0));
    let sending = Sending { core, call, what, traffic: call.traffic(), offline_attempts, crowded };
    unless_refused(&*core.platform, pin!(sending.attempts()))
        .await
        .map_err(|failure| call.sent.mark(failure, call.key))
}

struct Sending<'a, P: Platform> {
    core: &'a Core<P>,
    call: &'a Call<'a, P>,
    /// Method and URL, for messages.
    what: String,
    traffic: Traffic,
    /// Attempts that failed while the machine was offline: they use up no retry, but whatever is sent after them is a
    /// repeat.
    offline_attempts: Cell<u32>,
    /// How often a proxy has answered `too_many_at_once`, without asking the API: these attempts use up no retry.
    crowded: Cell<u32>,
}

type Attempt<A> = Result<A, Verdict<A>>;

fn count(counter: &Cell<u32>) {
    counter.set(counter.get().saturating_add(1));
}

impl<P: Platform> Sending<'_, P> {
    async fn attempts(&self) -> Result<P::Answer, Failure<P::Answer>> {
        let Self { core, call, .. } = self;
        let mut outage = Outage::new(call.observer);
        let mut last: Option<Failure<P::Answer>> = None;
        loop {
            if self.traffic == Traffic::Submission {
                hold_back(core, &self.what, last.as_ref(), self.left_ms(), call.sent, &mut outage).await?;
            }
            let Some(attempt) = self.in_turn().await? else {
                return Err(last.unwrap_or_else(|| Failure::new("resume_expired", EXPIRED.to_owned())));
            };
            match attempt {
                Ok(answer) => {
                    call.sent.is_under_way.set(false);
                    return Ok(answer);
                }
                Err(verdict) => {
                    self.note(&verdict);
                    last = Some(self.until_repeat(verdict, &mut outage).await?);
                }
            }
        }
    }

    /// Counts a failed attempt, and notes what it leaves in doubt.
    fn note(&self, verdict: &Verdict<P::Answer>) {
        let sent = self.call.sent;
        // In this order: whoever asks in between must not find an attempt that is neither under way nor in doubt.
        sent.has_doubt.set(sent.has_doubt.get() || verdict.leaves_doubt);
        sent.is_under_way.set(false);
        if verdict.is_refusal {
            count(&sent.refusals);
        }
        if verdict.is_crowded {
            count(&self.crowded);
        }
    }

    /// Waits until the call is repeated, and gives what its last attempt has failed with; fails with that where it is
    /// not repeated.
    async fn until_repeat(
        &self,
        verdict: Verdict<P::Answer>,
        outage: &mut Outage<'_, P::Answer>,
    ) -> Result<Failure<P::Answer>, Failure<P::Answer>> {
        let Self { core, call, .. } = self;
        let Verdict { failure, delay_ms, has_answer, .. } = verdict;
        if let (Payload::File(parcel), false) = (&call.payload, has_answer) {
            // A failed upload may be the file's fault, and the network does not tell.
            parcel.file.check_unchanged(&parcel.content).await?;
        }
        if has_answer {
            outage.end();
        } else if failure.code == "network_error" && self.is_offline() {
            // Only what the network said, not a time that ran out: a server may be slow while the machine is offline
            // for others.
            outage.until_online(core, call.sent, &failure, self.left_ms()).await?;
            count(&self.offline_attempts);
            return Ok(failure);
        }
        let Some(delay_ms) = delay_ms else { return Err(failure) };
        call.observer.on_repeat(&failure, delay_ms);
        core.sleep(delay_ms).await;
        Ok(failure)
    }

    fn is_offline(&self) -> bool {
        self.core.settings.waits_for_network && self.core.platform.is_offline()
    }

    /// What is left of the wait's limit, where it is one.
    fn left_ms(&self) -> Option<f64> {
        self.call.limit_at_ms.map(|limit_at_ms| limit_at_ms - self.core.now_ms())
    }

    /// The longest pause that it sits out.
    fn patience_ms(&self) -> f64 {
        if self.call.is_poll {
            return f64::INFINITY;
        }
        self.left_ms().unwrap_or(f64::INFINITY).clamp(0.0, millis(MAX_RETRY_AFTER))
    }

    /// Runs an attempt when it may be sent: after a 429 the client stands still until the named time, then its calls go
    /// one by one until one is answered. Where no call may be woken by another, only the shared time is read.
    async fn in_turn(&self) -> Result<Option<Attempt<P::Answer>>, Failure<P::Answer>> {
        let Self { core, call, traffic, .. } = self;
        let is_paused = || core.pacing.get().delay_ms(*traffic, core.moment()) > 0.0;
        loop {
            self.stand_still().await?;
            if call.is_poll {
                // Not before the pause: those who had their place already would all go at once behind it.
                place_among_polls(core).await;
                if is_paused() {
                    continue;
                }
            }
            if core.platform.separates_calls() || !core.pacing.get().is_one_by_one(*traffic) {
                return self.attempt().await;
            }
            // An upload takes its time: nobody's poll waits for it.
            let is_upload = matches!(call.payload, Payload::File(_));
            let one_by_one = if is_upload { &core.uploads_one_by_one } else { &core.one_by_one };
            let _place = one_by_one.enter().await;
            // While this call queued, the one before it may have met another 429, or been answered: then nobody has to
            // wait for this one.
            if !is_paused() && core.pacing.get().is_one_by_one(*traffic) {
                return self.attempt().await;
            }
        }
    }

    async fn stand_still(&self) -> Result<(), Failure<P::Answer>> {
        loop {
            let pacing = self.core.pacing.get();
            match pacing.pause(self.traffic, self.core.moment(), self.patience_ms()) {
                Pause::None => return Ok(()),
                Pause::TooLong { retry_after_ms } => return Err(paused(retry_after_ms)),
                Pause::Sleep { delay_ms } => {
                    self.call.observer.on_pause(&paused(delay_ms), delay_ms);
                    self.core.sleep(delay_ms).await;
                }
            }
        }
    }

    /// Sends once; `None` where it may be sent no more. What is learned of a 429 is known before the attempt's place is
    /// given up.
    async fn attempt(&self) -> Result<Option<Attempt<P::Answer>>, Failure<P::Answer>> {
        let Self { core, call, traffic, .. } = self;
        let sent = call.sent;
        // Asked right before it is sent: a machine that sleeps through a pause or an outage may wake days later.
        let may_have_been_sent = sent.attempts.get() > 0 || sent.has_doubt.get();
        if may_have_been_sent && !(call.may_repeat)() {
            return Ok(None);
        }
        if let Payload::File(parcel) = &call.payload {
            parcel.file.check_lately(core, &parcel.content).await?;
        }
        count(&sent.attempts);
        sent.is_under_way.set(true);
        call.observer.on_send();
        let sent_at = core.moment();
        let exchange = self.exchange().await;
        let reading = Reading {
            what: &self.what,
            expected: call.expected,
            tells_causes: core.platform.tells_causes(),
            is_offline: &|| core.platform.is_offline(),
            now_ms: &|| core.platform.wall_ms(),
            date_ms: &|text| core.platform.date_ms(text),
        };
        let read = read(exchange, &reading);
        let heard = read.as_ref().map_or_else(Failed::heard, |_| Heard::Answer);
        let mut pacing = core.pacing.get();
        pacing.on_attempt(*traffic, heard, sent_at, core.moment());
        core.pacing.set(pacing);
        Ok(Some(read.map_err(|failed| {
            let crowded = self.crowded.get();
            let max_retries = if call.is_poll { u32::MAX } else { core.settings.max_retries };
            let attempted = Attempted {
                repeatable: true,
                attempts: sent.attempts.get().saturating_sub(crowded),
                max_retries: max_retries.saturating_add(self.offline_attempts.get()),
                is_own_key: sent.is_own_key.get(),
                patience: duration(self.patience_ms()),
                place_within: self.left_ms().filter(|_| *traffic == Traffic::Submission).map(duration),
            };
            failed.judge(&attempted, crowded, core.platform.random())
        })))
    }

    async fn exchange(&self) -> Exchange<P::Answer> {
        let Self { core, call, .. } = self;
        let body = match &call.payload {
            Payload::Nothing => None,
            Payload::Json(body) => Some(*body),
            Payload::File(parcel) => {
                let (request, transmission) = (core.form_request(call.path), parcel.transmission.clone());
                return core.platform.upload(request, parcel.form(), transmission).await;
            }
        };
        let mut request = core.request(call.path, body, call.key);
        request.timeout = call.timeout.unwrap_or(request.timeout);
        core.platform.exchange(request).await
    }
}

/// The `rate_limited` of a call that is not sent, for the pause is longer than it may wait.
fn paused<A>(delay_ms: f64) -> Failure<A> {
    let seconds = ((delay_ms / 1_000.0).ceil() as u64).to_string();
    let message = ["The API asked for a pause that lasts another ", &seconds, " s"].concat();
    Failure::new("rate_limited", message).retryable().with(|facts| {
        facts.status = Some(RATE_LIMITED);
        facts.retry_after = Some(duration(delay_ms));
    })
}

/// All loops together make at most five polls a second, repeats of failed ones included. Who waits for a place takes
/// none. Where no call may be woken by another, places are taken in advance.
async fn place_among_polls<P: Platform>(core: &Core<P>) {
    let reserve = || {
        let mut spacing = core.spacing.get();
        let delay_ms = spacing.reserve(core.now_ms());
        core.spacing.set(spacing);
        delay_ms
    };
    if core.platform.separates_calls() {
        return core.sleep(reserve()).await;
    }
    let _turn = core.poll_turns.enter().await;
    loop {
        let delay_ms = core.spacing.get().delay_ms(core.now_ms());
        if delay_ms <= 0.0 {
            break;
        }
        core.sleep(delay_ms).await;
    }
    reserve();
}
