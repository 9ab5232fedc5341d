//! What an attempt was worth, and what follows from it.

use std::time::Duration;

use super::answers::{Expected, MAX_ANSWER_LEVELS};
use super::failure::Failure;
use crate::contract::error::from_envelope;
use crate::millis::millis;
use crate::platform::{Answer, Body, Exchange};
use crate::policy::charge::{is_definite_refusal, leaves_doubt, was_never_sent};
use crate::policy::pacing::Heard;
use crate::policy::retry::{
    CONFLICT, Call, Decision, Outcome, TOO_MANY_AT_ONCE, decide, is_retryable_status,
};
use crate::policy::retry_after::parse_retry_after;

/// Status of an answer that asks for a pause.
pub(crate) const RATE_LIMITED: u16 = 429;

/// An attempt that did not bring what was asked for.
pub(crate) struct Failed<A> {
    pub(crate) failure: Failure<A>,
    cause: Cause,
}

/// The part of a failed attempt that decides what follows.
enum Cause {
    NoAnswer,
    NoConnection,
    InvalidBody,
    TooDeep,
    Redirect,
    Status { status: u16, retry_after: Option<Duration> },
}

/// What follows from a failed attempt.
pub(crate) struct Verdict<A> {
    pub(crate) failure: Failure<A>,
    /// When it is repeated; `None`: it is not.
    pub(crate) delay_ms: Option<f64>,
    /// Whether the server has answered.
    pub(crate) has_answer: bool,
    /// Whether a submission may have been accepted by this attempt.
    pub(crate) leaves_doubt: bool,
    /// Whether it means for good that nothing was begun.
    pub(crate) is_refusal: bool,
    /// Whether the proxy said that too many generations of this caller are under way.
    pub(crate) is_crowded: bool,
}

/// What an exchange is read by.
pub(crate) struct Reading<'a> {
    /// Method and URL, for messages.
    pub(crate) what: &'a str,
    pub(crate) expected: Expected,
    /// Whether the platform says why a request failed.
    pub(crate) tells_causes: bool,
    /// Whether the platform says that this machine is offline.
    pub(crate) is_offline: &'a dyn Fn() -> bool,
    /// The wall clock.
    pub(crate) now_ms: &'a dyn Fn() -> f64,
    /// The platform's reader of dates.
    pub(crate) date_ms: &'a dyn Fn(&str) -> f64,
}

/// The answer that was asked for, or what was wrong with the attempt.
pub(crate) fn read<A: Answer>(exchange: Exchange<A>, reading: &Reading<'_>) -> Result<A, Failed<A>> {
    let what = reading.what;
    let (status, retry_after, body) = match exchange {
        Exchange::Answered { status, retry_after, body } => (status, retry_after, body),
        Exchange::Redirected { status } => {
            let message = [what, " was answered with a redirect; baseUrl must name the API itself"].concat();
            let failure = Failure::new("invalid_response", message);
            let status = Some(status).filter(|status| *status != 0);
            let failure = failure.with(|facts| facts.status = status);
            return Err(Failed { failure, cause: Cause::Redirect });
        }
        Exchange::Failed { reason, causes } => return Err(unanswered(&reason, &causes, reading)),
        Exchange::TimedOut => {
            let failure = Failure::new("timeout", [what, " was not answered in time"].concat()).retryable();
            return Err(Failed { failure, cause: Cause::NoAnswer });
        }
    };
    if !(200..300).contains(&status) {
        return Err(refused(status, retry_after.as_deref(), &body, reading));
    }
    let (message, cause) = match body {
        Body::Json { answer, .. } if reading.expected.is_met_by(&answer) => return Ok(answer),
        Body::Json { answer, .. } if answer.nests_deeper(MAX_ANSWER_LEVELS) => {
            let levels = MAX_ANSWER_LEVELS.to_string();
            let why = [what, " was answered with JSON that nests deeper than ", &levels, " levels"];
            (why.concat(), Cause::TooDeep)
        }
        Body::Json { excerpt, .. } | Body::Other { excerpt } => (
            [what, " was not answered with the JSON that it should be: ", &excerpt].concat(),
            Cause::InvalidBody,
        ),
    };
    let mut failure = Failure::new("invalid_response", message);
    failure.status = Some(status);
    failure.retryable = matches!(cause, Cause::InvalidBody);
    Err(Failed { failure, cause })
}

