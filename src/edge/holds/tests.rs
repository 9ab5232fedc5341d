use super::*;
use crate::edge::transcript::Query;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

const LIMITS: Limits = Limits { places: Some(2.0), credits: Some(10.0) };
const BASE: f64 = 2.0;

/// A budget in memory. Time stands still.
#[derive(Clone, Debug, Default, PartialEq)]
struct Budget {
    taken: BTreeMap<&'static str, BTreeMap<String, f64>>,
}

impl Budget {
    fn name(counted: Counted) -> &'static str {
        match counted {
            Counted::Requests => "requests",
            Counted::Credits => "credits",
            Counted::Places => "places",
            Counted::Sent => "sent",
        }
    }

    fn answer(&mut self, query: Query) -> bool {
        match query {
            Query::Take { counted, id, amount, limit, .. } => {
                let taken = self.taken.entry(Self::name(counted)).or_default();
                if taken.contains_key(&id) {
                    return true;
                }
                let fits = taken.values().sum::<f64>() + amount <= limit;
                if fits {
                    taken.insert(id, amount);
                }
                fits
            }
            Query::Settle { counted, id, amount } => {
                let taken = self.taken.entry(Self::name(counted)).or_default();
                if amount == 0.0 {
                    taken.remove(&id);
                } else if let Some(counted) = taken.get_mut(&id) {
                    *counted = amount;
                }
                true
            }
        }
    }

    fn run<T>(&mut self, plan: impl Fn(&mut Transcript<'_>) -> Asked<T>) -> T {
        let mut answers = Vec::new();
        loop {
            match plan(&mut Transcript::new(&answers)) {
                Ok(result) => return result,
                Err(query) => answers.push(self.answer(query)),
            }
        }
    }

    fn total(&self, name: &str) -> f64 {
        self.taken.get(name).map_or(0.0, |taken| taken.values().sum())
    }

    fn of(&self, name: &str, id: &str) -> Option<f64> {
        self.taken.get(name)?.get(id).copied()
    }
}

fn attempt<'a>(submission: &'a str, own: &'a str) -> Attempt<'a> {
    Attempt { submission, own, base_credits: BASE, limits: LIMITS, is_crowded: false }
}

fn accepted(task: &str, credits: f64) -> Outcome {
    Outcome::Accepted { task: task.to_owned(), reserved_credits: Some(credits), has_ended: false }
}

#[test]
fn an_answer_begins_nothing_where_it_says_so() {
    let statuses = |is_json| (100..600).filter(|status| begins_nothing(*status, is_json)).collect::<Vec<_>>();
    assert_eq!(statuses(true), [400, 401, 402, 403, 404, 413, 415, 422, 429]);
    assert_eq!(statuses(false), [401, 403, 429]);
}

#[test]
fn a_refusal_gives_back_what_its_attempt_took_and_nothing_that_is_in_doubt() {
    let mut budget = Budget::default();
    let (first, second) = (attempt("a", "1"), attempt("a", "2"));
    let role = budget.run(|budget| first.admit(budget)).unwrap();
    budget.run(|budget| first.conclude(role, &Outcome::Refused, budget));
    assert_eq!((budget.total("places"), budget.total("credits"), budget.total("sent")), (0.0, 0.0, 0.0));

    let role = budget.run(|budget| first.admit(budget)).unwrap();
    budget.run(|budget| first.conclude(role, &Outcome::Doubtful, budget));
    assert_eq!(budget.run(|budget| second.admit(budget)), Ok(Role::Relying));
    budget.run(|budget| second.conclude(Role::Relying, &Outcome::Refused, budget));
    assert_eq!((budget.total("places"), budget.total("credits")), (1.0, BASE));
}

#[test]
fn an_answer_given_again_counts_nothing_and_a_new_task_counts_anew_until_it_does_not_fit() {
    let mut budget = Budget::default();
    let limits = Limits { places: None, ..LIMITS };
    let attempt = Attempt { limits, ..attempt("a", "1") };
    let mut send = |task: &str| {
        let role = budget.run(|budget| attempt.admit(budget))?;
        budget.run(|budget| attempt.conclude(role, &accepted(task, 5.0), budget));
        Ok(budget.total("credits"))
    };
    assert_eq!(send("task_1"), Ok(5.0));
    assert_eq!(send("task_1"), Ok(5.0));
    assert_eq!(send("task_2"), Ok(10.0));
    assert_eq!(send("task_3"), Ok(15.0), "the repeat was let through, for its answer might have been lost");
    assert_eq!(send("task_4"), Err(Denial::Credits));
    assert_eq!(send("task_5"), Err(Denial::Credits));
}

