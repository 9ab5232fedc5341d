//! The state of a generation, and where its results lie.

use super::value::Value;

/// More results of one generation are not fetched (our convention; no model makes more than a few).
pub const MAX_RESULTS: usize = 100;

/// What `status` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// `"queued"`: accepted, not begun.
    Queued,
    /// `"processing"`.
    Processing,
    /// `"succeeded"`: ended, with a result.
    Succeeded,
    /// `"failed"`: ended, perhaps with an error object.
    Failed,
    /// A word that the API may add. It counts as not ended (our convention), within the wait's limit.
    Other,
}

impl Status {
    /// Reads the API's word for it.
    pub fn parse(text: &str) -> Self {
        match text {
            "queued" => Self::Queued,
            "processing" => Self::Processing,
            "succeeded" => Self::Succeeded,
            "failed" => Self::Failed,
            _ => Self::Other,
        }
    }

    /// Whether nothing more will happen.
    pub fn is_terminal(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed)
    }
}

/// The results of a generation, as they stand: `result.urls`, or `result.primary_url` alone where there is no list
/// (contract, section 6). Whether they are URLs is not looked at.
pub fn results(result: &Value) -> &[Value] {
    let list = result.get("urls").and_then(Value::as_list).unwrap_or_default();
    let primary = result.get("primary_url").map(std::slice::from_ref);
    if list.is_empty() { primary.unwrap_or_default() } else { list }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_the_list_or_the_primary_url_alone() {
        for (text, count) in [
            (r#"{"urls":["a","b"],"primary_url":"c"}"#, 2),
            (r#"{"urls":[],"primary_url":"c"}"#, 1),
            (r#"{"urls":"a","primary_url":"c"}"#, 1),
            (r#"{"urls":[]}"#, 0),
            ("null", 0),
        ] {
            assert_eq!(results(&serde_json::from_str(text).unwrap()).len(), count, "{text}");
        }
    }

    #[test]
    fn only_the_two_documented_ends_are_terminal() {
        for (word, status, terminal) in [
            ("queued", Status::Queued, false),
            ("processing", Status::Processing, false),
            ("succeeded", Status::Succeeded, true),
            ("failed", Status::Failed, true),
            ("SUCCESS", Status::Other, false),
            ("cancelled", Status::Other, false),
            ("", Status::Other, false),
        ] {
            assert_eq!(Status::parse(word), status);
            assert_eq!(status.is_terminal(), terminal, "{word}");
        }
    }
}
