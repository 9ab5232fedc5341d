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
use super::value::Value;
use crate::media::kind::MediaKind;
use crate::media::signature::MediaType;

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
        report.error("model", "is empty; a model id is needed, such as \"nano-banana-2\"");
    }
    let judged = known.filter(|_| mode != Mode::Off);
    let judged = judged.filter(|model| !refuse_chat(&mut report, model));
    if let Some(model) = &judged {
        check_prompt(&mut report, model, draft.prompt);
    }
    let params = params::check(&mut report, judged.as_ref(), known.as_ref(), draft.params);
    let kinds = references::check(&mut report, judged.as_ref(), known.as_ref(), draft);
    if mode != Mode::Off {
        check_client_request_id_of(&mut report, draft.client_request_id);
    }
    Checked { issues: report.issues, params, kinds }
}

fn refuse_chat(report: &mut Report, model: &Model) -> bool {
    let is_chat = model.capability() == Capability::Chat;
    if is_chat {
        let text = format!(
            "{} is a chat model; generations take models that make images, videos or audio",
            model.id()
        );
        report.error("model", text);
    }
    is_chat
}

fn check_prompt(report: &mut Report, model: &Model, prompt: Option<&str>) {
    let rule = model.prompt();
    let prompt = prompt.unwrap_or_default();
    if rule.required && prompt.is_empty() {
        report.error("prompt", format!("is missing; {} needs one", model.id()));
    }
    let code_points = prompt.chars().count();
    if let Some(max) = rule.max_code_points.filter(|max| code_points > *max as usize) {
        report.error("prompt", format!("has {code_points} characters; {} takes at most {max}", model.id()));
    }
}

fn check_client_request_id_of(report: &mut Report, id: Option<&str>) {
    let chars = id.map_or(0, |id| id.chars().count());
    if chars > MAX_CLIENT_REQUEST_ID_CHARS {
        let text = format!("has {chars} characters; at most {MAX_CLIENT_REQUEST_ID_CHARS} are allowed");
        report.error("client_request_id", text);
    }
}

/// The issues found so far.
struct Report {
    mode: Mode,
    issues: Vec<Issue>,
}

impl Report {
    fn push(&mut self, path: &str, message: String, severity: Severity) {
        if !self.is_full() {
            self.issues.push(Issue { path: path.to_owned(), message, severity });
        }
    }

    fn is_full(&self) -> bool {
        self.issues.len() >= MAX_ISSUES
    }

    fn error(&mut self, path: &str, message: impl Into<String>) {
        self.push(path, message.into(), Severity::Error);
    }

    fn warn(&mut self, path: &str, message: impl Into<String>) {
        self.push(path, message.into(), Severity::Warning);
    }

    /// Something that the catalogue doesn't list: whether it is wrong, only the server knows.
    fn unlisted(&mut self, path: &str, mut message: String) {
        if self.mode == Mode::Strict {
            message.push_str(" (validation: \"known\" sends it anyway)");
            self.error(path, message);
        } else {
            self.warn(path, message);
        }
    }
}

/// TEMP
pub fn check_client_request_id(_id: &str, _path: &str) -> Option<Issue> {
    None
}
