//! What one call of a page does, from its begin to its end.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use rivya_wasm::client::{Engine, Failure, GenerateOptions, Progress, urls_of};

use super::asked::Asked;
use super::calls::{Ended, Kind, phase_of};
use super::executor::Executor;
use super::json::Json;
use super::platform::Tab;
use super::receiving::{download, watch};
use super::tally::Tally;

const HOUR: Duration = Duration::from_secs(3_600);

/// A call that is about to be made.
pub struct Task {
    pub engine: Engine<Tab>,
    pub kind: Kind,
    pub asked: Asked,
    /// Makes its request another one than those of other calls.
    pub number: u64,
    /// Of one request of it.
    pub max_attempts: u32,
    pub limit: Duration,
    pub executor: Rc<Executor>,
    pub tally: Rc<Tally>,
    /// What its first progress calls, from within.
    pub reentry: Reentry,
    /// Generations with results, each once.
    pub results: Rc<RefCell<Vec<Json>>>,
    pub submitting_ms: Rc<Cell<Option<f64>>>,
    pub ended: Rc<RefCell<Option<Ended>>>,
}

/// What a callback does with the client that it is called by.
#[derive(Clone, Copy, Debug)]
pub enum Reentry {
    Pending,
    Credits,
    Forget,
    Clone,
}

impl Reentry {
    pub const ALL: [Self; 4] = [Self::Pending, Self::Credits, Self::Forget, Self::Clone];

    fn enter(self, engine: &Engine<Tab>, executor: &Rc<Executor>) {
        let (engine, owner) = (engine.clone(), executor.current());
        match self {
            Self::Pending => drop(executor.spawn(owner, async move { drop(engine.pending().await) })),
            Self::Credits => drop(executor.spawn(owner, async move { drop(engine.credits(None).await) })),
            Self::Forget => drop(executor.spawn(owner, async move { engine.forget("unheard of").await })),
            Self::Clone => drop(engine),
        };
    }
}

impl Task {
    pub async fn run(self) {
        let reenters = Cell::new(true);
        let on_progress = |progress: Progress<Json>| {
            if let Progress::Submitting = progress {
                self.submitting_ms.set(self.submitting_ms.get().or(Some(self.executor.awake_ms())));
            }
            self.tally.count(phase_of(&progress));
            // A callback may call the client.
            if reenters.replace(false) {
                self.tally.count(&format!("progress calls: {:?}", self.reentry));
                self.reentry.enter(&self.engine, &self.executor);
            }
        };
        let result = self.perform(&on_progress).await;
        if let Ok(generation) = &result {
            self.remember(generation);
        }
        let name = self.kind.name();
        self.executor.note(|| format!("{:?} came to {result:?}", self.kind));
        self.tally.count(&match &result {
            Ok(_) => format!("{name}: succeeded"),
            Err(failure) if failure.code.starts_with("http_5") => format!("{name}: http_5xx"),
            Err(failure) => format!("{name}: {}", failure.code),
        });
        let result = result.map(|answer| answer.0["id"].as_str().unwrap_or_default().to_owned());
        *self.ended.borrow_mut() = Some(Ended { at_ms: self.executor.awake_ms(), result });
    }

    async fn perform(&self, on_progress: &dyn Fn(Progress<Json>)) -> Result<Json, Failure<Json>> {
        let Self { engine, kind, asked, limit, tally, .. } = self;
        let mut options = GenerateOptions::default();
        options.tells_bytes = asked.tells_bytes;
        options.wait_timeout = *limit;
        match kind {
            Kind::Generate | Kind::GenerateUnder { .. } => {
                if let Kind::GenerateUnder { key } = kind {
                    options.idempotency_key = Some(key.clone());
                }
                engine.generate(&asked.request(engine, self.number), &options, on_progress).await
            }
            Kind::Create => engine.create(&asked.request(engine, self.number), &options, None).await,
            Kind::Resume { key, id: None } => engine.resume(key, *limit, on_progress).await,
            Kind::Resume { key, id } => engine.resume_pending(key, id.as_deref(), *limit, on_progress).await,
            Kind::ResumeId { id } => engine.resume_id(id, *limit, on_progress).await,
            Kind::Wait { id } => engine.wait(id, *limit, on_progress).await,
            Kind::Watch { id, is_busy } => {
                let busy = is_busy.then_some(&self.executor);
                watch(engine, id, *limit, busy, tally).await.map(named)
            }
            Kind::Forget { key } => {
                engine.forget(key).await;
                Ok(nothing())
            }
            Kind::Upload => {
                let options = asked.upload_options(tally);
                let uploaded = engine.upload(&asked.files[0], &options, on_progress).await;
                uploaded.map(|uploaded| uploaded.answer)
            }
            Kind::Inspect => {
                let options = asked.upload_options(tally).looked_at;
                let inspection = engine.inspect(&asked.files[0], &options).await?;
                let is_taken = inspection.issues.is_empty();
                tally.count(if is_taken { "inspect: taken" } else { "inspect: refused" });
                Ok(nothing())
            }
            Kind::Download { place } => {
                let generation = self.results.borrow()[*place].clone();
                let timeout = Some(*limit).filter(|limit| *limit < HOUR);
                download(engine, &generation, timeout, self.max_attempts).await.map(named)
            }
        }
    }

    fn remember(&self, generation: &Json) {
        let mut results = self.results.borrow_mut();
        let is_new = !results.iter().any(|other| other.0["id"] == generation.0["id"]);
        if is_new && urls_of(generation).is_ok() {
            results.push(generation.clone());
        }
    }
}

/// What is known of a generation of which only the id was told.
fn named(id: String) -> Json {
    Json(Rc::new(serde_json::json!({ "id": id })))
}

fn nothing() -> Json {
    Json(Rc::new(serde_json::Value::Null))
}
