use super::*;
use crate::edge::transcript::Query;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

const LIMITS: Limits = Limits { places: Some(3.0), credits: Some(10.0) };
const BASE: f64 = 2.0;

/// What one caller has counted, in memory, by the keys that the counters have. Time stands still.
#[derive(Clone, Debug, Default, PartialEq)]
struct Budget {
    taken: BTreeMap<String, BTreeMap<String, f64>>,
}

impl Budget {
    fn answer(&mut self, submission: &str, query: Query) -> bool {
        match query {
            Query::Take { counted, id, amount, limit, .. } => {
                let taken = self.taken.entry(key(counted, submission)).or_default();
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
                let taken = self.taken.entry(key(counted, submission)).or_default();
                if amount == 0.0 {
                    taken.remove(&id);
                } else if let Some(counted) = taken.get_mut(&id) {
                    *counted = amount;
                }
                true
            }
        }
    }

    fn run<T>(&mut self, submission: &str, plan: impl Fn(&mut Transcript<'_>) -> Asked<T>) -> T {
        let mut answers = Vec::new();
        loop {
            match plan(&mut Transcript::new(&answers)) {
                Ok(result) => return result,
                Err(query) => answers.push(self.answer(submission, query)),
            }
        }
    }

    fn admit(&mut self, attempt: &Attempt<'_>) -> Result<Role, Denial> {
        self.run(attempt.submission, |budget| attempt.admit(budget))
    }

    fn conclude(&mut self, attempt: &Attempt<'_>, role: Role, outcome: &Outcome) {
        self.run(attempt.submission, |budget| attempt.conclude(role, outcome, budget));
    }

    fn total(&self, counted: Counted) -> f64 {
        self.taken.get(&key(counted, "")).map_or(0.0, |taken| taken.values().sum())
    }

    fn of(&self, counted: Counted, submission: &str, id: &str) -> Option<f64> {
        self.taken.get(&key(counted, submission))?.get(id).copied()
    }

    /// Whether nothing is counted at all.
    fn is_empty(&self) -> bool {
        self.taken.values().all(BTreeMap::is_empty)
    }
}

fn key(counted: Counted, submission: &str) -> String {
    counted.key(if counted.is_of_submission() { submission } else { "ann" })
}

fn attempt<'a>(submission: &'a str, own: &'a str) -> Attempt<'a> {
    Attempt { submission, own, base_credits: BASE, limits: LIMITS }
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
    let role = budget.admit(&first).unwrap();
    budget.conclude(&first, role, &Outcome::Refused);
    assert!(budget.is_empty(), "{budget:?}");

    let role = budget.admit(&first).unwrap();
    budget.conclude(&first, role, &Outcome::Doubtful);
    assert_eq!(budget.admit(&second), Ok(Role::Relying));
    budget.conclude(&second, Role::Relying, &Outcome::Refused);
    assert_eq!((budget.total(Counted::Places), budget.total(Counted::Credits)), (1.0, BASE));
}

#[test]
fn an_answer_given_again_counts_nothing_and_a_new_task_counts_anew_until_it_does_not_fit() {
    let mut budget = Budget::default();
    let limits = Limits { places: None, ..LIMITS };
    let attempt = Attempt { limits, ..attempt("a", "1") };
    let mut send = |task: &str| {
        let role = budget.admit(&attempt)?;
        budget.conclude(&attempt, role, &accepted(task, 5.0));
        Ok(budget.total(Counted::Credits))
    };
    assert_eq!(send("task_1"), Ok(5.0));
    assert_eq!(send("task_1"), Ok(5.0));
    assert_eq!(send("task_2"), Ok(10.0));
    assert_eq!(send("task_3"), Ok(15.0), "the repeat was let through, for its answer might have been lost");
    assert_eq!(send("task_4"), Err(Denial::Credits));
    assert_eq!(send("task_5"), Err(Denial::Credits));
}

#[test]
fn after_a_repeat_went_over_the_limits_the_next_ones_need_room_though_it_has_become_free() {
    let mut budget = Budget::default();
    let limits = Limits { places: Some(1.0), credits: None };
    let attempt = Attempt { limits, ..attempt("a", "1") };
    let mut is_place_free = true;
    let send = |budget: &mut Budget, task: &str| {
        let role = budget.admit(&attempt)?;
        budget.conclude(&attempt, role, &accepted(task, BASE));
        Ok(role)
    };
    let mut ends = |budget: &mut Budget, task: &str| {
        is_place_free &= budget.taken.get_mut("places:ann").unwrap().remove(task).is_some();
        is_place_free
    };
    assert_eq!(send(&mut budget, "task_1"), Ok(Role::First));
    assert_eq!(send(&mut budget, "task_2"), Ok(Role::Relying));
    assert_eq!(send(&mut budget, "task_3"), Err(Denial::Places));
    assert!(ends(&mut budget, "task_1"));
    assert_eq!(send(&mut budget, "task_3"), Err(Denial::Places), "the second task still runs");
    assert!(ends(&mut budget, "task_2"));
    assert_eq!(send(&mut budget, "task_3"), Ok(Role::First));
    assert_eq!(budget.total(Counted::Places), 1.0);
}

#[test]
fn of_attempts_at_once_one_needs_no_room_of_its_own() {
    let mut budget = Budget::default();
    let full = |own| Attempt { limits: Limits { places: Some(1.0), ..LIMITS }, ..attempt("a", own) };
    assert_eq!(budget.admit(&full("1")), Ok(Role::First));
    assert_eq!(budget.admit(&full("2")), Err(Denial::Crowded));
    assert_eq!(budget.admit(&attempt("a", "3")), Ok(Role::Covered));
    assert_eq!(budget.of(Counted::Places, "a", "3"), Some(1.0));
    budget.conclude(&full("1"), Role::First, &Outcome::Doubtful);
    assert_eq!(budget.admit(&full("4")), Ok(Role::Relying));
    assert_eq!(budget.admit(&full("5")), Err(Denial::Crowded));
}

#[test]
fn a_budget_that_fails_before_the_attempt_is_sent_is_left_as_it_was() {
    let mut before = Budget::default();
    before.admit(&attempt("other", "0")).unwrap();
    let first = attempt("a", "1");
    type Prepare = fn(&mut Budget, &Attempt<'_>);
    let states: [Prepare; 5] = [
        |_, _| {},
        |budget, first| assert_eq!(budget.admit(first), Ok(Role::First)),
        |budget, first| budget.conclude(first, Role::First, &Outcome::Doubtful),
        |budget, first| budget.conclude(first, Role::Relying, &accepted("task_1", BASE)),
        |budget, first| budget.run("a", |budget| budget.mark(&first.exceeded())),
    ];
    for (state, prepare) in states.into_iter().enumerate() {
        prepare(&mut before, &first);
        let attempt = attempt("a", "2");
        for failing in 0.. {
            let mut budget = before.clone();
            let mut answers = Vec::new();
            let is_admitted = loop {
                match attempt.admit(&mut Transcript::new(&answers)) {
                    Ok(_) => break true,
                    // The budget fails at this question, having counted it all the same.
                    Err(query) if answers.len() == failing => {
                        budget.answer("a", query);
                        break false;
                    }
                    Err(query) => answers.push(budget.answer("a", query)),
                }
            };
            if is_admitted {
                break;
            }
            budget.run("a", |budget| attempt.abandon(&answers, budget));
            let kept = |budget: &Budget| {
                let taken = budget.taken.iter().filter(|(_, taken)| !taken.is_empty());
                taken.map(|(key, taken)| (key.clone(), taken.clone())).collect::<BTreeMap<_, _>>()
            };
            assert_eq!(kept(&budget), kept(&before), "state {state}, failing at {failing}");
        }
    }
}

/// What is counted after each question of a conclusion.
fn after_each_question(
    mut budget: Budget,
    attempt: &Attempt<'_>,
    role: Role,
    outcome: &Outcome,
) -> Vec<Budget> {
    let mut answers = Vec::new();
    let mut states = Vec::new();
    while let Err(query) = attempt.conclude(role, outcome, &mut Transcript::new(&answers)) {
        answers.push(budget.answer(attempt.submission, query));
        states.push(budget.clone());
    }
    states
}

#[test]
fn while_a_hold_changes_its_name_it_counts_twice_for_one_question_alone() {
    for outcome in [accepted("task_1", BASE), Outcome::Doubtful] {
        let mut budget = Budget::default();
        let first = attempt("a", "1");
        let role = budget.admit(&first).unwrap();
        let states = after_each_question(budget, &first, role, &outcome);
        for (counted, amount) in [(Counted::Places, 1.0), (Counted::Credits, BASE)] {
            let twice = states.iter().filter(|budget| budget.total(counted) > amount).count();
            assert!(twice <= 1, "{counted:?} count twice for {twice} questions after {outcome:?}");
            assert_eq!(states.last().unwrap().total(counted), amount);
        }
    }
}

#[test]
fn a_refusal_that_is_cut_off_leaves_no_mark_of_a_hold_that_is_gone() {
    let mut budget = Budget::default();
    let first = attempt("a", "1");
    let role = budget.admit(&first).unwrap();
    for budget in after_each_question(budget, &first, role, &Outcome::Refused) {
        let is_marked = budget.of(Counted::Sent, "a", "a").is_some();
        assert!(!is_marked || budget.of(Counted::Credits, "a", "a").is_some(), "{budget:?}");
    }
}

#[test]
fn a_repeat_of_what_is_in_doubt_needs_room_again_once_the_time_of_its_place_is_over() {
    let mut budget = Budget::default();
    let limits = Limits { places: Some(1.0), ..LIMITS };
    let of = |submission, own| Attempt { limits, ..attempt(submission, own) };
    assert_eq!(budget.admit(&of("a", "1")), Ok(Role::First));
    budget.conclude(&of("a", "1"), Role::First, &Outcome::Doubtful);
    budget.taken.get_mut("places:ann").unwrap().clear();
    assert_eq!(budget.admit(&of("b", "2")), Ok(Role::First));
    assert_eq!(budget.admit(&of("a", "3")), Err(Denial::Places));
    budget.conclude(&of("b", "2"), Role::First, &Outcome::Refused);
    assert_eq!(budget.admit(&of("a", "4")), Ok(Role::Relying));
    assert_eq!(budget.admit(&of("b", "5")), Err(Denial::Places));
    budget.conclude(&of("a", "4"), Role::Relying, &Outcome::Doubtful);
    assert_eq!((budget.total(Counted::Places), budget.total(Counted::Credits)), (1.0, BASE));
}

/// What happens next in a run.
#[derive(Clone, Debug)]
enum Event {
    /// A submission is sent, or sent again.
    Send { submission: usize },
    /// An attempt that is under way is answered.
    Answer { attempt: usize, answer: Answer },
    /// The process of an attempt that is under way dies, and its turn comes to its end.
    Die { attempt: usize },
    /// A poll sees the end of a task.
    End { task: usize },
    /// The budget answers one question.
    Step { plan: usize },
    /// The budget answers all questions of one attempt, while others wait.
    Run { plan: usize },
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
        4 => Just(Event::Send { submission: 0 }),
        2 => (1usize..3).prop_map(|submission| Event::Send { submission }),
        6 => (0usize..4, answer).prop_map(|(attempt, answer)| Event::Answer { attempt, answer }),
        1 => (0usize..4).prop_map(|attempt| Event::Die { attempt }),
        2 => (0usize..6).prop_map(|task| Event::End { task }),
        24 => (0usize..4).prop_map(|plan| Event::Step { plan }),
        4 => (0usize..4).prop_map(|plan| Event::Run { plan }),
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
    /// An answer was lost though a task is counted: more may be held than is in doubt, until its time is over.
    is_unclear: bool,
    /// What a process that died has left may be known to nobody.
    has_died: bool,
}

/// Callers, an API that may begin a task for each repeat, and a budget whose answers come one by one.
#[derive(Debug, Default)]
struct World {
    budget: Budget,
    attempts: Vec<Sent>,
    plans: Vec<Plan>,
    truths: [Truth; 3],
    ended: BTreeSet<String>,
    all_tasks: Vec<String>,
    /// By how much tasks that run cost more than what was held for them, and places likewise.
    excess: (f64, f64),
}

const NAMES: [&str; 3] = ["a", "b", "c"];

impl World {
    fn attempt_of<'a>(sent: &'a Sent) -> Attempt<'a> {
        let submission = NAMES[sent.submission];
        Attempt { submission, own: &sent.own, base_credits: BASE, limits: LIMITS }
    }

