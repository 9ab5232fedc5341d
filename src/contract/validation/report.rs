//! The issues found so far, and the one that is being written.
//!
//! A message is written piece by piece into the report itself: pieces that are put together elsewhere cost the client's
//! module a temporary string each.

use super::draft::Mode;
use super::issue::{Issue, Severity};
use super::message::{nearest, push_quoted};
use crate::contract::text::push_number;
use crate::contract::value::Value;

/// Nobody reads on after so many; an object of 60,000 wrong keys must not take seconds.
const MAX_ISSUES: usize = 1_000;

pub(super) struct Report {
    pub(super) mode: Mode,
    pub(super) issues: Vec<Issue>,
    path: String,
    message: String,
}

impl Report {
    pub(super) fn new(mode: Mode) -> Self {
        Self { mode, issues: Vec::new(), path: String::new(), message: String::new() }
    }

    pub(super) fn is_full(&self) -> bool {
        self.issues.len() >= MAX_ISSUES
    }

    /// From here on issues lie at this path.
    pub(super) fn at(&mut self, path: &str) -> &mut Self {
        self.path.clear();
        self.step(path)
    }

    /// Goes one step into the path.
    pub(super) fn step(&mut self, step: &str) -> &mut Self {
        self.path.push_str(step);
        self
    }

    /// Goes into an element of a list.
    pub(super) fn element(&mut self, index: usize) {
        self.path.push('[');
        self.path.push_str(&index.to_string());
        self.path.push(']');
    }

    /// Where the path is, for [`Self::back_to`].
    pub(super) fn place(&self) -> usize {
        self.path.len()
    }

    /// Goes back to a place that lies on the path.
    pub(super) fn back_to(&mut self, place: usize) -> &mut Self {
        self.path.truncate(place);
        self
    }

    pub(super) fn say(&mut self, text: &str) -> &mut Self {
        self.message.push_str(text);
        self
    }

    pub(super) fn count(&mut self, number: u64) -> &mut Self {
        self.message.push_str(&number.to_string());
        self
    }

    pub(super) fn quote(&mut self, text: &str) -> &mut Self {
        push_quoted(&mut self.message, text);
        self
    }

    /// Texts in quotes, one after the other.
    pub(super) fn quote_all(&mut self, texts: &[&str]) -> &mut Self {
        let mut separator = "";
        for text in texts {
            self.say(separator).quote(text);
            separator = ", ";
        }
        self
    }

    /// Names one after the other, each once.
    pub(super) fn list(&mut self, names: &[&str]) -> &mut Self {
        for (at, name) in names.iter().enumerate() {
            if !names.iter().take(at).any(|earlier| earlier == name) {
                self.say(if at > 0 { ", " } else { "" }).say(name);
            }
        }
        self
    }

    /// What a value is: itself where it is short, else its kind.
    pub(super) fn describe(&mut self, value: &Value) -> &mut Self {
        match value {
            Value::String(text) => return self.quote(text),
            Value::Number(number) => push_number(&mut self.message, *number),
            Value::Bool(flag) => self.message.push_str(if *flag { "true" } else { "false" }),
            other => self.message.push_str(other.kind_name()),
        }
        self
    }

    /// What might be meant by an unknown key.
    pub(super) fn advise(&mut self, key: &str, known: &[&'static str]) -> &mut Self {
        match nearest(key, known) {
            Some(nearest) => self.say("did you mean \"").say(nearest).say("\"?"),
            None if known.is_empty() => self.say("it has none"),
            None => self.say("it has ").list(known),
        }
    }

    /// Says so where a member is no string, or an empty one.
    pub(super) fn need_text(&mut self, of: &Value, key: &str) {
        if of.get(key).and_then(Value::as_str).unwrap_or_default().is_empty() {
            let place = self.place();
            self.step(".").step(key).error("is missing; a string is needed that is not empty");
            self.back_to(place);
        }
    }

    /// The message is complete.
    pub(super) fn end(&mut self, severity: Severity) {
        let message = std::mem::take(&mut self.message);
        if !self.is_full() {
            self.issues.push(Issue { path: self.path.clone(), message, severity });
        }
    }

    /// The message of an error is complete with this.
    pub(super) fn error(&mut self, text: &str) {
        self.say(text).end(Severity::Error);
    }

    /// The message is complete. It tells of something that the catalogue doesn't list: whether it is wrong, only the
    /// server knows.
    pub(super) fn unlisted(&mut self) {
        if self.mode == Mode::Strict {
            self.error(" (validation: \"known\" sends it anyway)");
        } else {
            self.end(Severity::Warning);
        }
    }
}
