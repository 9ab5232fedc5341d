//! The plans of `holds`, question by question, for the JavaScript that puts them to the budget.

use js_sys::Object;
use wasm_bindgen::prelude::*;

use super::holds::{self, Attempt, Denial, Limits, Outcome, Role};
use super::limits::Counted;
use super::refusal::Refusal;
use super::transcript::{Query, Transcript};
use crate::js::data::{record, set};
use crate::js::handle::Handle;

/// The next step of an attempt to submit: `{ take: { key, id, amount, limit, windowMs } }` or `{ settle: { key, id,
/// amount } }` for the budget; or, where there is none left, `{ role }` or `{ refusal }` of an admission, and `{}` of
/// anything else.
///
/// `attempt`: `{ caller, submission, own, baseCredits, concurrentGenerations, creditsPerDay }`. `event`: `{
/// what, role }`, where `what` is `admit`, `refused`, `doubtful`, or `accepted` with `{ task, reservedCredits, hasEnded
/// }`, or `abandon` with the answers to an admission that failed as `admission`. `answers`: those to the questions of
/// this event so far, 1 for a take that was granted.
#[wasm_bindgen(js_name = nextStep)]
pub fn next_step(attempt: Handle, event: Handle, answers: &[u8]) -> Object {
    let (caller, submission, own) = (attempt.text("caller"), attempt.text("submission"), attempt.text("own"));
    let attempt = Attempt {
        submission: &submission,
        own: &own,
        base_credits: attempt.amount("baseCredits"),
        limits: Limits {
            places: attempt.number("concurrentGenerations"),
            credits: attempt.number("creditsPerDay"),
        },
    };
    let answers = granted(answers);
    let budget = &mut Transcript::new(&answers);
    let step = record();
    let asked = match event.text("what").as_str() {
        "admit" => attempt.admit(budget).map(|admitted| match admitted {
            Ok(role) => set(&step, "role", &name_of(role).into()),
            Err(denial) => set(&step, "refusal", &refusal(denial, attempt.limits).into_js()),
        }),
        "abandon" => attempt.abandon(&granted(&event.bytes("admission")), budget),
        what => attempt.conclude(role_of(&event.text("role")), &outcome(what, &event), budget),
    };
    if let Err(query) = asked {
        let (name, query) = query_to_js(&query, &caller, &submission);
        set(&step, name, &query);
    }
    step
}

/// Whether a submission that was answered so began nothing. `is_json`: see `holds::begins_nothing`.
#[wasm_bindgen(js_name = beginsNothing)]
pub fn begins_nothing(status: u16, is_json: bool) -> bool {
    holds::begins_nothing(status, is_json)
}

fn granted(answers: &[u8]) -> Vec<bool> {
    answers.iter().map(|answer| *answer == 1).collect()
}

fn name_of(role: Role) -> &'static str {
    match role {
        Role::First => "first",
        Role::Relying => "relying",
        Role::Covered => "covered",
    }
}

fn role_of(name: &str) -> Role {
    match name {
        "first" => Role::First,
        "relying" => Role::Relying,
        _ => Role::Covered,
    }
}

fn outcome(what: &str, event: &Handle) -> Outcome {
    match (what, event.string("task")) {
        ("accepted", Some(task)) => Outcome::Accepted {
            task,
            reserved_credits: event.number("reservedCredits"),
            has_ended: event.flag("hasEnded"),
        },
        ("refused", _) => Outcome::Refused,
        // One that was accepted without the name of a task is in doubt, too.
        _ => Outcome::Doubtful,
    }
}

fn refusal(denial: Denial, limits: Limits) -> Refusal {
    match denial {
        Denial::Places => Refusal::too_many_at_once(limits.places.unwrap_or_default()),
        Denial::Credits => Refusal::too_many_credits(limits.credits.unwrap_or_default()),
        Denial::Crowded => Refusal::repeated_at_once(),
    }
}

fn query_to_js(query: &Query, caller: &str, submission: &str) -> (&'static str, JsValue) {
    let object = Object::new();
    let describe = |counted: Counted, id: &str, amount: f64| {
        let subject = if counted.is_of_submission() { submission } else { caller };
        set(&object, "key", &counted.key(subject).into());
        set(&object, "id", &id.into());
        set(&object, "amount", &amount.into());
    };
    let name = match query {
        Query::Take { counted, id, amount, limit, window_ms } => {
            describe(*counted, id, *amount);
            set(&object, "limit", &(*limit).into());
            set(&object, "windowMs", &(*window_ms).into());
            "take"
        }
        Query::Settle { counted, id, amount } => {
            describe(*counted, id, *amount);
            "settle"
        }
    };
    (name, object.into())
}
