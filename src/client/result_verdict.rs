//! What an attempt at a result was worth, and what follows from it. The host of a result is not the API: it says
//! nothing of the API's pace, and its errors have no envelope.

use super::failure::Failure;
use super::verdict::RATE_LIMITED;
use crate::contract::error::from_envelope;
use crate::contract::result::is_about_result;
use crate::media::result::Flaw;
use crate::millis::millis;
use crate::platform::{Answer, Body};
use crate::policy::retry::{
    CONFLICT, Call, Decision, MAX_RETRY_AFTER, Outcome, TOO_MANY_AT_ONCE, decide, is_retryable_status,
};
use crate::policy::retry_after::parse_retry_after;

/// Why an attempt did not bring the result.
pub(crate) enum Miss<A> {
    /// No answer came, or not all of it: the platform's words for it.
    Failed { reason: String },
    /// Its time was up.
    TimedOut,
    /// What came is no result.
    Flawed { status: u16, flaw: Flaw },
    /// Any other answer.
    Refused(Refusal<A>),
    /// It redirects to where nothing is fetched.
    Misled(Failure<A>),
}

/// An answer that is no success.
pub(crate) struct Refusal<A> {
    /// HTTP status; 0 for a redirect of which a page is told nothing.
    pub(crate) status: u16,
    /// The header `Retry-After`, as it came.
    pub(crate) retry_after: Option<String>,
    /// The header `Location`, as it came.
    pub(crate) location: Option<String>,
    /// What the proxy said; any other host's body is not read.
    pub(crate) said: Option<Body<A>>,
}

/// What a failed attempt is judged by.
pub(crate) struct Attempted<'a> {
    /// How many there were, this one included.
    pub(crate) attempts: u32,
    pub(crate) max_retries: u32,
    /// The longest result that is taken.
    pub(crate) max_bytes: u64,
    /// Whether the platform says that it has no network.
    pub(crate) is_offline: bool,
    /// The wall clock.
    pub(crate) now_ms: f64,
    /// The platform's reader of dates.
    pub(crate) date_ms: &'a dyn Fn(&str) -> f64,
    /// From 0 up to 1.
    pub(crate) random: f64,
}

impl<A> Miss<A> {
    /// Whether nothing came from there: in a page the reason may be that it must not read it.
    pub(crate) fn is_unanswered(&self) -> bool {
        matches!(self, Self::Failed { .. } | Self::TimedOut)
    }
}

impl<A: Answer> Miss<A> {
    /// Whether this is the word of the proxy's results route about the result; else the route may be missing, and what
    /// was wrong before counts.
    pub(crate) fn is_heeded(&self) -> bool {
        let Self::Refused(refusal) = self else { return false };
        let said = |key| refusal.said(key);
        is_about_result(refusal.status, said("code").as_deref(), said("resource").as_deref())
    }

    /// The failure, and when another attempt is made, if one is.
    pub(crate) fn judge(self, attempted: &Attempted<'_>) -> (Failure<A>, Option<f64>) {
        let (mut failure, outcome) = match self {
            Self::Failed { reason } => (unanswered(&reason, attempted), Outcome::NoAnswer),
            Self::TimedOut => {
                let message = "Reading the result where it lies was not answered in time".to_owned();
                (Failure::new("timeout", message).retryable(), Outcome::NoAnswer)
            }
            Self::Flawed { status, flaw } => flawed(status, flaw, attempted.max_bytes),
            Self::Refused(refusal) => refusal.judge(attempted),
            Self::Misled(failure) => {
                return (failure.with(|facts| facts.attempts = attempted.attempts), None);
            }
        };
        failure.attempts = attempted.attempts;
        let call = Call {
            repeatable: true,
            attempts: attempted.attempts,
            max_retries: attempted.max_retries,
            is_own_key: false,
            patience: MAX_RETRY_AFTER,
            place_within: None,
        };
        match decide(&outcome, &call, attempted.random) {
            Decision::Retry { delay } => (failure, Some(millis(delay))),
            Decision::GiveUp { retry_after } => (failure.with(|facts| facts.retry_after = retry_after), None),
        }
    }
}

fn unanswered<A>(reason: &str, attempted: &Attempted<'_>) -> Failure<A> {
    let offline = if attempted.is_offline { " (the platform says that this machine is offline)" } else { "" };
    let message = ["Reading the result where it lies failed: ", reason, offline].concat();
    Failure::new("network_error", message).retryable()
}

fn flawed<A>(status: u16, flaw: Flaw, max_bytes: u64) -> (Failure<A>, Outcome) {
    let number = status.to_string();
    let mut message = ["What came as the result is none (HTTP ", &number, "): ", flaw.as_str()].concat();
    if flaw == Flaw::TooLong {
        message.push_str(&["; options.maxResultBytes takes ", &max_bytes.to_string(), " bytes"].concat());
    }
    let failure = Failure::new("invalid_response", message).with(|facts| {
        facts.status = Some(status);
        facts.retryable = flaw.is_passing();
    });
    // No status of a success is repeated by itself.
    let lasting = Outcome::Status { status, is_conflict: false, retry_after: None };
    (failure, if flaw.is_passing() { Outcome::InvalidBody } else { lasting })
}

impl<A: Answer> Refusal<A> {
    /// What the proxy's envelope says.
    fn said(&self, key: &str) -> Option<String> {
        match &self.said {
            Some(Body::Json { answer, .. }) => answer.text(&["error", key]),
            _ => None,
        }
    }

    fn judge(self, attempted: &Attempted<'_>) -> (Failure<A>, Outcome) {
        let status = self.status;
        let retry_after = self.retry_after.as_deref();
        let retry_after =
            retry_after.and_then(|header| parse_retry_after(header, attempted.date_ms, attempted.now_ms));
        let mut failure = if self.said.is_some() {
            let error = from_envelope(status, |key| self.said(key));
            Failure::new(&error.code, error.message).with(|facts| facts.request_id = error.request_id)
        } else {
            let number = status.to_string();
            let is_gone = status == 404 || status == 410;
            let code = if is_gone { "not_found".to_owned() } else { ["http_", &number].concat() };
            let message =
                ["The result was answered with ", &number, "; results may be kept for a limited time only"];
            Failure::new(&code, message.concat())
        };
        failure.status = Some(status);
        failure.retryable = is_retryable_status(status);
        let outcome = if status == RATE_LIMITED && failure.code == TOO_MANY_AT_ONCE {
            Outcome::TooManyAtOnce { refusals: 1 }
        } else {
            Outcome::Status { status, is_conflict: failure.code == CONFLICT, retry_after }
        };
        (failure, outcome)
    }
}

#[cfg(test)]
mod tests;
