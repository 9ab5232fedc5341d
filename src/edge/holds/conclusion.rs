//! What becomes of a hold when its attempt is answered.

use super::{ATTEMPT_MS, Attempt, Outcome, Role};
use crate::edge::limits::Counted;
use crate::edge::transcript::{Asked, Transcript};

impl Attempt<'_> {
    /// After its answer.
    pub(crate) fn conclude(&self, role: Role, outcome: &Outcome, budget: &mut Transcript<'_>) -> Asked<()> {
        match outcome {
            Outcome::Accepted { task, reserved_credits, has_ended } => {
                self.accepted(role, task, *reserved_credits, *has_ended, budget)?;
            }
            Outcome::Refused => self.refused(role, budget)?,
            Outcome::Doubtful => self.doubtful(role, budget)?,
        }
        match role {
            Role::Covered => self.give_back(self.own, budget),
            Role::First | Role::Relying => Ok(()),
        }
    }

    /// The key's hold goes over to the task.
    fn accepted(
        &self,
        role: Role,
        task: &str,
        reserved_credits: Option<f64>,
        has_ended: bool,
        budget: &mut Transcript<'_>,
    ) -> Asked<()> {
        let counted = self.counted_as(task);
        let credits = self.credits_of(role, reserved_credits);
        let mut is_refused_next = false;
        if budget.is_marked(&counted)? {
            // An answer that was given before. A repeat that shows more than was known raises it; none lowers it, for a
            // task that has ended may show none.
            if self.limits.credits.is_some() && role != Role::First && credits > self.base_credits {
                budget.settle(Counted::Credits, &counted, credits)?;
            }
        } else {
            // A first attempt, too, where a repeat was answered before it.
            let is_new_under_old_key = budget.is_marked(&self.was_accepted())?;
            let fits = self.count(task, credits, has_ended, role, is_new_under_old_key, budget)?;
            is_refused_next = is_new_under_old_key && !fits;
            // Marked only after it is counted: an attempt that finds the mark gives the submission's hold back.
            budget.mark(&counted, Counted::Sent.window_ms())?;
        }
        budget.mark(&self.was_accepted(), Counted::Sent.window_ms())?;
        // Another attempt may have been refused meanwhile, and forgotten that it was sent.
        budget.mark(self.submission, Counted::Sent.window_ms())?;
        self.give_back(self.submission, budget)?;
        if budget.is_marked(&self.in_doubt())? {
            self.give_back(&self.in_doubt(), budget)?;
        }
        if role == Role::Relying {
            self.rely_no_more(budget)?;
        }
        // The API does not know this key: forget it, so that the next repeat is admitted like a new submission. If
        // another attempt still relies on the marks, it forgets them when it is answered.
        if is_refused_next && !budget.is_marked(&self.relied())? {
            for mark in [self.submission, &self.was_accepted(), &self.in_doubt()] {
                budget.unmark(mark)?;
            }
        }
        Ok(())
    }

    /// What a task costs: as the API says, where that is sense. The answer to a repeat lowers nothing.
    fn credits_of(&self, role: Role, reserved_credits: Option<f64>) -> f64 {
        let least = if role == Role::First { 0.0 } else { self.base_credits };
        reserved_credits
            .filter(|credits| *credits >= least && credits.is_finite())
            .unwrap_or(self.base_credits)
    }

    /// The id of a task's credits, and of the mark that they are counted. It names the submission, too; a place is
    /// counted under the task's id alone, because a look knows nothing else.
    fn counted_as(&self, task: &str) -> String {
        [self.submission, ".task.", task].concat()
    }

    /// Counts a task under its own id. It runs, so it is counted in any case; answers whether it fits.
    fn count(
        &self,
        task: &str,
        credits: f64,
        has_ended: bool,
        role: Role,
        must_fit: bool,
        budget: &mut Transcript<'_>,
    ) -> Asked<bool> {
        // What the attempt itself holds goes in a moment.
        let is_covered = role == Role::Covered;
        let (own_places, own_credits) = if is_covered { (1.0, self.base_credits) } else { (0.0, 0.0) };
        let mut fits = true;
        let mut count_one = |counted, id: &str, amount, limit: f64| -> Asked<()> {
            if must_fit && budget.take(counted, id, amount, limit)? {
                return Ok(());
            }
            fits &= !must_fit;
            budget.take(counted, id, amount, f64::INFINITY).map(|_| ())
        };
        if let Some(limit) = self.limits.credits {
            count_one(Counted::Credits, &self.counted_as(task), credits, limit + own_credits)?;
        }
        if let Some(limit) = self.limits.places
            && !has_ended
        {
            count_one(Counted::Places, task, 1.0, limit + own_places)?;
        }
        Ok(fits)
    }

    /// What this attempt took is given back. The submission's hold goes with the last attempt that may still need it.
    fn refused(&self, role: Role, budget: &mut Transcript<'_>) -> Asked<()> {
        match role {
            Role::First => {
                budget.mark(&self.withdrawn(), ATTEMPT_MS)?;
                // Who relies on the hold sees by the mark that it is left to him.
                if budget.is_marked(&self.relied())? { Ok(()) } else { self.release(budget) }
            }
            Role::Relying => {
                budget.unmark(&self.relied())?;
                if budget.is_marked(&self.withdrawn())? { self.release(budget) } else { Ok(()) }
            }
            Role::Covered => Ok(()),
        }
    }

    /// Gives back what the first attempt held. The submission stays known if an answer to it was lost or accepted.
    pub(super) fn release(&self, budget: &mut Transcript<'_>) -> Asked<()> {
        self.leave_to_doubt(budget)?;
        if !self.is_known(budget)? {
            budget.unmark(self.submission)?;
            // It may have become known since. Whoever makes it so marks that first, and then the submission: so
            // whichever order we run in, the mark is set at the end.
            if self.is_known(budget)? {
                budget.mark(self.submission, Counted::Sent.window_ms())?;
            }
        }
        budget.unmark(&self.withdrawn())
    }

    fn is_known(&self, budget: &mut Transcript<'_>) -> Asked<bool> {
        Ok(budget.is_marked(&self.in_doubt())? || budget.is_marked(&self.was_accepted())?)
    }

    /// The submission holds on, for all its attempts once. Of one that was accepted a lost answer leaves no doubt: its
    /// task is counted.
    fn doubtful(&self, role: Role, budget: &mut Transcript<'_>) -> Asked<()> {
        if role == Role::First && !self.is_held(budget)? {
            return Ok(());
        }
        if !budget.is_marked(&self.was_accepted())? {
            budget.mark(&self.in_doubt(), Counted::Sent.window_ms())?;
            budget.mark(self.submission, Counted::Sent.window_ms())?;
        }
        match role {
            Role::First => self.leave_to_doubt(budget),
            Role::Relying => {
                // As long as the first attempt is under way it holds for both.
                if budget.is_marked(&self.withdrawn())? {
                    self.leave_to_doubt(budget)?;
                }
                self.rely_no_more(budget)
            }
            Role::Covered => self.hold_in_doubt(budget),
        }
    }

    /// The first attempt's hold goes, and is the submission's where that is in doubt.
    fn leave_to_doubt(&self, budget: &mut Transcript<'_>) -> Asked<()> {
        if budget.is_marked(&self.in_doubt())? && self.is_held(budget)? {
            self.hold_in_doubt(budget)?;
        }
        self.give_back(self.submission, budget)
    }

    /// Whether the first attempt's hold is there still: a task may have taken it over. Nothing fits into a limit of 0,
    /// so that the question takes nothing.
    fn is_held(&self, budget: &mut Transcript<'_>) -> Asked<bool> {
        let counted = if self.limits.credits.is_some() { Counted::Credits } else { Counted::Places };
        budget.take(counted, self.submission, 1.0, 0.0)
    }

    /// Makes the submission hold. No limit is asked: the attempt's own hold, given back next, was within them.
    fn hold_in_doubt(&self, budget: &mut Transcript<'_>) -> Asked<()> {
        if budget.is_marked(&self.was_accepted())? {
            return Ok(());
        }
        if self.limits.places.is_some() {
            budget.take(Counted::Places, &self.in_doubt(), 1.0, f64::INFINITY)?;
        }
        if self.limits.credits.is_some() {
            budget.take(Counted::Credits, &self.in_doubt(), self.base_credits, f64::INFINITY)?;
        }
        // Another attempt may have been accepted since. It marks that before it gives the hold back, so that one of us
        // does.
        if budget.is_marked(&self.was_accepted())? {
            self.give_back(&self.in_doubt(), budget)
        } else {
            Ok(())
        }
    }

    fn rely_no_more(&self, budget: &mut Transcript<'_>) -> Asked<()> {
        budget.unmark(&self.relied())?;
        budget.unmark(&self.withdrawn())
    }
}
