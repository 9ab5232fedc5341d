//! An entry of the journal, and its text in a store.

use crate::contract::idempotency_key;
use crate::contract::value::Value;
use crate::platform::Platform;

/// The form of an entry; another version's entries are left alone.
const VERSION: f64 = 1.0;
/// What JavaScript's `Date` can tell, and the days that are added to it.
const MAX_TIME_MS: f64 = 8e15;

/// What has to be handed over to the caller before an entry may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Until {
    /// The id of the generation.
    Id,
    /// Its result.
    Result,
}

/// What is known of an entry's generation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// No answer to its submission was seen.
    Unsubmitted,
    /// It was accepted.
    Running,
    /// It has ended with a result.
    Succeeded,
    /// The API knows it no more.
    Lost,
}

impl State {
    /// As it is written, and told to JavaScript.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unsubmitted => "unsubmitted",
            Self::Running => "running",
            Self::Succeeded => "succeeded",
            Self::Lost => "lost",
        }
    }

    fn parse(word: &str) -> Option<Self> {
        [Self::Unsubmitted, Self::Running, Self::Succeeded, Self::Lost]
            .into_iter()
            .find(|state| state.as_str() == word)
    }
}

/// A submission with its exact body, from before it is sent until its result was delivered.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) model: String,
    pub(crate) prompt: Option<String>,
    /// When it was begun, by the wall clock.
    pub(crate) started_ms: f64,
    /// Of the request before anything of it was uploaded.
    pub(crate) digest: String,
    pub(crate) body: String,
    pub(crate) until: Until,
    /// The generation's, once it is known.
    pub(crate) id: Option<String>,
    pub(crate) state: State,
    /// When its result was delivered, by the wall clock.
    pub(crate) delivered_ms: Option<f64>,
}

/// What changes of an entry after it was begun; `None`: it stays as it is.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Changes {
    pub(crate) id: Option<String>,
    pub(crate) state: Option<State>,
    pub(crate) delivered_ms: Option<f64>,
}

impl Changes {
    pub(crate) fn state(state: State) -> Self {
        Self { state: Some(state), ..Self::default() }
    }

    /// These changes, followed by later ones, which win.
    pub(crate) fn then(self, later: &Self) -> Self {
        Self {
            id: later.id.clone().or(self.id),
            state: later.state.or(self.state),
            delivered_ms: later.delivered_ms.or(self.delivered_ms),
        }
    }
}

impl Entry {
    pub(crate) fn apply(&mut self, changes: &Changes) {
        self.id = changes.id.clone().or(self.id.take());
        self.state = changes.state.unwrap_or(self.state);
        self.delivered_ms = changes.delivered_ms.or(self.delivered_ms);
    }

    pub(crate) fn write(&self, platform: &impl Platform) -> String {
        let text = |text: &str| Value::String(text.to_owned());
        let until = if self.until == Until::Id { "id" } else { "result" };
        let members = [
            ("version", Some(Value::Number(VERSION))),
            ("key", Some(text(&self.key))),
            ("model", Some(text(&self.model))),
            ("prompt", self.prompt.as_deref().map(text)),
            ("startedMs", Some(Value::Number(self.started_ms))),
            ("digest", Some(text(&self.digest))),
            ("body", Some(text(&self.body))),
            ("until", Some(text(until))),
            ("id", self.id.as_deref().map(text)),
            ("state", Some(text(self.state.as_str()))),
            ("deliveredMs", self.delivered_ms.map(Value::Number)),
        ];
        let record = members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
        platform.to_json(&Value::Record(record.collect()))
    }

    /// The entry that a store's text holds under a key; `None` where it is none of this version. A store's text is a
    /// stranger's.
    pub(crate) fn read(platform: &impl Platform, written: &str, key: &str) -> Option<Self> {
        let value = platform.parse_json(written)?;
        let text =
            |name| value.get(name).map(|value| value.as_str().map(str::to_owned).ok_or(())).transpose();
        let number = |name| value.get(name).map(|value| value.as_f64().ok_or(())).transpose();
        let entry = Self {
            key: text("key").ok()??,
            model: text("model").ok()??,
            prompt: text("prompt").ok()?,
            started_ms: number("startedMs").ok()??,
            digest: text("digest").ok()??,
            body: text("body").ok()??,
            until: match text("until").ok()??.as_str() {
                "id" => Until::Id,
                "result" => Until::Result,
                _ => return None,
            },
            id: text("id").ok()?,
            state: State::parse(&text("state").ok()??)?,
            delivered_ms: number("deliveredMs").ok()?,
        };
        let body = platform.parse_json(&entry.body)?;
        let is_ours = number("version") == Ok(Some(VERSION))
            && entry.key == key
            && idempotency_key::is_valid(key)
            && (0.0..MAX_TIME_MS).contains(&entry.started_ms)
            && body.get("model").and_then(Value::as_str) == Some(&entry.model);
        is_ours.then_some(entry)
    }
}
