//! Everything that the emulator remembers, and every decision about it. Time and random bits come in as arguments.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Value, json};

use super::checks::{self, Accepted};
use super::conventions::{IDEMPOTENCY_KEY_MAX, file_url, price};
use super::faults::{Fault, Faults};
use super::files::FileRecord;
use super::ledger::{Charge, Ledger};
use super::painter::plan::result_extensions;
use super::problem::Problem;
use super::routes::Route;
use super::settings::{Habit, Outcome, Settings};
use super::tables::Catalogue;
use super::tasks::{Status, Task, credits, iso_time};
use super::webhooks::{self, Deliveries};

/// The emulator's state.
#[derive(Debug)]
pub struct World {
    settings: Settings,
    faults: Option<Faults>,
    tasks: Vec<Task>,
    task_index: HashMap<String, usize>,
    files: HashMap<String, FileRecord>,
    key_uses: HashMap<String, KeyUse>,
    windows: HashMap<String, Window>,
    requests: BTreeMap<&'static str, u64>,
    deliveries: Deliveries,
}

#[derive(Debug)]
struct KeyUse {
    body: String,
    task_id: String,
    answer: Value,
}

#[derive(Debug)]
struct Window {
    started_ms: u64,
    requests: u64,
}

/// What a `POST /generations` comes to before its outcome is known.
#[derive(Debug)]
pub enum Submission {
    /// A known key and the same body: this is the answer.
    Replay(Value),
    /// A task to be opened with [`World::open`].
    New(Accepted),
}

/// That of an account with every option at its default.
impl Default for World {
    fn default() -> Self {
        Self::new(Settings::default())
    }
}

impl World {
    /// An account with all its credits and nothing done.
    pub fn new(settings: Settings) -> Self {
        let faults = settings.faults.clone().map(Faults::new);
        Self {
            settings,
            faults,
            tasks: Vec::new(),
            task_index: HashMap::new(),
            files: HashMap::new(),
            key_uses: HashMap::new(),
            windows: HashMap::new(),
            requests: BTreeMap::new(),
            deliveries: Deliveries::default(),
        }
    }

    /// The options.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Counts a request and draws its fault. Only requests to the API itself can be hit.
    pub fn arrive(&mut self, route: &Route) -> Option<Fault> {
        let count = self.requests.entry(route.name()).or_default();
        *count = count.saturating_add(1);
        self.faults.as_mut().filter(|_| route.is_api()).and_then(Faults::draw)
    }

    /// Checks the key, then the rate limit. `authorization` is the header's value.
    pub fn admit(&mut self, route: &Route, authorization: Option<&str>, now_ms: u64) -> Result<(), Problem> {
        if !route.is_api() {
            return Ok(());
        }
        let key = authorization.and_then(bearer);
        if route.needs_key() {
            let key = key.ok_or_else(Problem::key_missing)?;
            if !self.settings.api_keys.iter().any(|known| known == key) {
                return Err(Problem::key_invalid());
            }
        }
        self.count_request(key.unwrap_or_default(), now_ms)
    }

    fn count_request(&mut self, who: &str, now_ms: u64) -> Result<(), Problem> {
        let Some(limit) = self.settings.rate_limit else { return Ok(()) };
        let fresh = || Window { started_ms: now_ms, requests: 0 };
        let window = self.windows.entry(who.to_owned()).or_insert_with(fresh);
        let ends_ms = window.started_ms.saturating_add(limit.window_ms);
        if now_ms >= ends_ms {
            *window = fresh();
        }
        if window.requests >= limit.requests {
            let left_ms = window.started_ms.saturating_add(limit.window_ms).saturating_sub(now_ms);
            return Err(Problem::rate_limited(left_ms.div_ceil(1_000).max(1)));
        }
        window.requests = window.requests.saturating_add(1);
        Ok(())
    }

    /// Judges a submission, up to the question how its task will end.
    pub fn submit(&self, body: &str, key: Option<&str>, now_ms: u64) -> Result<Submission, Problem> {
        let accepted = checks::judge(body, &|url| self.file_at(url).cloned())?;
        let Some(key) = key.filter(|_| self.settings.habit != Habit::Ignored) else {
            return Ok(Submission::New(accepted));
        };
        if key.is_empty()
            || key.len() > IDEMPOTENCY_KEY_MAX
            || !key.bytes().all(|byte| (0x20..0x7F).contains(&byte))
        {
            let message = format!("Idempotency-Key: 1 to {IDEMPOTENCY_KEY_MAX} printable ASCII characters.");
            return Err(Problem::validation(message));
        }
        let Some(used) = self.key_uses.get(key) else { return Ok(Submission::New(accepted)) };
        if used.body != body {
            return Err(Problem::idempotency_conflict("This Idempotency-Key was used with another body."));
        }
        let runs = self.task(&used.task_id).is_some_and(|task| !task.status(now_ms).is_terminal());
        match self.settings.habit {
            Habit::ConflictWhileRunning if runs => Err(Problem::idempotency_conflict(
                "The first request with this Idempotency-Key is still running.",
            )),
            Habit::Conflict => Err(Problem::idempotency_conflict("This Idempotency-Key was used before.")),
            _ => Ok(Submission::Replay(used.answer.clone())),
        }
    }

