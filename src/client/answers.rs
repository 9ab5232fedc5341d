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
    Models,
    Credits,
}

impl Expected {
    /// Whether the JSON of a 2xx is what was asked for.
    pub(crate) fn is_met_by(self, answer: &impl Answer) -> bool {
        match self {
            _ if answer.nests_deeper(MAX_ANSWER_LEVELS) => false,
            Self::Generation => status_of(answer).is_some() && !id_of(answer).is_empty(),
            Self::Models => answer.count(&["data"]).is_some(),
            Self::Credits => answer.number(&["current_credits"]).is_some(),
        }
    }
}

/// The id of a generation.
pub(crate) fn id_of(generation: &impl Answer) -> String {
    generation.text(&["id"]).unwrap_or_default()
}

/// The status of a generation; `None` where it has none. One that the API has added since is [`Status::Other`].
pub(crate) fn status_of(generation: &impl Answer) -> Option<Status> {
    generation.text(&["status"]).map(|status| Status::parse(&status))
}

/// Whether nothing more will happen to a generation.
pub(crate) fn has_ended(generation: &impl Answer) -> bool {
    status_of(generation).is_some_and(Status::is_terminal)
}

/// A generation that has succeeded, or the failure of one that has not: it may carry no error object (contract, section
/// 6).
pub(crate) fn result_of<A: Answer>(generation: A) -> Result<A, Failure<A>> {
    if status_of(&generation) == Some(Status::Succeeded) {
        return Ok(generation);
    }
    let text = |key, absent: &str| generation.text(&["error", key]).unwrap_or_else(|| absent.to_owned());
    let failure = Failure::new(&text("code", "generation_failed"), text("message", "The generation failed."));
    Err(Failure { generation: Some(generation), ..failure })
}