#[test]
fn of_repeats_at_once_one_relies_and_the_others_need_room() {
    let mut budget = Budget::default();
    let full = Attempt { limits: Limits { places: Some(1.0), ..LIMITS }, ..attempt("a", "1") };
    assert_eq!(budget.run(|budget| full.admit(budget)), Ok(Role::First));
    assert_eq!(budget.run(|budget| full.admit(budget)), Ok(Role::Relying));
    assert_eq!(budget.run(|budget| full.admit(budget)), Err(Denial::Crowded));
    assert_eq!(budget.run(|budget| attempt("a", "3").admit(budget)), Ok(Role::Covered));
    assert_eq!(budget.of("places", "3"), Some(1.0));
    let crowded = Attempt { is_crowded: true, ..attempt("b", "4") };
    assert_eq!(budget.run(|budget| crowded.admit(budget)), Err(Denial::Crowded));
}

#[test]
fn a_budget_that_fails_before_the_attempt_is_sent_is_left_as_it_was() {
    let mut before = Budget::default();
    let other = attempt("other", "0");
    before.run(|budget| other.admit(budget)).unwrap();
    for known in [false, true] {
        if known {
            let first = attempt("a", "1");
            let role = before.run(|budget| first.admit(budget)).unwrap();
            before.run(|budget| first.conclude(role, &Outcome::Doubtful, budget));
        }
        for is_crowded in [false, true] {
            let attempt = Attempt { is_crowded, ..attempt("a", "2") };
            for failing in 0.. {
                let mut budget = before.clone();
                let mut answers = Vec::new();
                let admitted = loop {
                    match attempt.admit(&mut Transcript::new(&answers)) {
                        Ok(_) => break true,
                        // The budget fails at this question, having counted it all the same.
                        Err(query) if answers.len() == failing => {
                            budget.answer(query);
                            break false;
                        }
                        Err(query) => answers.push(budget.answer(query)),
                    }
                };
                if admitted {
                    break;
                }
                budget.run(|budget| attempt.abandon(&answers, budget));
                assert_eq!(budget, before, "known: {known}, crowded: {is_crowded}, failing at {failing}");
            }
        }
    }
}

/// What happens next in a run.
#[derive(Clone, Debug)]
enum Event {
    /// A submission is sent, or sent again.
    Send { submission: usize },
    /// An attempt that is under way is answered.
    Answer { attempt: usize, answer: Answer },
    /// A look sees the end of a task.
    End { task: usize },
    /// A budget answers one question.
    Step { plan: usize },
}

#[derive(Clone, Copy, Debug)]
enum Answer {
    NewTask { credits: f64 },
    SameTask,
    Refused,
    Lost,
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let answer = prop_oneof![
        (0u8..4).prop_map(|credits| Answer::NewTask { credits: f64::from(credits) }),
        Just(Answer::SameTask),
        Just(Answer::Refused),
        Just(Answer::Lost),
    ];
    let event = prop_oneof![
        3 => (0usize..3).prop_map(|submission| Event::Send { submission }),
        3 => (0usize..4, answer).prop_map(|(attempt, answer)| Event::Answer { attempt, answer }),
        1 => (0usize..6).prop_map(|task| Event::End { task }),
        12 => (0usize..4).prop_map(|plan| Event::Step { plan }),
    ];
    proptest::collection::vec(event, 0..160)
}

/// A plan between two questions.
#[derive(Debug)]
struct Plan {
    /// Place in `World::attempts`.
    attempt: usize,
    /// None: its admission.
    conclusion: Option<(Role, Outcome)>,
    answers: Vec<bool>,
}

#[derive(Debug)]
struct Sent {
    submission: usize,
    own: String,
    is_crowded: bool,
    /// Once it was let through.
    role: Option<Role>,
    is_answered: bool,
    /// Its submission was accepted meanwhile, or before: the task is counted, and a lost answer of this attempt is no
    /// doubt.
    is_counted: bool,
}

/// What is true of a submission, whatever the budget holds.
#[derive(Debug, Default)]
struct Truth {
    tasks: Vec<String>,
    /// An answer was lost since nothing was known of it.
    is_lost: bool,
    is_accepted: bool,
    /// The answer of an attempt that counted already was lost: it may be held for or not.
    is_unclear: bool,
}

