//! What becomes of a hold when its attempt is answered.

use super::{Attempt, Outcome, Role};
use crate::edge::limits::Counted;
use crate::edge::transcript::{Asked, Transcript};

impl Attempt<'_> {
    /// After its answer.
    pub(crate) fn conclude(&self, role: Role, outcome: &Outcome, budget: &mut Transcript<'_>) -> Asked<()> {
        match outcome {
            Outcome::Accepted { task, reserved_credits, has_ended } => {
                self.accepted(role, task, *reserved_credits, *has_ended, budget)?;
            }
            Outcome::Doubtful => self.doubtful(role, budget)?,
            Outcome::Refused => {}
        }
        match (role, outcome) {
            (Role::First, Outcome::Refused) => self.forget(budget)?,
            (Role::Covered, Outcome::Refused) => self.give_back(self.own, budget)?,
            // A repeat may find what a process that died has left.
            (Role::Relying, Outcome::Accepted { .. } | Outcome::Doubtful) => {
                self.give_back(self.submission, budget)?;
            }
            // What it held was given back as its task was counted, or is held as in doubt.
            (Role::First | Role::Covered, _) | (Role::Relying, Outcome::Refused) => {}
        }
        if role == Role::Covered {
            return Ok(());
        }
        budget.leave_turn(self.own)
    }

    /// The task is counted, and what is in doubt no longer.
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
        let mut goes_over = false;
        if budget.is_marked(&counted)? {
            // An answer that was given before. A repeat that shows more than was known raises it; none lowers it, for a
            // task that has ended may show none.
            if self.limits.credits.is_some() && role != Role::First && credits > self.base_credits {
                budget.settle(Counted::Credits, &counted, credits)?;
            }
            self.give_back_held(role, budget)?;
        } else {
            // A first attempt, too, where a repeat was answered before it.
            let is_new_under_old_key = budget.is_marked(&self.was_accepted())?;
            let fits = self.count(task, credits, has_ended, role, is_new_under_old_key, budget)?;
            goes_over = is_new_under_old_key && !fits;
            // Marked only after it is counted: an attempt that finds the mark counts nothing.
            budget.mark(&counted)?;
        }
        budget.mark(&self.was_accepted())?;
        if role == Role::Covered {
            // The first attempt may have been refused meanwhile, and forgotten that it was sent.
            budget.mark(self.submission)?;
        }
        if goes_over {
            budget.mark(&self.exceeded())?;
        }
        if budget.is_marked(&self.in_doubt())? {
            self.give_back(&self.in_doubt(), budget)?;
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
    /// counted under the task's id alone, because a poll knows nothing else.
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
        // What the attempt itself holds is given back right behind what is taken for the task: for one question alone
        // it counts twice, and may be the room that another submission lacks.
        let held = self.held_by(role);
        let (held_places, held_credits) = if held.is_some() { (1.0, self.base_credits) } else { (0.0, 0.0) };
        let mut fits = true;
        let mut count_one = |counted, id: &str, amount, limit: f64| -> Asked<()> {
            if !(must_fit && budget.take(counted, id, amount, limit)?) {
                fits &= !must_fit;
                budget.take(counted, id, amount, f64::INFINITY)?;
            }
            held.map_or(Ok(()), |held| budget.settle(counted, held, 0.0))
        };
        if let Some(limit) = self.limits.credits {
            count_one(Counted::Credits, &self.counted_as(task), credits, limit + held_credits)?;
        }
        if let Some(limit) = self.limits.places
            && !has_ended
        {
            count_one(Counted::Places, task, 1.0, limit + held_places)?;
        } else if let Some(held) = held.filter(|_| self.limits.places.is_some()) {
            budget.settle(Counted::Places, held, 0.0)?;
        }
        Ok(fits)
    }

    /// The submission is held as in doubt, for all its attempts once. Who relied on a hold whose time is over holds it
    /// anew.
    fn doubtful(&self, role: Role, budget: &mut Transcript<'_>) -> Asked<()> {
        if self.is_settled(role, budget)? {
            return self.give_back_held(role, budget);
        }
        budget.mark(&self.in_doubt())?;
        budget.mark(self.submission)?;
        // No limit is asked: the attempt's own hold, which is given back right behind, was within them.
        let held = self.held_by(role);
        let mut hold = |counted, amount| -> Asked<()> {
            budget.take(counted, &self.in_doubt(), amount, f64::INFINITY)?;
            held.map_or(Ok(()), |held| budget.settle(counted, held, 0.0))
        };
        if self.limits.places.is_some() {
            hold(Counted::Places, 1.0)?;
        }
        if self.limits.credits.is_some() {
            hold(Counted::Credits, self.base_credits)?;
        }
        // Another attempt may have been accepted since. It marks that before it looks whether anything is in doubt, so
        // that one of the two gives the hold back.
        if self.is_settled(role, budget)? { self.give_back(&self.in_doubt(), budget) } else { Ok(()) }
    }

    fn give_back_held(&self, role: Role, budget: &mut Transcript<'_>) -> Asked<()> {
        self.held_by(role).map_or(Ok(()), |held| self.give_back(held, budget))
    }

    /// Under which id the attempt itself holds room.
    fn held_by(&self, role: Role) -> Option<&str> {
        match role {
            Role::First => Some(self.submission),
            Role::Covered => Some(self.own),
            Role::Relying => None,
        }
    }

    /// Of a submission that was accepted a lost answer leaves no doubt: its task is counted. Where the API is known to
    /// begin a task for each attempt it does, as far as the attempt has room for one.
    fn is_settled(&self, role: Role, budget: &mut Transcript<'_>) -> Asked<bool> {
        let is_accepted = budget.is_marked(&self.was_accepted())?;
        Ok(is_accepted && (role == Role::Relying || !budget.is_marked(&self.exceeded())?))
    }
}
