//! What a program of your own takes from the crate: whether a request may be sent, and when to poll for what came of
//! it. To send it is the program's.

use std::time::Duration;

use rivya_wasm::contract::generation::Status;
use rivya_wasm::contract::validation::{Draft, Issue, Mode, check};
use rivya_wasm::contract::value::Value;
use rivya_wasm::policy::learned::Learned;
use rivya_wasm::policy::polling::Guidance;

/// The model that this example asks for.
pub const MODEL: &str = "nano-banana-2";

/// How long the client of the npm package waits by default.
pub const WAIT: Duration = Duration::from_secs(900);

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

/// When a generation is polled, each time from its submission, until its wait is over. `earlier_runs`: how long those
/// of this model took, latest last; with none the polls are those of the API's guidance.
pub fn planned_polls(earlier_runs: &[Duration]) -> Vec<Duration> {
    let plan = Learned::new(earlier_runs, Guidance::Images);
    let mut polls = Vec::new();
    let mut elapsed = Duration::ZERO;
    loop {
        let polls_made = u32::try_from(polls.len()).unwrap_or(u32::MAX);
        elapsed = elapsed.saturating_add(plan.next_delay(elapsed, polls_made));
        if elapsed > WAIT {
            return polls;
        }
        polls.push(elapsed);
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
        let polls = planned_polls(&[]);
        let first_ms: Vec<_> = polls.iter().take(3).map(Duration::as_millis).collect();
        assert_eq!(first_ms, [2_500, 7_500, 13_500]);
        assert!(polls.last().is_some_and(|last| *last <= WAIT));
    }

    #[test]
    fn polls_gather_where_earlier_runs_ended() {
        let earlier_runs = [20_000, 21_000, 19_500, 20_500].map(Duration::from_millis);
        let first_s = planned_polls(&earlier_runs).first().map(Duration::as_secs_f64);
        assert!(first_s.is_some_and(|first| first > 15.0 && first < 22.0), "{first_s:?}");
    }

    #[test]
    fn an_unknown_status_has_not_ended() {
        assert!(has_ended("succeeded") && has_ended("failed"));
        assert!(!has_ended("queued") && !has_ended("dreaming"));
    }
}
