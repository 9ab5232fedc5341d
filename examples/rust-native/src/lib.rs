//! What a program of your own takes from the crate: whether a request may be sent, and when to look at what came of it.
//! To send it is the program's.

use rivya_wasm::contract::generation::Status;
use rivya_wasm::contract::validation::{Draft, Issue, Mode, check};
use rivya_wasm::contract::value::Value;
use rivya_wasm::policy::learned::Learned;
use rivya_wasm::policy::polling::Guidance;

/// The model that this example asks for.
pub const MODEL: &str = "nano-banana-2";

/// How long the client of the npm package waits by default.
pub const WAIT_MS: f64 = 900_000.0;

/// Every problem of a request at once: a path, what is wrong there, and what would be right.
pub fn problems(prompt: &str, params: &[(&str, &str)]) -> Vec<Issue> {
    let params: Vec<_> =
        params.iter().map(|(key, value)| ((*key).to_owned(), Value::String((*value).to_owned()))).collect();
    let draft = Draft {
        model: MODEL,
        prompt: Some(prompt),
        params: &params,
        references: &[],
        client_request_id: None,
    };
    check(&draft, Mode::Strict).issues
}

/// The times of all looks at a generation, in milliseconds from its submission, until its wait is over. `seen_ms`: how
/// long the model's earlier runs took, latest last; with none the polls are those of the API's guidance.
pub fn planned_polls_ms(seen_ms: &[f64]) -> Vec<f64> {
    let plan = Learned::new(seen_ms, Guidance::Images);
    let mut polls_ms: Vec<f64> = Vec::new();
    let mut now_ms = 0.0;
    loop {
        let polls_made = u32::try_from(polls_ms.len()).unwrap_or(u32::MAX);
        now_ms += plan.next_delay_ms(now_ms, polls_made);
        if now_ms > WAIT_MS {
            return polls_ms;
        }
        polls_ms.push(now_ms);
    }
}

/// Whether the `status` that a poll has read is the last one.
pub fn has_ended(status: &str) -> bool {
    Status::parse(status).is_terminal()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_that_may_be_sent_has_no_problems() {
        assert_eq!(problems("A lighthouse", &[("aspect_ratio", "16:9")]), []);
    }

    #[test]
    fn every_problem_is_named_with_its_place() {
        let found = problems("", &[("aspect_ratio", "7:5"), ("colour", "red")]);
        let paths: Vec<_> = found.iter().map(|issue| issue.path.as_str()).collect();
        assert_eq!(paths, ["prompt", "params.aspect_ratio", "params.colour"]);
    }

    #[test]
    fn polls_follow_the_guidance_where_no_run_was_seen() {
        let polls_ms = planned_polls_ms(&[]);
        assert_eq!(polls_ms.iter().take(3).copied().collect::<Vec<_>>(), [2_500.0, 7_500.0, 13_500.0]);
        assert!(polls_ms.last().is_some_and(|last| *last <= WAIT_MS));
    }

    #[test]
    fn polls_gather_where_earlier_runs_ended() {
        let first_ms = planned_polls_ms(&[20_000.0, 21_000.0, 19_500.0, 20_500.0]).first().copied();
        assert!(first_ms.is_some_and(|first| first > 15_000.0 && first < 22_000.0), "{first_ms:?}");
    }

    #[test]
    fn an_unknown_status_has_not_ended() {
        assert!(has_ended("succeeded") && has_ended("failed"));
        assert!(!has_ended("queued") && !has_ended("dreaming"));
    }
}