    /// Takes the credits and opens the task. The answer is the public generation object.
    pub fn open(
        &mut self,
        accepted: Accepted,
        body: &str,
        key: Option<&str>,
        outcome: Outcome,
        id: String,
        now_ms: u64,
    ) -> Result<Value, Problem> {
        let model =
            Catalogue::get().model(&accepted.model).ok_or_else(|| Problem::internal("The model is gone."))?;
        let needed = price(model.base_credits);
        let left = self.credits_left(now_ms);
        if needed > left {
            return Err(Problem::insufficient_credits(needed, left));
        }
        let task = Task {
            id,
            idempotency_key: key.map(str::to_owned),
            result_extensions: result_extensions(model, &accepted.params),
            request: accepted,
            reserved_credits: needed,
            created_ms: now_ms,
            queued_ms: self.settings.queued_ms,
            processing_ms: self.settings.processing_ms,
            outcome,
        };
        let answer = task.to_json(now_ms, &self.settings.public_url);
        if let Some(key) = key {
            let used = KeyUse { body: body.to_owned(), task_id: task.id.clone(), answer: answer.clone() };
            self.key_uses.insert(key.to_owned(), used);
        }
        self.deliveries.announce(&task, self.settings.webhooks.len());
        self.task_index.insert(task.id.clone(), self.tasks.len());
        self.tasks.push(task);
        Ok(answer)
    }

    /// The task of an id.
    pub fn task(&self, id: &str) -> Option<&Task> {
        self.task_index.get(id).and_then(|index| self.tasks.get(*index))
    }

    /// The body of `GET /generations/{id}`.
    pub fn poll(&self, id: &str, now_ms: u64) -> Result<Value, Problem> {
        let task = self.task(id).ok_or_else(|| Problem::not_found("This generation"))?;
        Ok(task.to_json(now_ms, &self.settings.public_url))
    }

    /// The task and number of a result that exists by now, from its URL's last two segments.
    pub fn result(&self, id: &str, name: &str, now_ms: u64) -> Result<(&Task, usize), Problem> {
        let missing = || Problem::not_found("This result");
        let task =
            self.task(id).filter(|task| task.status(now_ms) == Status::Succeeded).ok_or_else(missing)?;
        let index = task.result_extensions.iter().enumerate().find(|(n, ext)| format!("{n}.{ext}") == name);
        index.map(|(n, _)| (task, n)).ok_or_else(missing)
    }

    /// Stores an upload's record; `token` becomes the duration token of audio and video.
    pub fn store(&mut self, mut record: FileRecord, id: String, token: String, now_ms: u64) -> FileRecord {
        record.url = file_url(&self.settings.public_url, &id, &record.name);
        record.duration_token = (record.kind != "image").then_some(token);
        record.created_at = iso_time(now_ms);
        record.id = id;
        self.files.insert(record.id.clone(), record.clone());
        record
    }

    /// The upload of an id.
    pub fn file(&self, id: &str) -> Result<&FileRecord, Problem> {
        self.files.get(id).ok_or_else(|| Problem::not_found("This file"))
    }

    /// The upload that lies at a URL; `None` where it is none of ours.
    pub fn file_at(&self, url: &str) -> Option<&FileRecord> {
        let rest = url.strip_prefix(&self.settings.public_url)?.strip_prefix("/files/")?;
        let (id, _) = rest.split_once('/')?;
        self.files.get(id).filter(|file| file.url == url)
    }

    /// When the next delivery of a webhook is due.
    pub fn next_delivery_ms(&self) -> Option<u64> {
        self.deliveries.next_ms()
    }

    /// A delivery that is due, as it is to be posted; it is under way from now on.
    pub fn take_delivery(&mut self, now_ms: u64) -> Option<Value> {
        let (id, task_id, endpoint) = self.deliveries.take(now_ms)?;
        let (endpoint, task) = (self.settings.webhooks.get(endpoint)?, self.task(&task_id)?);
        Some(webhooks::post(endpoint, &id, task, &self.settings.public_url, now_ms))
    }

    /// What a delivery was answered with; 0 where it was not.
    pub fn settle_delivery(&mut self, id: &str, status: u16, now_ms: u64) {
        self.deliveries.settle(id, status, now_ms);
    }

    fn credits_left(&self, now_ms: u64) -> f64 {
        self.settings.credits - self.tasks.iter().map(|task| task.charged(now_ms)).sum::<f64>()
    }

    /// The body of `GET /credits`.
    pub fn balance(&self, now_ms: u64) -> Value {
        json!({ "current_credits": credits(self.credits_left(now_ms)) })
    }

    /// What tests ask: the balance, what each task was charged, how often each route was called.
    pub fn ledger(&self, now_ms: u64) -> Ledger {
        let charges = self.tasks.iter().map(|task| Charge {
            id: task.id.clone(),
            idempotency_key: task.idempotency_key.clone(),
            credits: task.charged(now_ms),
        });
        Ledger {
            credits: self.credits_left(now_ms),
            charges: charges.collect(),
            requests: self.requests.clone(),
        }
    }
}

fn bearer(header: &str) -> Option<&str> {
    let (scheme, key) = header.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| key.trim()).filter(|key| !key.is_empty())
}
