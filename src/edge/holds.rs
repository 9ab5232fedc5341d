//! What a submission holds of its caller's budget, and what becomes of that when it is answered.
//!
//! A submission is one outgoing key with one body; a caller may send it several times, at once too, and each time is an
//! *attempt*. As long as nobody knows what became of a submission it holds its credits and one place, once for all its
//! attempts. What the API accepted is held by the task instead, under the task's id: so an answer that is given again
//! counts nothing, and a new task under an old key counts anew.
//!
//! Attempts of one submission may come to different processes in the same moment, and the budget answers their
//! questions in any order. Two things keep them apart. *The turn* is a counter of the submission's own into which one
//! attempt fits: whoever has it shares the submission's hold or relies on it, and everybody else needs room of their
//! own, under an id of their own. And *marks* say what is known of a submission; who has not got the turn sets marks,
//! and never takes one away.

mod conclusion;

use super::limits::Counted;
use super::transcript::{Asked, Transcript};
use crate::policy::charge::is_definite_refusal;

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
}

/// How an attempt was let through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// It has the turn, and took the submission's hold.
    First,
    /// It has the turn, and relies on what the submission holds, or on what its task holds: it takes nothing.
    Relying,
    /// Another attempt has the turn: it took room of its own.
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
        if !budget.take_turn(self.own)? {
            // Whoever has the turn is admitted first: it must not be refused for the room that a repeat of it took.
            if !budget.is_marked(self.submission)? {
                return Ok(Err(Denial::Crowded));
            }
            let taken = self.take(budget, self.own)?;
            return Ok(taken.map(|()| Role::Covered).map_err(|_| Denial::Crowded));
        }
        if budget.is_marked(self.submission)? && !budget.is_marked(&self.exceeded())? {
            let relies = budget.is_marked(&self.was_accepted())? || self.is_held(budget)?;
            // A place is given back after 15 minutes, whatever became of it: then a repeat needs room like any other.
            let taken = if relies { Ok(()) } else { self.take(budget, &self.in_doubt())? };
            if taken.is_err() {
                budget.leave_turn(self.own)?;
            } else if !relies {
                budget.mark(&self.in_doubt())?;
            }
            return Ok(taken.map(|()| Role::Relying));
        }
        if let Err(denial) = self.take(budget, self.submission)? {
            budget.leave_turn(self.own)?;
            return Ok(Err(denial));
        }
        // Marked before it is sent: should this process die, a repeat relies on the hold that is left.
        budget.mark(self.submission)?;
        Ok(Ok(Role::First))
    }

    /// Whether the submission holds, as in doubt or for an attempt whose process died. Nothing fits into a limit of 0,
    /// so that the questions take nothing.
    fn is_held(&self, budget: &mut Transcript<'_>) -> Asked<bool> {
        let counted = if self.limits.places.is_some() { Counted::Places } else { Counted::Credits };
        Ok(budget.take(counted, &self.in_doubt(), 1.0, 0.0)?
            || budget.take(counted, self.submission, 1.0, 0.0)?)
    }

    /// Takes a place and the credits under an id, or nothing.
    fn take(&self, budget: &mut Transcript<'_>, id: &str) -> Asked<Result<(), Denial>> {
        let Limits { places, credits } = self.limits;
        if let Some(limit) = places
            && !budget.take(Counted::Places, id, 1.0, limit)?
        {
            return Ok(Err(Denial::Places));
        }
        if let Some(limit) = credits
            && !budget.take(Counted::Credits, id, self.base_credits, limit)?
        {
            if places.is_some() {
                budget.settle(Counted::Places, id, 0.0)?;
            }
            return Ok(Err(Denial::Credits));
        }
        Ok(Ok(()))
    }

    /// It is not sent, for the budget failed after these answers, and has perhaps taken what it did not answer.
    pub(crate) fn abandon(&self, answers: &[bool], budget: &mut Transcript<'_>) -> Asked<()> {
        match *answers {
            [false, ..] => self.give_back(self.own, budget),
            [true, is_sent, ..] => {
                // An attempt that relies has taken nothing, and what it found may be another one's.
                let is_relying = is_sent && answers.get(2).is_none_or(|is_exceeded| !is_exceeded);
                if !is_relying {
                    self.forget(budget)?;
                }
                budget.leave_turn(self.own)
            }
            [] | [true] => budget.leave_turn(self.own),
        }
    }

    /// Gives back what the first attempt took, and forgets that it was sent. In this order: should it be cut off in
    /// between, what is left holds too much for a while, and no mark says that a hold is there which is not.
    fn forget(&self, budget: &mut Transcript<'_>) -> Asked<()> {
        budget.unmark(self.submission)?;
        // Another attempt may have made it known, and sets this mark last of all: whichever order we run in, it is set
        // at the end.
        if budget.is_marked(&self.in_doubt())? || budget.is_marked(&self.was_accepted())? {
            budget.mark(self.submission)?;
        }
        self.give_back(self.submission, budget)
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

    /// Mark, and id of the hold: an answer to this submission was lost.
    fn in_doubt(&self) -> String {
        [self.submission, ".doubt"].concat()
    }

    /// Mark: this submission was accepted.
    fn was_accepted(&self) -> String {
        [self.submission, ".accepted"].concat()
    }

    /// Mark: the API began another task for a repeat, and that went over the limits. From now on repeats need room like
    /// a submission of their own.
    fn exceeded(&self) -> String {
        [self.submission, ".exceeded"].concat()
    }
}

#[cfg(test)]
mod tests;
