//! What may be sent: every problem of a request at once, each with its path and what would be right.

mod counts;
mod draft;
mod issue;
mod items;
mod message;
mod params;
mod references;
mod report;
#[cfg(test)]
mod tests;
mod upload;

pub use draft::{Draft, Mode, Reference, Source};
pub use issue::{Issue, Severity};
pub use references::name_by_place;
pub use upload::{check_upload, sure_bytes};

use super::catalogue::{self, Capability, Model};
use super::media_type::MediaKind;
use super::value::Value;
use report::Report;

/// Longest `client_request_id` (documented for uploads; a cap of ours elsewhere).
const MAX_CLIENT_REQUEST_ID_CHARS: usize = 128;

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
    let report = &mut Report::new(mode);
    let known = catalogue::find(draft.model);
    report.at("model");
    if draft.model.is_empty() {
        report.error("is empty; a model id is needed, such as \"nano-banana-2\"");
    }
    let mut judged = known.filter(|_| mode != Mode::Off);
    if let Some(model) = judged {
        if model.capability() == Capability::Chat {
            let text = " is a chat model; generations take models that make images, videos or audio";
            report.say(model.id()).error(text);
            judged = None;
        } else {
            check_prompt(report, model, draft.prompt.unwrap_or_default());
        }
    }
    let params = params::check(report, judged, known, draft.params);
    let kinds = references::check(report, judged, known, draft);
    let mut issues = std::mem::take(&mut report.issues);
    if mode != Mode::Off
        && let Some(id) = draft.client_request_id
    {
        issues.extend(check_client_request_id(id, "client_request_id"));
    }
    Checked { issues, params, kinds }
}

/// A member of a request that none has. Left out without a word, it would be paid for all the same; nothing where the
/// server decides.
pub fn unknown_field(name: &str, mode: Mode) -> Option<Issue> {
    let severity = match mode {
        Mode::Strict => Severity::Error,
        Mode::Known => Severity::Warning,
        Mode::Off => return None,
    };
    let message = "is no field of a request; it has model, prompt, params, references, keepMetadata, fit and client_request_id";
    Some(Issue { path: name.to_owned(), message: message.to_owned(), severity })
}

/// Checks the caller's trace id, of a generation or of an upload. `path` goes into the issue.
pub fn check_client_request_id(id: &str, path: &str) -> Option<Issue> {
    let chars = id.chars().count();
    let mut report = Report::new(Mode::Strict);
    if chars > MAX_CLIENT_REQUEST_ID_CHARS {
        report.at(path).say("has ").count(chars as u64).error(" characters; at most 128 are allowed");
    }
    report.issues.pop()
}

fn check_prompt(report: &mut Report, model: &Model, prompt: &str) {
    report.at("prompt");
    let rule = model.prompt();
    if rule.required && prompt.is_empty() {
        report.say("is missing; ").say(model.id()).error(" needs one");
    }
    let chars = prompt.chars().count();
    if let Some(max) = rule.max_code_points
        && chars > max as usize
    {
        report.say("has ").count(chars as u64).say(" characters; ").say(model.id());
        report.say(" takes at most ").count(max.into()).error("");
    }
}
