//! The state of a generation.

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

#[cfg(test)]
mod tests {
    use super::*;

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
