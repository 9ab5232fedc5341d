//! A task: its state is a function of the time, so that no timer is needed.

use chrono::{DateTime, SecondsFormat};
use serde_json::{Value, json};

use super::checks::Accepted;
use super::conventions::{FAILED_TASK_CREDITS, result_url};
use super::settings::Outcome;

/// Where a task stands. Documented values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Accepted.
    Queued,
    /// At work.
    Processing,
    /// Ended with a result.
    Succeeded,
    /// Ended without.
    Failed,
}

impl Status {
    /// Its name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Processing => "processing",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
        }
    }

    /// Whether it changes no more.
    pub fn is_terminal(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed)
    }
}

/// An accepted generation.
#[derive(Debug, Clone)]
pub struct Task {
    /// Public id.
    pub id: String,
    /// Key that it was sent with.
    pub idempotency_key: Option<String>,
    /// What was asked for.
    pub request: Accepted,
    /// Credits taken at the start.
    pub reserved_credits: f64,
    /// When it was accepted, milliseconds since 1970.
    pub created_ms: u64,
    /// How long it queues.
    pub queued_ms: u64,
    /// How long it is processed.
    pub processing_ms: u64,
    /// How it ends.
    pub outcome: Outcome,
    /// Extensions of its result files, in order.
    pub result_extensions: Vec<&'static str>,
}

impl Task {
    fn started_ms(&self) -> u64 {
        self.created_ms.saturating_add(self.queued_ms)
    }

    /// When it ends.
    pub fn ended_ms(&self) -> u64 {
        self.started_ms().saturating_add(self.processing_ms)
    }

    /// Where it stands at a time.
    pub fn status(&self, now_ms: u64) -> Status {
        match self.outcome {
            _ if now_ms < self.started_ms() => Status::Queued,
            _ if now_ms < self.ended_ms() => Status::Processing,
            Outcome::Succeeded => Status::Succeeded,
            Outcome::Failed => Status::Failed,
        }
    }

    /// What it has cost the account at a time: the reservation, until a failure gives it back.
    pub fn charged(&self, now_ms: u64) -> f64 {
        if self.status(now_ms) == Status::Failed { FAILED_TASK_CREDITS } else { self.reserved_credits }
    }

    /// The public generation object at a time.
    pub fn to_json(&self, now_ms: u64, public_url: &str) -> Value {
        let status = self.status(now_ms);
        let updated_ms = match status {
            Status::Queued => self.created_ms,
            Status::Processing => self.started_ms(),
            Status::Succeeded | Status::Failed => self.ended_ms(),
        };
        let result = (status == Status::Succeeded).then(|| {
            let urls: Vec<String> = self
                .result_extensions
                .iter()
                .enumerate()
                .map(|(index, extension)| result_url(public_url, &self.id, index, extension))
                .collect();
            json!({ "primary_url": urls.first(), "urls": urls })
        });
        let error = (status == Status::Failed)
            .then(|| json!({ "code": "generation_failed", "message": "The generation failed." }));
        json!({
            "id": self.id,
            "status": status.name(),
            "model": self.request.model,
            "reserved_credits": credits(self.reserved_credits),
            "final_credits": credits(if status.is_terminal() { self.charged(now_ms) } else { 0.0 }),
            "created_at": iso_time(self.created_ms),
            "updated_at": iso_time(updated_ms),
            "result": result,
            "error": error,
        })
    }
}

/// Credits as JSON: `5`, not `5.0`, where there is nothing after the point.
pub fn credits(amount: f64) -> Value {
    if amount.fract() == 0.0 && amount.abs() < 9e15 { json!(amount as i64) } else { json!(amount) }
}

/// ISO 8601 in UTC with milliseconds, as in all documented samples.
pub fn iso_time(ms: u64) -> String {
    i64::try_from(ms)
        .ok()
        .and_then(DateTime::from_timestamp_millis)
        .map(|time| time.to_rfc3339_opts(SecondsFormat::Millis, true))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Map;

    const MAY_10: u64 = 1_778_371_200_000;

    fn task(outcome: Outcome) -> Task {
        Task {
            id: "task_public_id".into(),
            idempotency_key: None,
            request: Accepted {
                model: "z-image".into(),
                prompt: "x".into(),
                params: Map::new(),
                references: vec![],
            },
            reserved_credits: 1.0,
            created_ms: MAY_10,
            queued_ms: 10_000,
            processing_ms: 50_000,
            outcome,
            result_extensions: vec!["png"],
        }
    }

    #[test]
    fn a_task_goes_through_the_documented_states() {
        let task = task(Outcome::Succeeded);
        let at = |ms: u64| task.status(MAY_10 + ms);
        assert_eq!(at(0), Status::Queued);
        assert_eq!(at(9_999), Status::Queued);
        assert_eq!(at(10_000), Status::Processing);
        assert_eq!(at(59_999), Status::Processing);
        assert_eq!(at(60_000), Status::Succeeded);
    }

    #[test]
    fn a_succeeded_task_reads_like_the_documented_sample() {
        let url = "https://media.example/results/task_public_id/0.png";
        let expected = json!({
            "id": "task_public_id", "status": "succeeded", "model": "z-image",
            "reserved_credits": 1, "final_credits": 1,
            "created_at": "2026-05-10T00:00:00.000Z", "updated_at": "2026-05-10T00:01:00.000Z",
            "result": { "primary_url": url, "urls": [url] }, "error": null
        });
        assert_eq!(task(Outcome::Succeeded).to_json(MAY_10 + 70_000, "https://media.example"), expected);
    }

    #[test]
    fn a_failed_task_reads_like_the_documented_sample() {
        let expected = json!({
            "id": "task_public_id", "status": "failed", "model": "z-image",
            "reserved_credits": 1, "final_credits": 0,
            "created_at": "2026-05-10T00:00:00.000Z", "updated_at": "2026-05-10T00:01:00.000Z",
            "result": null, "error": { "code": "generation_failed", "message": "The generation failed." }
        });
        assert_eq!(task(Outcome::Failed).to_json(MAY_10 + 60_000, "https://media.example"), expected);
    }

    #[test]
    fn a_queued_task_has_final_credits_0_and_no_result() {
        let body = task(Outcome::Succeeded).to_json(MAY_10, "https://media.example");
        assert_eq!(body["status"], "queued");
        assert_eq!(body["final_credits"], 0);
        assert_eq!(body["result"], Value::Null);
        assert_eq!(body["updated_at"], body["created_at"]);
    }

    #[test]
    fn only_a_failure_gives_the_reservation_back() {
        assert_eq!(task(Outcome::Failed).charged(MAY_10 + 59_999), 1.0);
        assert_eq!(task(Outcome::Failed).charged(MAY_10 + 60_000), 0.0);
        assert_eq!(task(Outcome::Succeeded).charged(MAY_10 + 60_000), 1.0);
    }
}