/// Callers, an API that may begin a task for each repeat, and a budget whose answers come one by one.
#[derive(Debug, Default)]
struct World {
    budget: Budget,
    attempts: Vec<Sent>,
    plans: Vec<Plan>,
    truths: [Truth; 3],
    /// Attempts of each submission that no other one may come close to: see [`Attempt::is_crowded`].
    crowds: [usize; 3],
    ended: BTreeSet<String>,
    all_tasks: Vec<String>,
    /// By how much tasks that run cost more than what was held for them, and places likewise.
    excess: (f64, f64),
}

const NAMES: [&str; 3] = ["a", "b", "c"];

impl World {
    fn attempt_of<'a>(sent: &'a Sent) -> Attempt<'a> {
        let submission = NAMES[sent.submission];
        Attempt {
            submission,
            own: &sent.own,
            base_credits: BASE,
            limits: LIMITS,
            is_crowded: sent.is_crowded,
        }
    }

    fn begin(&mut self, event: &Event, is_one_process: bool) {
        match *event {
            Event::Send { submission } => {
                let is_crowded = is_one_process && self.crowds[submission] > 0;
                self.crowds[submission] += 1;
                let own = format!("own-{}", self.attempts.len());
                self.attempts.push(Sent {
                    submission,
                    own,
                    is_crowded,
                    role: None,
                    is_answered: false,
                    is_counted: false,
                });
                let attempt = self.attempts.len() - 1;
                self.plans.push(Plan { attempt, conclusion: None, answers: vec![] });
            }
            Event::Answer { attempt, answer } => {
                let under_way: Vec<usize> = (0..self.attempts.len())
                    .filter(|place| {
                        self.attempts[*place].role.is_some() && !self.attempts[*place].is_answered
                    })
                    .collect();
                let Some(place) = under_way.get(attempt % under_way.len().max(1)).copied() else { return };
                self.answered(place, answer);
            }
            Event::End { task } => {
                let running: Vec<String> =
                    self.all_tasks.iter().filter(|task| !self.ended.contains(*task)).cloned().collect();
                let Some(task) = running.get(task % running.len().max(1)) else { return };
                // A caller can't look at a task before its submission was answered to the end.
                if self.budget.of("places", task).is_some() && self.plans.is_empty() {
                    self.ended.insert(task.clone());
                    self.budget.answer(Query::Settle {
                        counted: Counted::Places,
                        id: task.clone(),
                        amount: 0.0,
                    });
                }
            }
            Event::Step { plan } => {
                if let Some(place) = plan.checked_rem(self.plans.len()) {
                    self.step(place);
                }
            }
        }
    }

    fn answered(&mut self, place: usize, answer: Answer) {
        let sent = &mut self.attempts[place];
        sent.is_answered = true;
        let is_counted = sent.is_counted;
        let (submission, role) = (sent.submission, sent.role.unwrap());
        if role != Role::Relying {
            self.crowds[submission] += 1;
        }
        let truth = &mut self.truths[submission];
        let outcome = match answer {
            Answer::Refused => Outcome::Refused,
            Answer::Lost => {
                truth.is_lost |= !is_counted;
                truth.is_unclear |= is_counted;
                Outcome::Doubtful
            }
            Answer::SameTask if !truth.tasks.is_empty() => {
                let task = truth.tasks.last().unwrap().clone();
                truth.is_accepted = true;
                let has_ended = self.ended.contains(&task);
                Outcome::Accepted { task, reserved_credits: Some(BASE), has_ended }
            }
            Answer::NewTask { .. } | Answer::SameTask => {
                let credits = if let Answer::NewTask { credits } = answer { credits } else { BASE };
                let task = format!("task-{}", self.all_tasks.len());
                truth.tasks.push(task.clone());
                self.all_tasks.push(task.clone());
                let is_new_under_old_key = truth.is_accepted || is_counted;
                truth.is_accepted = true;
                let counted = if role == Role::First { credits } else { credits.max(BASE) };
                if is_new_under_old_key {
                    self.excess.0 += counted;
                    self.excess.1 += 1.0;
                } else {
                    self.excess.0 += (counted - BASE).max(0.0);
                }
                Outcome::Accepted { task, reserved_credits: Some(credits), has_ended: false }
            }
        };
        if matches!(outcome, Outcome::Accepted { .. }) {
            (truth.is_lost, truth.is_unclear) = (false, false);
            for sent in self.attempts.iter_mut().filter(|sent| sent.submission == submission) {
                sent.is_counted = true;
            }
        }
        self.plans.push(Plan { attempt: place, conclusion: Some((role, outcome)), answers: vec![] });
    }

    /// One question of a plan, or its end.
    fn step(&mut self, place: usize) {
        let plan = &mut self.plans[place];
        let sent = &self.attempts[plan.attempt];
        let attempt = Self::attempt_of(sent);
        let mut transcript = Transcript::new(&plan.answers);
        let asked = match &plan.conclusion {
            None => attempt.admit(&mut transcript).map(Some),
            Some((role, outcome)) => attempt.conclude(*role, outcome, &mut transcript).map(|()| None),
        };
        match asked {
            Err(query) => {
                // What an earlier attempt leaves in doubt changes its name, and is held twice for one question.
                let takes_anew = matches!(query, Query::Take { limit, .. } if limit.is_finite());
                let before = (self.budget.total("places"), self.budget.total("credits"));
                plan.answers.push(self.budget.answer(query));
                let after = (self.budget.total("places"), self.budget.total("credits"));
                if plan.conclusion.is_none() && takes_anew {
                    assert!(after.0 <= before.0.max(LIMITS.places.unwrap()), "an admission passes the limit");
                    assert!(
                        after.1 <= before.1.max(LIMITS.credits.unwrap()),
                        "an admission passes the limit"
                    );
                }
            }
            Ok(ended) => {
                let (attempt, submission) = (plan.attempt, sent.submission);
                self.plans.remove(place);
                let role = ended.and_then(Result::ok);
                if role != Some(Role::Relying) {
                    self.crowds[submission] -= 1;
                }
                match ended {
                    Some(Ok(role)) => {
                        self.attempts[attempt].role = Some(role);
                        self.attempts[attempt].is_counted |= self.truths[submission].is_accepted;
                    }
                    Some(Err(_)) => self.attempts[attempt].is_answered = true,
                    None => {}
                }
            }
        }
    }

    fn finish(&mut self) {
        while !self.plans.is_empty() {
            self.step(0);
        }
    }

    /// What must hold whenever no plan is between two questions.
    fn check(&mut self) {
        let total = (self.budget.total("places"), self.budget.total("credits"));
        assert!(
            total.0 <= LIMITS.places.unwrap() + self.excess.1,
            "more places are held than there are: {self:?}"
        );
        assert!(
            total.1 <= LIMITS.credits.unwrap() + self.excess.0,
            "more credits are held than there are: {self:?}"
        );
        for task in &self.all_tasks {
            assert!(
                self.ended.contains(task) || self.budget.of("places", task).is_some(),
                "{task} runs uncounted: {self:?}"
            );
            let is_charged =
                NAMES.iter().any(|name| self.budget.of("credits", &format!("{name}.task.{task}")).is_some());
            assert!(is_charged, "{task} is not charged: {self:?}");
        }
        for (submission, name) in NAMES.into_iter().enumerate() {
            // A key under which the API begins one task after the other is forgotten: then its next attempt is a first
            // one.
            if self.budget.of("sent", name).is_none() {
                self.truths[submission].is_accepted = false;
            }
            let truth = &self.truths[submission];
            let under_way: Vec<&Sent> = self
                .attempts
                .iter()
                .filter(|sent| sent.submission == submission && sent.role.is_some() && !sent.is_answered)
                .collect();
            let held = |counter: &str| {
                let own: f64 = self
                    .attempts
                    .iter()
                    .filter(|sent| sent.submission == submission)
                    .filter_map(|sent| self.budget.of(counter, &sent.own))
                    .sum();
                let doubt = self.budget.of(counter, &format!("{name}.doubt")).unwrap_or_default();
                self.budget.of(counter, name).unwrap_or_default() + doubt + own
            };
            let is_in_doubt = truth.is_lost || under_way.iter().any(|sent| !sent.is_counted);
            if is_in_doubt {
                assert!(held("places") >= 1.0, "the place of {name} was freed in doubt: {self:?}");
                assert!(held("credits") >= BASE, "the credits of {name} were freed in doubt: {self:?}");
            } else if under_way.is_empty() && !truth.is_unclear {
                assert_eq!(held("places"), 0.0, "{name} keeps a place for nothing: {self:?}");
                assert_eq!(held("credits"), 0.0, "{name} keeps credits for nothing: {self:?}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn nothing_in_doubt_is_freed_and_nothing_refused_is_kept_in_whatever_order_the_budget_answers(events in events()) {
        let mut world = World::default();
        for event in &events {
            world.begin(event, true);
            if world.plans.is_empty() {
                world.check();
            }
        }
        world.finish();
        world.check();
    }

    #[test]
    fn over_several_processes_the_same_holds_where_each_has_its_answers_at_once(events in events()) {
        let mut world = World::default();
        for event in &events {
            world.begin(event, false);
            world.finish();
            world.check();
        }
    }
}