/// No answer came, and not because the time was up.
fn unanswered<A>(reason: &str, causes: &[String], reading: &Reading<'_>) -> Failed<A> {
    let offline =
        if (reading.is_offline)() { " (the platform says that this machine is offline)" } else { "" };
    let failure = Failure::new("network_error", [reading.what, " failed: ", reason, offline].concat());
    let was_not_sent = reading.tells_causes && was_never_sent(causes.iter().map(String::as_str));
    let cause = if was_not_sent { Cause::NoConnection } else { Cause::NoAnswer };
    Failed { failure: failure.retryable(), cause }
}

/// Reads the envelope of an error.
fn refused<A: Answer>(
    status: u16,
    retry_after: Option<&str>,
    body: &Body<A>,
    reading: &Reading<'_>,
) -> Failed<A> {
    let member = |key: &str| match body {
        Body::Json { answer, .. } => answer.text(&["error", key]),
        Body::Other { .. } => None,
    };
    let error = from_envelope(status, member);
    let mut failure = Failure::new(&error.code, error.message);
    failure.status = Some(status);
    failure.request_id = error.request_id;
    failure.retryable = is_retryable_status(status);
    let retry_after =
        retry_after.and_then(|header| parse_retry_after(header, reading.date_ms, (reading.now_ms)()));
    Failed { failure, cause: Cause::Status { status, retry_after } }
}

impl<A> Failed<A> {
    /// What it says of the API's pace.
    pub(crate) fn heard(&self) -> Heard {
        match self.cause {
            Cause::NoAnswer | Cause::NoConnection => Heard::Nothing,
            _ if self.is_crowded() => Heard::Nothing,
            Cause::Status { status: RATE_LIMITED, retry_after } => Heard::RateLimited { retry_after },
            Cause::InvalidBody | Cause::TooDeep | Cause::Redirect | Cause::Status { .. } => Heard::Answer,
        }
    }

    /// Whether the proxy said that too many generations of this caller are under way. The API was not asked.
    fn is_crowded(&self) -> bool {
        self.failure.status == Some(RATE_LIMITED) && self.failure.code == TOO_MANY_AT_ONCE
    }

    /// `crowded`: how often the call was answered so before.
    fn outcome(&self, crowded: u32) -> Outcome {
        match self.cause {
            _ if self.is_crowded() => Outcome::TooManyAtOnce { refusals: crowded.saturating_add(1) },
            Cause::NoAnswer => Outcome::NoAnswer,
            Cause::NoConnection => Outcome::NoConnection,
            Cause::InvalidBody => Outcome::InvalidBody,
            Cause::TooDeep => Outcome::TooDeep,
            Cause::Redirect => Outcome::Redirect,
            Cause::Status { status, retry_after } => {
                Outcome::Status { status, is_conflict: self.failure.code == CONFLICT, retry_after }
            }
        }
    }

    /// `crowded`: see [`Failed::outcome`]. `random`: from 0 up to 1.
    pub(crate) fn judge(mut self, call: &Call, crowded: u32, random: f64) -> Verdict<A> {
        let outcome = self.outcome(crowded);
        let is_crowded = self.is_crowded();
        let delay_ms = match decide(&outcome, call, random) {
            Decision::Retry { delay } => Some(millis(delay)),
            Decision::GiveUp { retry_after } => {
                self.failure.retry_after = retry_after;
                None
            }
        };
        Verdict {
            failure: self.failure,
            delay_ms,
            has_answer: !matches!(outcome, Outcome::NoAnswer | Outcome::NoConnection),
            leaves_doubt: leaves_doubt(&outcome),
            is_refusal: matches!(outcome, Outcome::Status { status, .. } if is_definite_refusal(status)),
            is_crowded,
        }
    }
}

#[cfg(test)]
mod tests;
