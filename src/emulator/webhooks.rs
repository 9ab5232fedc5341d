//! Deliveries of webhooks: to whom one goes when a task has ended, what it says, and when it is made again.

use serde_json::{Value, json};

use super::conventions::{WEBHOOK_GENERATION_KEY, WEBHOOK_PAUSES_MS, WEBHOOK_TIMEOUT_MS};
use super::settings::Endpoint;
use super::tasks::{Status, Task, iso_time};

/// What the documented sample of an event says.
const API_VERSION: &str = "2026-05-11";

/// Whether a host is this machine; as a URL has it, numbers and case normalised by the platform.
pub fn is_loopback(host: &str) -> bool {
    let is_ipv4 = host.starts_with("127.") && host.bytes().all(|byte| byte == b'.' || byte.is_ascii_digit());
    is_ipv4 || host == "localhost" || host == "[::1]"
}

/// Deliveries that were neither taken nor given up.
#[derive(Debug, Default)]
pub struct Deliveries {
    open: Vec<Delivery>,
}

/// One task's event for one receiver.
#[derive(Debug)]
struct Delivery {
    id: String,
    task_id: String,
    endpoint: usize,
    due_ms: u64,
    failures: usize,
    is_under_way: bool,
}

/// A delivery to be made: its id, its task and its receiver's place.
pub type Due = (String, String, usize);

impl Deliveries {
    /// A task was opened: each of `endpoints` receivers is told of its end.
    pub fn announce(&mut self, task: &Task, endpoints: usize) {
        self.open.extend((0..endpoints).map(|endpoint| Delivery {
            id: format!("msg_{}_{endpoint}", suffix(&task.id)),
            task_id: task.id.clone(),
            endpoint,
            due_ms: task.ended_ms(),
            failures: 0,
            is_under_way: false,
        }));
    }

    /// When the next one is due.
    pub fn next_ms(&self) -> Option<u64> {
        self.open.iter().filter(|delivery| !delivery.is_under_way).map(|delivery| delivery.due_ms).min()
    }

    /// One that is due; it is under way from now on.
    pub fn take(&mut self, now_ms: u64) -> Option<Due> {
        let due =
            self.open.iter_mut().find(|delivery| !delivery.is_under_way && delivery.due_ms <= now_ms)?;
        due.is_under_way = true;
        Some((due.id.clone(), due.task_id.clone(), due.endpoint))
    }

    /// What came of one that was under way. `status` is that of the answer, 0 where there was none.
    pub fn settle(&mut self, id: &str, status: u16, now_ms: u64) {
        let Some(place) = self.open.iter().position(|delivery| delivery.is_under_way && delivery.id == id)
        else {
            return;
        };
        let mut delivery = self.open.swap_remove(place);
        let pause_ms = WEBHOOK_PAUSES_MS.get(delivery.failures).filter(|_| !(200..300).contains(&status));
        if let Some(pause_ms) = pause_ms {
            delivery.failures = delivery.failures.saturating_add(1);
            delivery.due_ms = now_ms.saturating_add(*pause_ms);
            delivery.is_under_way = false;
            self.open.push(delivery);
        }
    }
}

/// What is posted: `{ id, url, headers, body, timeoutMs }`. Made anew for each attempt, with the same body.
pub fn post(endpoint: &Endpoint, id: &str, task: &Task, public_url: &str, now_ms: u64) -> Value {
    let body = event(task, public_url).to_string();
    let mut headers = serde_json::Map::new();
    headers.insert("Content-Type".to_owned(), "application/json".into());
    for (name, value) in endpoint.scheme.sign(&endpoint.secret, id, now_ms, &body) {
        headers.insert(name.to_owned(), value.into());
    }
    json!({ "id": id, "url": endpoint.url, "headers": headers, "body": body, "timeoutMs": WEBHOOK_TIMEOUT_MS })
}

/// What a task's end is told with.
fn event(task: &Task, public_url: &str) -> Value {
    let ended_ms = task.ended_ms();
    let what =
        if task.status(ended_ms) == Status::Failed { "generation.failed" } else { "generation.succeeded" };
    json!({
        "id": format!("evt_{}", suffix(&task.id)),
        "type": what,
        "api_version": API_VERSION,
        "created_at": iso_time(ended_ms),
        WEBHOOK_GENERATION_KEY: task.to_json(ended_ms, public_url),
    })
}

fn suffix(task_id: &str) -> &str {
    task_id.strip_prefix("task_").unwrap_or(task_id)
}

#[cfg(test)]
mod tests {
    use super::super::checks::Accepted;
    use super::super::settings::Outcome;
    use super::super::signing::Scheme;
    use super::*;
    use proptest::prelude::*;

    const MAY_11: u64 = 1_778_457_600_000;
    const PUBLIC_URL: &str = "https://media.example";

    fn task(id: &str, outcome: Outcome) -> Task {
        Task {
            id: id.to_owned(),
            idempotency_key: None,
            request: Accepted {
                model: "z-image".to_owned(),
                prompt: "x".to_owned(),
                params: serde_json::Map::new(),
                references: vec![],
            },
            reserved_credits: 1.0,
            created_ms: MAY_11,
            queued_ms: 1_000,
            processing_ms: 4_000,
            outcome,
            result_extensions: vec!["png"],
        }
    }

    fn announced(endpoints: usize) -> Deliveries {
        let mut deliveries = Deliveries::default();
        deliveries.announce(&task("task_1", Outcome::Succeeded), endpoints);
        deliveries
    }

