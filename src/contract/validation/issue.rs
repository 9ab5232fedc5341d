//! What a check finds.

/// How bad an issue is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// Nothing is sent.
    Error,
    /// It is sent all the same.
    Warning,
}

impl Severity {
    /// `"error"` or `"warning"`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

/// One problem.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issue {
    /// Where: `params.aspect_ratio`, `references[2]`.
    pub path: String,
    /// What is wrong, and what would be right. Reads on from the path.
    pub message: String,
    /// How bad it is.
    pub severity: Severity,
}
