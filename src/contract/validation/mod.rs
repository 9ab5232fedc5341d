//! What may be sent: every problem of a request at once, each with its path and what would be right.

mod counts;
mod message;
mod params;
mod references;
#[cfg(test)]
mod tests;
mod upload;

pub use upload::check_upload;

use super::catalogue::{self, Capability, Model};
use super::media_type::{MediaKind, MediaType};
use super::text::{code_points, digits, fill};
use super::value::Value;

/// Longest `client_request_id` (documented for uploads; a cap of ours elsewhere).
const MAX_CLIENT_REQUEST_ID_CHARS: usize = 128;
/// Nobody reads on after so many; an object of 60,000 wrong keys must not take seconds.
const MAX_ISSUES: usize = 1_000;

/// How much is checked of a request for a model of the catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// All of it; what the catalogue doesn't list is an error.
    Strict,
    /// All of it; a parameter or an option that the catalogue doesn't list is a warning.
    Known,
    /// Only what can't be written into a request at all.
    Off,
}

/// A request before anything of it is sent.
#[derive(Clone, Copy, Debug)]
pub struct Draft<'a> {
    /// Model id.
    pub model: &'a str,
    /// Prompt.
    pub prompt: Option<&'a str>,
    /// `params` as the caller gave them.
    pub params: &'a [(String, Value)],
    /// References, in order.
    pub references: &'a [Reference],
    /// The caller's trace id.
    pub client_request_id: Option<&'a str>,
}

/// A file or URL that the model shall look at.
#[derive(Clone, Debug, PartialEq)]
pub struct Reference {
    /// Where it comes from.
    pub source: Source,
    /// Its kind, as given by the caller.
    pub kind: Option<MediaKind>,
}

/// Where a reference comes from.
#[derive(Clone, Debug, PartialEq)]
pub enum Source {
    /// A file to upload.
    File {
        /// Its size.
        bytes: u64,
        /// What its first bytes say. `None`: see `looked_at`.
        media: Option<MediaType>,
        /// Whether its first bytes were looked at. If so and `media` is `None`, they are of no known type; if not, it is judged by
        /// `declared_type`, and no more than a warning comes of that.
        looked_at: bool,
        /// `Blob.type`: empty where nothing is declared.
        declared_type: String,
    },
    /// Something that already lies somewhere.
    Url {
        /// Its address.
        url: String,
    },
}

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

/// What a check found.
#[derive(Clone, Debug, PartialEq)]
pub struct Checked {
    /// Every problem, in the order of the request's fields (after 1,000 the rest is left out).
    pub issues: Vec<Issue>,
    /// `params` as they travel: values of a select as strings, where the option exists.
    pub params: Vec<(String, Value)>,
    /// The kind that each reference travels as; `None` only beside an issue.
    pub kinds: Vec<Option<MediaKind>>,
}

impl Checked {
    /// Whether nothing stands against sending it.
    pub fn may_be_sent(&self) -> bool {
        self.issues.iter().all(|issue| issue.severity == Severity::Warning)
    }
}

/// Checks a request. A model that the catalogue doesn't hold gets only what concerns every model.
pub fn check(draft: &Draft<'_>, mode: Mode) -> Checked {
    let mut report = Report { mode, issues: Vec::new() };
    let known = catalogue::find(draft.model);
    if draft.model.is_empty() {
        report.error("model", "is empty; a model id is needed, such as \"nano-banana-2\"", &[]);
    }
    let mut judged = known.as_ref().filter(|_| mode != Mode::Off);
    if let Some(model) = judged.filter(|model| model.capability() == Capability::Chat) {
        let text = "% is a chat model; generations take models that make images, videos or audio";
        report.error("model", text, &[model.id()]);
        judged = None;
    }
    if let Some(model) = judged {
        check_prompt(&mut report, model, draft.prompt.unwrap_or_default());
    }
    let params = params::check(&mut report, judged, known.as_ref(), draft.params);
    let kinds = references::check(&mut report, judged, known.as_ref(), draft);
    if mode != Mode::Off
        && let Some(id) = draft.client_request_id
    {
        report.push(check_client_request_id(id, "client_request_id"));
    }
    Checked { issues: report.issues, params, kinds }
}

/// Checks the caller's trace id, of a generation or of an upload. `path` goes into the issue.
pub fn check_client_request_id(id: &str, path: &str) -> Option<Issue> {
    let chars = code_points(id);
    (chars > MAX_CLIENT_REQUEST_ID_CHARS).then(|| Issue {
        path: path.to_owned(),
        message: fill("has % characters; at most 128 are allowed", &[&digits(chars as u64)]),
        severity: Severity::Error,
    })
}

fn check_prompt(report: &mut Report, model: &Model, prompt: &str) {
    let rule = model.prompt();
    if rule.required && prompt.is_empty() {
        report.error("prompt", "is missing; % needs one", &[model.id()]);
    }
    let (chars, max) = (code_points(prompt) as u64, rule.max_code_points.map_or(u64::MAX, u64::from));
    if chars > max {
        let parts = [&digits(chars), model.id(), &digits(max)];
        report.error("prompt", "has % characters; % takes at most %", &parts);
    }
}

/// The issues found so far.
struct Report {
    mode: Mode,
    issues: Vec<Issue>,
}

impl Report {
    #[inline(never)]
    fn push(&mut self, issue: Option<Issue>) {
        if !self.is_full() {
            self.issues.extend(issue);
        }
    }

    fn is_full(&self) -> bool {
        self.issues.len() >= MAX_ISSUES
    }

    /// An issue at a path, its message a template and what fills it.
    #[inline(never)]
    fn issue(&mut self, severity: Severity, path: &str, template: &str, parts: &[&str]) {
        self.push(Some(Issue { path: path.to_owned(), message: fill(template, parts), severity }));
    }

    fn error(&mut self, path: &str, template: &str, parts: &[&str]) {
        self.issue(Severity::Error, path, template, parts);
    }

    /// Something that the catalogue doesn't list: whether it is wrong, only the server knows.
    fn unlisted(&mut self, path: &str, message: &str) {
        if self.mode == Mode::Strict {
            self.error(path, "% (validation: \"known\" sends it anyway)", &[message]);
        } else {
            self.issue(Severity::Warning, path, "%", &[message]);
        }
    }
}