    #[test]
    fn a_delivery_is_due_when_its_task_has_ended() {
        let mut deliveries = announced(1);
        assert_eq!(deliveries.next_ms(), Some(MAY_11 + 5_000));
        assert_eq!(deliveries.take(MAY_11 + 4_999), None);
        assert_eq!(deliveries.take(MAY_11 + 5_000), Some(("msg_1_0".to_owned(), "task_1".to_owned(), 0)));
        assert_eq!(deliveries.next_ms(), None);
        assert_eq!(deliveries.take(MAY_11 + 5_000), None);
    }

    #[test]
    fn what_was_taken_is_never_delivered_again() {
        for status in [200, 202, 204, 299] {
            let mut deliveries = announced(1);
            deliveries.take(u64::MAX);
            deliveries.settle("msg_1_0", status, MAY_11);
            assert_eq!((deliveries.next_ms(), deliveries.take(u64::MAX)), (None, None), "{status}");
        }
    }

    #[test]
    fn what_was_not_taken_is_repeated_after_growing_pauses_and_then_given_up() {
        for status in [0, 199, 300, 302, 400, 404, 410, 429, 500, 503] {
            let mut deliveries = announced(1);
            let mut now_ms = MAY_11 + 5_000;
            let mut pauses_ms = vec![];
            while let Some((id, ..)) = deliveries.take(now_ms) {
                deliveries.settle(&id, status, now_ms);
                let Some(due_ms) = deliveries.next_ms() else { break };
                pauses_ms.push(due_ms - now_ms);
                now_ms = due_ms;
            }
            assert_eq!(pauses_ms, WEBHOOK_PAUSES_MS, "{status}");
            assert!(pauses_ms.is_sorted_by(|a, b| a < b));
            assert!(deliveries.open.is_empty());
        }
    }

    #[test]
    fn each_receiver_has_its_own_delivery_of_the_same_event() {
        let mut deliveries = announced(3);
        let taken: Vec<Due> = std::iter::from_fn(|| deliveries.take(u64::MAX)).collect();
        let places: Vec<(&str, usize)> =
            taken.iter().map(|(id, _, endpoint)| (id.as_str(), *endpoint)).collect();
        assert_eq!(places, [("msg_1_0", 0), ("msg_1_1", 1), ("msg_1_2", 2)]);
        deliveries.settle("msg_1_1", 500, MAY_11);
        assert_eq!(deliveries.take(u64::MAX).map(|(id, ..)| id).as_deref(), Some("msg_1_1"));
    }

    #[test]
    fn settling_what_is_not_under_way_changes_nothing() {
        let mut deliveries = announced(1);
        for id in ["msg_1_0", "msg_2_0", ""] {
            deliveries.settle(id, 200, MAY_11);
        }
        assert_eq!(deliveries.next_ms(), Some(MAY_11 + 5_000));
    }

    #[test]
    fn the_event_holds_the_same_generation_as_a_look() {
        let endpoint = Endpoint {
            url: "http://127.0.0.1:1/hook".to_owned(),
            secret: "whsec_AAEC".to_owned(),
            scheme: Scheme::default(),
        };
        for (outcome, what) in
            [(Outcome::Succeeded, "generation.succeeded"), (Outcome::Failed, "generation.failed")]
        {
            let task = task("task_1", outcome);
            let post = post(&endpoint, "msg_1_0", &task, PUBLIC_URL, MAY_11 + 60_000);
            assert_eq!(post["url"], "http://127.0.0.1:1/hook");
            assert_eq!(post["headers"]["Content-Type"], "application/json");
            assert_eq!(post["headers"]["webhook-timestamp"], "1778457660");
            let body: Value = serde_json::from_str(post["body"].as_str().unwrap()).unwrap();
            let expected = json!({
                "id": "evt_1",
                "type": what,
                "api_version": "2026-05-11",
                "created_at": "2026-05-11T00:00:05.000Z",
                "data": task.to_json(MAY_11 + 60_000, PUBLIC_URL),
            });
            assert_eq!(body, expected);
        }
    }

    #[test]
    fn loopback_is_this_machine_and_nothing_that_looks_like_it() {
        for (host, is_this) in [
            ("127.0.0.1", true),
            ("127.255.0.9", true),
            ("localhost", true),
            ("[::1]", true),
            ("127.0.0.1.evil.example", false),
            ("127.evil.example", false),
            ("localhost.evil.example", false),
            ("evil.localhost.example", false),
            ("0.0.0.0", false),
            ("10.0.0.1", false),
            ("[::]", false),
            ("[::ffff:7f00:1]", false),
            ("rivya.ai", false),
            ("", false),
        ] {
            assert_eq!(is_loopback(host), is_this, "{host}");
        }
    }

    proptest! {
        #[test]
        fn no_order_of_answers_delivers_twice_or_more_often_than_allowed(
            statuses in prop::collection::vec((0usize..3, prop::sample::select(vec![0u16, 200, 500])), 1..40),
        ) {
            let mut deliveries = announced(3);
            let mut under_way: Vec<String> = vec![];
            let mut attempts = std::collections::HashMap::<String, usize>::new();
            let mut taken = std::collections::HashSet::<String>::new();
            for (pick, status) in statuses {
                while let Some((id, ..)) = deliveries.take(u64::MAX) {
                    prop_assert!(!taken.contains(&id));
                    *attempts.entry(id.clone()).or_default() += 1;
                    under_way.push(id);
                }
                if under_way.is_empty() {
                    break;
                }
                let id = under_way.remove(pick % under_way.len());
                deliveries.settle(&id, status, MAY_11);
                if status == 200 {
                    taken.insert(id);
                }
            }
            prop_assert!(attempts.values().all(|count| *count <= WEBHOOK_PAUSES_MS.len() + 1));
        }
    }
}
