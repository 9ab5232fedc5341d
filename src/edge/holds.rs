//! What a submission holds of its caller's budget, and what becomes of that when it is answered.
//!
//! A submission is one outgoing key with one body; a caller may send it several times, at once too, and each time is an
//! *attempt*. As long as nobody knows what became of a submission it holds its credits and one place, once for all its
//! attempts, under its own id. What the API accepted is held by the task instead, under the task's id: so an answer
//! that is given again counts nothing, and a new task under an old key counts anew.
//!
//! Marks in the counter `sent` say what is known of a submission. Two attempts of one process whose questions interleave
//! must neither share one hold nor end without any: the order of the questions matters, and the comments say why. They
//! know of each other ([`Attempt::is_crowded`]). Attempts of two processes that are sent in the same moment don't: there
//! both may believe to be the first.

mod conclusion;

use super::limits::Counted;
use super::transcript::{Asked, Transcript};
use crate::policy::charge::is_definite_refusal;

/// How long an attempt may last, its questions to the budget included: 60 s for the API, 10 s for each of some 20
/// questions. What an attempt holds by itself ends then, should its process have died.
const ATTEMPT_MS: f64 = 300_000.0;

/// What a caller may hold; None: no limit, and nothing is counted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Generations at once.
    pub places: Option<f64>,
    /// Credits a day.
    pub credits: Option<f64>,
}

/// One sending of a submission.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Attempt<'a> {
    /// The submission: see [`super::ids::submission_id`].
    pub submission: &'a str,
    /// An id of this attempt alone.
    pub own: &'a str,
    /// What the catalogue says that it costs.
    pub base_credits: f64,
    pub limits: Limits,
    /// Another attempt of this submission relies on its hold, or is between two questions to the budget, in this
    /// process.
    pub is_crowded: bool,
}

/// How an attempt was let through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// It is the first of its submission, and took the submission's hold.
    First,
    /// It repeats, and relies on what the submission holds, or on what its task holds: it takes nothing. One attempt at
    /// a time may do so, for an API that does not know the key would begin a task for each.
    Relying,
    /// It repeats beside another attempt, and took room of its own.
    Covered,
}

/// Why an attempt is not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Denial {
    /// No place is left.
    Places,
    /// Too few credits are left.
    Credits,
    /// Another attempt of the same submission is under way, and there is no room for two.
    Crowded,
}

/// What the API's answer to an attempt says of it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Outcome {
    /// A task was begun, or had been.
    Accepted {
        task: String,
        /// What the API says that it reserved.
        reserved_credits: Option<f64>,
        has_ended: bool,
    },
    /// Nothing was begun by this attempt.
    Refused,
    /// Nobody knows: there was no answer, or one that says neither.
    Doubtful,
}

/// Whether an answer says that the attempt began nothing. `is_json`: it is the API's own, and no page of something that
/// stands before it. 401, 403 and 429 may come from a gateway, too: it refuses before it forwards. Any other page of a
/// gateway may follow a request that reached the API.
pub(crate) fn begins_nothing(status: u16, is_json: bool) -> bool {
    matches!(status, 401 | 403 | 429) || (is_json && is_definite_refusal(status))
}

impl Attempt<'_> {
    /// Before it is sent. `Err` of the inner result: it is not.
    pub(crate) fn admit(&self, budget: &mut Transcript<'_>) -> Asked<Result<Role, Denial>> {
        if !budget.is_marked(self.submission)? && !self.is_crowded {
            return self.admit_first(budget);
        }
        if self.relies(budget)? {
            return Ok(Ok(Role::Relying));
        }
        let taken = self.take(budget, self.own, ATTEMPT_MS, ATTEMPT_MS)?;
        Ok(taken.map(|()| Role::Covered).map_err(|_| Denial::Crowded))
    }

    fn admit_first(&self, budget: &mut Transcript<'_>) -> Asked<Result<Role, Denial>> {
        let (places_ms, credits_ms) = (Counted::Places.window_ms(), Counted::Credits.window_ms());
        if let Err(denial) = self.take(budget, self.submission, places_ms, credits_ms)? {
            return Ok(Err(denial));
        }
        budget.mark(self.submission, Counted::Sent.window_ms())?;
        Ok(Ok(Role::First))
    }

    /// Takes a place and the credits under an id, or nothing.
    fn take(
        &self,
        budget: &mut Transcript<'_>,
        id: &str,
        places_ms: f64,
        credits_ms: f64,
    ) -> Asked<Result<(), Denial>> {
        let Limits { places, credits } = self.limits;
        if let Some(limit) = places
            && !budget.take_for(Counted::Places, id, 1.0, limit, places_ms)?
        {
            return Ok(Err(Denial::Places));
        }
        if let Some(limit) = credits
            && !budget.take_for(Counted::Credits, id, self.base_credits, limit, credits_ms)?
        {
            if places.is_some() {
                budget.settle(Counted::Places, id, 0.0)?;
            }
            return Ok(Err(Denial::Credits));
        }
        Ok(Ok(()))
    }

    /// Whether it may rely on the submission's hold: it says so first, and then looks whether the first attempt is
    /// giving that hold back. The first attempt does it the other way round, so that one of the two sees the other.
    /// Where both saw each other, the first attempt has left its hold to this one, which releases it here.
    fn relies(&self, budget: &mut Transcript<'_>) -> Asked<bool> {
        // Asked although a crowded attempt knows the answer: with one question fewer it could take its room before the
        // attempt that came earlier.
        if budget.is_marked(&self.relied())? || self.is_crowded {
            return Ok(false);
        }
        budget.mark(&self.relied(), ATTEMPT_MS)?;
        let was_left = budget.is_marked(&self.withdrawn())?;
        if !was_left && budget.is_marked(self.submission)? {
            return Ok(true);
        }
        budget.unmark(&self.relied())?;
        if was_left {
            self.release(budget)?;
        }
        Ok(false)
    }

    /// It is not sent, for the budget failed after these answers, and has perhaps taken what it did not answer.
    pub(crate) fn abandon(&self, answers: &[bool], budget: &mut Transcript<'_>) -> Asked<()> {
        match *answers {
            [] => Ok(()),
            [false, ..] if !self.is_crowded => {
                self.give_back(self.submission, budget)?;
                budget.unmark(self.submission)
            }
            [_] => Ok(()),
            [_, is_relied, ..] => {
                if !is_relied && !self.is_crowded {
                    budget.unmark(&self.relied())?;
                }
                self.give_back(self.own, budget)
            }
        }
    }

    fn give_back(&self, id: &str, budget: &mut Transcript<'_>) -> Asked<()> {
        if self.limits.places.is_some() {
            budget.settle(Counted::Places, id, 0.0)?;
        }
        if self.limits.credits.is_some() {
            budget.settle(Counted::Credits, id, 0.0)?;
        }
        Ok(())
    }

    /// Mark: an answer to this submission was lost.
    fn in_doubt(&self) -> String {
        [self.submission, ".doubt"].concat()
    }

    /// Mark: this submission was accepted.
    fn was_accepted(&self) -> String {
        [self.submission, ".accepted"].concat()
    }

    /// Mark: a repeat relies on what this submission holds.
    fn relied(&self) -> String {
        [self.submission, ".relied"].concat()
    }

    /// Mark: the first attempt was refused, and is giving the hold back, or leaves it to the one that relies on it.
    fn withdrawn(&self) -> String {
        [self.submission, ".withdrawn"].concat()
    }
}

#[cfg(test)]
mod tests;
