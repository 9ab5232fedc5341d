//! What answers say, as far as a flow relies on it. The rest reaches the caller as the server sent it.

use super::failure::Failure;
use crate::contract::generation::Status;
use crate::platform::Answer;

/// How deep an answer may nest (our convention). The API's own have a handful of levels; whoever goes through one of a
/// hundred thousand runs out of stack.
pub(crate) const MAX_ANSWER_LEVELS: u32 = 64;

/// What a call asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expected {
    Generation,
    File,
    Models,
    Credits,
}

impl Expected {
    /// Whether the JSON of a 2xx is what was asked for.
    pub(crate) fn is_met_by(self, answer: &impl Answer) -> bool {
        match self {
            _ if answer.nests_deeper(MAX_ANSWER_LEVELS) => false,
            Self::Generation => answer.text(&["status"]).is_some() && !id_of(answer).is_empty(),
            Self::File => answer.text(&["url"]).is_some_and(|url| !url.is_empty()),
            Self::Models => answer.count(&["data"]).is_some(),
            Self::Credits => answer.number(&["current_credits"]).is_some(),
        }
    }
}

/// The id of a generation.
pub(crate) fn id_of(generation: &impl Answer) -> String {
    generation.text(&["id"]).unwrap_or_default()
}

/// The status of a generation, which the answer to a call for one has. One that the API has added since is
/// [`Status::Other`].
pub(crate) fn status_of(generation: &impl Answer) -> Status {
    Status::parse(&generation.text(&["status"]).unwrap_or_default())
}

/// A generation that has succeeded, or the failure of one that has not: it may carry no error object (contract, section
/// 6). `status`: what it said when it came.
pub(crate) fn result_of<A: Answer>(generation: A, status: Status) -> Result<A, Failure<A>> {
    if status == Status::Succeeded {
        return Ok(generation);
    }
    let text = |key, absent: &str| generation.text(&["error", key]).unwrap_or_else(|| absent.to_owned());
    let failure = Failure::new(&text("code", "generation_failed"), text("message", "The generation failed."));
    Err(failure.with(|facts| facts.generation = Some(generation)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::tests::Json;

    #[test]
    fn a_generation_is_known_by_its_id_and_status() {
        for (json, status, has_ended) in [
            (r#"{"id":"x","status":"queued"}"#, Status::Queued, false),
            (r#"{"id":"x","status":"processing"}"#, Status::Processing, false),
            (r#"{"id":"x","status":"cancelling"}"#, Status::Other, false),
            (r#"{"id":"x","status":"succeeded"}"#, Status::Succeeded, true),
            (r#"{"id":"x","status":"failed"}"#, Status::Failed, true),
        ] {
            let read = status_of(&Json::read(json));
            assert_eq!((read, read.is_terminal()), (status, has_ended), "{json}");
        }
        assert_eq!(id_of(&Json::read(r#"{"id":"x"}"#)), "x");
        for json in [r#"{"id":7}"#, "{}", "null", "[]"] {
            assert_eq!(id_of(&Json::read(json)), "", "{json}");
        }
    }

    #[test]
    fn each_call_knows_what_it_has_asked_for() {
        use Expected::{Credits, File, Generation, Models};
        for (json, met) in [
            (r#"{"id":"x","status":"a word of tomorrow"}"#, &[Generation][..]),
            (r#"{"id":"","status":"queued"}"#, &[]),
            (r#"{"id":"x","status":1}"#, &[]),
            (r#"{"id":"x"}"#, &[]),
            (r#"{"id":"x","url":"https://a.example"}"#, &[File]),
            (r#"{"id":"x","url":""}"#, &[]),
            (r#"{"data":[]}"#, &[Models]),
            (r#"{"data":{}}"#, &[]),
            (r#"{"current_credits":0}"#, &[Credits]),
            (r#"{"current_credits":"0"}"#, &[]),
            ("null", &[]),
            ("[]", &[]),
        ] {
            let answer = Json::read(json);
            for expected in [Generation, File, Models, Credits] {
                assert_eq!(expected.is_met_by(&answer), met.contains(&expected), "{json} {expected:?}");
            }
        }
    }

    #[test]
    fn a_failed_generation_may_carry_no_error() {
        for (json, code, message) in [
            (r#"{"id":"x","status":"failed","error":null}"#, "generation_failed", "The generation failed."),
            (
                r#"{"id":"x","status":"failed","error":{"code":7}}"#,
                "generation_failed",
                "The generation failed.",
            ),
            (r#"{"id":"x","status":"failed","error":{"code":"unsafe","message":"No."}}"#, "unsafe", "No."),
        ] {
            let failure = result_of(Json::read(json), Status::Failed).unwrap_err();
            assert_eq!((failure.code.as_str(), failure.message.as_str()), (code, message));
            assert_eq!(failure.generation, Some(Json::read(json)), "the caller sees what the server said");
            assert_eq!((failure.status, failure.retryable), (None, false));
        }
        let succeeded = Json::read(r#"{"id":"x","status":"succeeded"}"#);
        assert_eq!(result_of(succeeded.clone(), Status::Succeeded).ok(), Some(succeeded));
    }
}