    fn begin(&mut self, event: &Event) {
        match *event {
            Event::Send { submission } => {
                let own = format!("own-{}", self.attempts.len());
                let sent = Sent { submission, own, role: None, is_answered: false, is_counted: false };
                self.attempts.push(sent);
                let attempt = self.attempts.len() - 1;
                self.plans.push(Plan { attempt, conclusion: None, answers: vec![] });
            }
            Event::Answer { attempt, answer } => {
                if let Some(place) = self.under_way(attempt) {
                    self.answered(place, answer);
                }
            }
            Event::Die { attempt } => {
                if let Some(place) = self.under_way(attempt) {
                    let sent = &mut self.attempts[place];
                    sent.is_answered = true;
                    let truth = &mut self.truths[sent.submission];
                    truth.is_lost |= !sent.is_counted;
                    truth.has_died = true;
                    let turn = Query::Settle { counted: Counted::Turns, id: sent.own.clone(), amount: 0.0 };
                    self.budget.answer(NAMES[sent.submission], turn);
                }
            }
            Event::End { task } => {
                let running: Vec<String> =
                    self.all_tasks.iter().filter(|task| !self.ended.contains(*task)).cloned().collect();
                let Some(task) = running.get(task % running.len().max(1)) else { return };
                // A caller can't poll a task before its submission was answered to the end.
                if self.budget.of(Counted::Places, "", task).is_some() && self.plans.is_empty() {
                    self.ended.insert(task.clone());
                    let end = Query::Settle { counted: Counted::Places, id: task.clone(), amount: 0.0 };
                    self.budget.answer("", end);
                }
            }
            Event::Step { plan } => {
                if let Some(place) = plan.checked_rem(self.plans.len()) {
                    self.step(place);
                }
            }
            Event::Run { plan } => {
                let Some(place) = plan.checked_rem(self.plans.len()) else { return };
                let others = self.plans.len() - 1;
                while self.plans.len() > others {
                    self.step(place);
                }
            }
        }
    }

