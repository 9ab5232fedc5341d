//! A conversation with a budget, which answers in its own time. Each run of a plan repeats the earlier questions and
//! reads their answers from a list; the first question without an answer ends the run.
//!
//! So a plan is written as if the budget answered at once, and never waits: it is run from its beginning with the
//! answers so far, and ends with its result or with the next question. The answers alone are kept between two runs.

use super::limits::Counted;

/// One question to the budget, or one thing that it is told: a call of `Budget`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Query {
    /// `Budget.take`.
    Take {
        /// What is counted.
        counted: Counted,
        /// Under which id.
        id: String,
        /// How much.
        amount: f64,
        /// What all ids may come to.
        limit: f64,
        /// For how long it counts.
        window_ms: f64,
    },
    /// `Budget.settle`.
    Settle {
        /// What is counted.
        counted: Counted,
        /// Under which id.
        id: String,
        /// How much from now on; 0 forgets the id.
        amount: f64,
    },
}

/// What a plan comes to, or the question that it has to ask first.
pub(crate) type Asked<T> = Result<T, Query>;

/// The answers so far, in their order: for a take whether it was granted; for a settle anything.
pub(crate) struct Transcript<'a> {
    answers: core::slice::Iter<'a, bool>,
}

impl<'a> Transcript<'a> {
    pub(crate) fn new(answers: &'a [bool]) -> Self {
        Self { answers: answers.iter() }
    }

    fn ask(&mut self, query: Query) -> Asked<bool> {
        self.answers.next().copied().ok_or(query)
    }

    /// Counts an amount; whether it fits.
    pub(crate) fn take(&mut self, counted: Counted, id: &str, amount: f64, limit: f64) -> Asked<bool> {
        let window_ms = counted.window_ms();
        self.ask(Query::Take { counted, id: id.to_owned(), amount, limit, window_ms })
    }

    /// Sets what an id took; nothing gives it back.
    pub(crate) fn settle(&mut self, counted: Counted, id: &str, amount: f64) -> Asked<()> {
        self.ask(Query::Settle { counted, id: id.to_owned(), amount }).map(|_| ())
    }

    /// Takes the turn of the submission, unless another attempt has it. Of all processes one is granted it, for a take
    /// is atomic.
    pub(crate) fn take_turn(&mut self, attempt: &str) -> Asked<bool> {
        self.take(Counted::Turns, attempt, 1.0, 1.0)
    }

    /// Leaves it to the next one; nothing happens where the attempt has not got it.
    pub(crate) fn leave_turn(&mut self, attempt: &str) -> Asked<()> {
        self.settle(Counted::Turns, attempt, 0.0)
    }

    /// Whether a mark is known. Nothing fits into a limit of 0, so that the question marks nothing; an id that is known
    /// is granted in any case.
    pub(crate) fn is_marked(&mut self, mark: &str) -> Asked<bool> {
        self.take(Counted::Sent, mark, 1.0, 0.0)
    }

    /// Sets a mark.
    pub(crate) fn mark(&mut self, mark: &str) -> Asked<()> {
        self.take(Counted::Sent, mark, 1.0, f64::INFINITY).map(|_| ())
    }

    /// Forgets a mark.
    pub(crate) fn unmark(&mut self, mark: &str) -> Asked<()> {
        self.settle(Counted::Sent, mark, 0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_ends_with_the_first_question_that_has_no_answer_yet() {
        let plan = |answers: &[bool]| -> Asked<&str> {
            let mut budget = Transcript::new(answers);
            if budget.is_marked("a")? {
                return Ok("known");
            }
            budget.mark("a")?;
            budget.settle(Counted::Credits, "b", 2.0)?;
            Ok("new")
        };
        let take = |limit| Query::Take {
            counted: Counted::Sent,
            id: "a".to_owned(),
            amount: 1.0,
            limit,
            window_ms: Counted::Sent.window_ms(),
        };
        assert_eq!(plan(&[]), Err(take(0.0)));
        assert_eq!(plan(&[true]), Ok("known"));
        assert_eq!(plan(&[false]), Err(take(f64::INFINITY)));
        let settle = Query::Settle { counted: Counted::Credits, id: "b".to_owned(), amount: 2.0 };
        assert_eq!(plan(&[false, true]), Err(settle));
        assert_eq!(plan(&[false, true, true]), Ok("new"));
    }
}