    /// One of the attempts that were sent and not answered.
    fn under_way(&self, attempt: usize) -> Option<usize> {
        let is_under_way = |sent: &Sent| sent.role.is_some() && !sent.is_answered;
        let all: Vec<usize> =
            (0..self.attempts.len()).filter(|place| is_under_way(&self.attempts[*place])).collect();
        all.get(attempt.checked_rem(all.len())?).copied()
    }

    fn answered(&mut self, place: usize, answer: Answer) {
        let is_relied_on = self.plans.iter().any(|plan| {
            let role = plan.conclusion.as_ref().map(|(role, _)| *role);
            self.attempts[plan.attempt].submission == self.attempts[place].submission
                && role == Some(Role::Relying)
        });
        let sent = &mut self.attempts[place];
        sent.is_answered = true;
        let is_counted = sent.is_counted;
        let (submission, role) = (sent.submission, sent.role.unwrap());
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
                // Whoever has room of his own leaves it to his task. What others relied on may be gone.
                if is_new_under_old_key && (role == Role::Relying || is_relied_on) {
                    self.excess.0 += counted;
                    self.excess.1 += 1.0;
                } else {
                    self.excess.0 += (counted - BASE).max(0.0);
                }
                Outcome::Accepted { task, reserved_credits: Some(credits), has_ended: false }
            }
        };
        if matches!(outcome, Outcome::Accepted { .. }) {
            truth.is_lost = false;
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
                let before = (self.budget.total(Counted::Places), self.budget.total(Counted::Credits));
                plan.answers.push(self.budget.answer(NAMES[sent.submission], query));
                let after = (self.budget.total(Counted::Places), self.budget.total(Counted::Credits));
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
        self.check_turns();
    }

    fn finish(&mut self) {
        while !self.plans.is_empty() {
            self.step(0);
        }
    }

    /// At no moment do two attempts of one submission, of whatever process, go without room of their own.
    fn check_turns(&self) {
        for submission in 0..NAMES.len() {
            let without_room = self.attempts.iter().filter(|sent| {
                sent.submission == submission
                    && !sent.is_answered
                    && matches!(sent.role, Some(Role::First | Role::Relying))
            });
            assert!(without_room.count() <= 1, "two attempts share one hold: {self:?}");
        }
    }

    /// What must hold whenever no plan is between two questions.
    fn check(&mut self) {
        let total = (self.budget.total(Counted::Places), self.budget.total(Counted::Credits));
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
                self.ended.contains(task) || self.budget.of(Counted::Places, "", task).is_some(),
                "{task} runs uncounted: {self:?}"
            );
            let is_charged = NAMES
                .iter()
                .any(|name| self.budget.of(Counted::Credits, name, &format!("{name}.task.{task}")).is_some());
            assert!(is_charged, "{task} is not charged: {self:?}");
        }
        for (submission, name) in NAMES.into_iter().enumerate() {
            let is_exceeded = self.budget.of(Counted::Sent, name, &format!("{name}.exceeded")).is_some();
            // Of what went over the limits it is known that the API begins a task for each attempt.
            self.truths[submission].is_unclear |= is_exceeded;
            let truth = &self.truths[submission];
            let of_it = || self.attempts.iter().filter(|sent| sent.submission == submission);
            let under_way: Vec<&Sent> =
                of_it().filter(|sent| sent.role.is_some() && !sent.is_answered).collect();
            let held = |counted| {
                let own: f64 = of_it().filter_map(|sent| self.budget.of(counted, name, &sent.own)).sum();
                let doubt = self.budget.of(counted, name, &format!("{name}.doubt")).unwrap_or_default();
                self.budget.of(counted, name, name).unwrap_or_default() + doubt + own
            };
            if (truth.is_lost || truth.is_accepted) && !truth.has_died {
                let is_known = self.budget.of(Counted::Sent, name, name).is_some();
                assert!(is_known, "a repeat of {name} would need room: {self:?}");
            }
            let is_in_doubt = truth.is_lost || under_way.iter().any(|sent| !sent.is_counted);
            if is_in_doubt {
                assert!(held(Counted::Places) >= 1.0, "the place of {name} was freed in doubt: {self:?}");
                assert!(
                    held(Counted::Credits) >= BASE,
                    "the credits of {name} were freed in doubt: {self:?}"
                );
            } else if under_way.is_empty() && !truth.is_unclear && !truth.has_died {
                assert_eq!(held(Counted::Places), 0.0, "{name} keeps a place for nothing: {self:?}");
                assert_eq!(held(Counted::Credits), 0.0, "{name} keeps credits for nothing: {self:?}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_048))]

    #[test]
    fn nothing_in_doubt_is_freed_and_nothing_refused_is_kept_in_whatever_order_the_budget_answers(events in events()) {
        let mut world = World::default();
        for event in &events {
            world.begin(event);
            if world.plans.is_empty() {
                world.check();
            }
        }
        world.finish();
        world.check();
    }
}
