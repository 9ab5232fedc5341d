//! The world's decisions over time.

use serde_json::{Value, json};

use super::faults::{FaultKind, FaultPlan};
use super::files::{UploadForm, judge};
use super::problem::Problem;
use super::routes::Route;
use super::settings::{Endpoint, Habit, Outcome, RateLimit, Settings};
use super::signing::Scheme;
use super::world::{Submission, World};

const KEY: Option<&str> = Some("Bearer rvya_sk_emulator");
/// Longer than a task of the default pace.
const ENDED_MS: u64 = 10_000;

struct Bench {
    world: World,
    ids: u32,
}

impl Bench {
    fn new(settings: Settings) -> Self {
        Self { world: World::new(settings), ids: 0 }
    }

    fn post(&mut self, body: &Value, key: Option<&str>, now_ms: u64) -> Result<Value, Problem> {
        let outcome = self.world.settings().outcome;
        let body = body.to_string();
        match self.world.submit(&body, key, now_ms)? {
            Submission::Replay(answer) => Ok(answer),
            Submission::New(accepted) => {
                self.ids = self.ids.saturating_add(1);
                self.world.open(accepted, &body, key, outcome, format!("task_{}", self.ids), now_ms)
            }
        }
    }

    fn charges(&self, now_ms: u64) -> usize {
        self.world.ledger(now_ms).charges.len()
    }

    fn balance(&self, now_ms: u64) -> Value {
        self.world.balance(now_ms)["current_credits"].clone()
    }
}

fn body(prompt: &str) -> Value {
    json!({ "model": "nano-banana-2", "prompt": prompt })
}

fn code(result: Result<Value, Problem>) -> (u16, &'static str) {
    let problem = result.unwrap_err();
    (problem.status, problem.code)
}

#[test]
fn credits_are_taken_at_the_start_and_kept_on_success() {
    let mut bench = Bench::new(Settings { credits: 12.0, ..Settings::default() });
    let answer = bench.post(&body("x"), None, 0).unwrap();
    assert_eq!((&answer["reserved_credits"], &answer["final_credits"]), (&json!(5), &json!(0)));
    assert_eq!(bench.balance(0), 7);
    assert_eq!(bench.balance(ENDED_MS), 7);
    bench.post(&body("x"), None, 0).unwrap();
    assert_eq!(code(bench.post(&body("x"), None, 0)), (402, "insufficient_credits"));
    assert_eq!(bench.charges(0), 2);
}

#[test]
fn a_failure_gives_the_credits_back_when_it_ends_and_not_before() {
    let mut bench = Bench::new(Settings { credits: 5.0, outcome: Outcome::Failed, ..Settings::default() });
    bench.post(&body("x"), None, 0).unwrap();
    assert_eq!(code(bench.post(&body("y"), None, 4_999)), (402, "insufficient_credits"));
    assert_eq!(bench.balance(5_000), 5);
    bench.post(&body("y"), None, 5_000).unwrap();
    assert_eq!(bench.world.ledger(5_000).charges[0].credits, 0.0);
}

#[test]
fn every_task_is_told_of_once_and_a_replay_is_no_task() {
    let scheme = Scheme::default();
    let endpoint = Endpoint { url: "http://127.0.0.1/".into(), secret: "in words".into(), scheme };
    let mut bench = Bench::new(Settings { webhooks: vec![endpoint], ..Settings::default() });
    for (prompt, key) in [("x", "1"), ("x", "1"), ("y", "2")] {
        bench.post(&body(prompt), Some(key), 0).unwrap();
    }
    assert_eq!(bench.world.next_delivery_ms(), Some(5_000));
    assert_eq!(bench.world.take_delivery(4_999), None);
    let told: Vec<Value> = std::iter::from_fn(|| bench.world.take_delivery(ENDED_MS)).collect();
    assert_eq!(told.iter().map(|post| &post["id"]).collect::<Vec<_>>(), ["msg_1_0", "msg_2_0"]);
    bench.world.settle_delivery("msg_1_0", 500, ENDED_MS);
    bench.world.settle_delivery("msg_2_0", 204, ENDED_MS);
    let again = bench.world.take_delivery(20_000).unwrap();
    assert_eq!((&again["id"], &again["body"]), (&told[0]["id"], &told[0]["body"]));
    assert_ne!(again["headers"], told[0]["headers"]);
    assert_eq!(bench.world.take_delivery(20_000), None);
}

#[test]
fn replay_answers_the_first_answer_and_charges_once() {
    let mut bench = Bench::new(Settings::default());
    let first = bench.post(&body("x"), Some("k"), 0).unwrap();
    assert_eq!(bench.post(&body("x"), Some("k"), 1).unwrap(), first);
    assert_eq!(bench.post(&body("x"), Some("k"), ENDED_MS).unwrap(), first);
    assert_eq!(bench.charges(0), 1);
    assert_eq!(
        bench.world.ledger(0).to_json()["charges"][0],
        json!({ "id": "task_1", "idempotencyKey": "k", "credits": 5 })
    );
}

#[test]
fn conflict_refuses_every_repeat() {
    let mut bench = Bench::new(Settings { habit: Habit::Conflict, ..Settings::default() });
    bench.post(&body("x"), Some("k"), 0).unwrap();
    for now_ms in [0, ENDED_MS] {
        assert_eq!(code(bench.post(&body("x"), Some("k"), now_ms)), (409, "idempotency_conflict"));
    }
    assert_eq!(bench.charges(0), 1);
}

#[test]
fn conflict_while_running_replays_once_the_task_has_ended() {
    let mut bench = Bench::new(Settings { habit: Habit::ConflictWhileRunning, ..Settings::default() });
    let first = bench.post(&body("x"), Some("k"), 0).unwrap();
    assert_eq!(code(bench.post(&body("x"), Some("k"), 4_999)), (409, "idempotency_conflict"));
    assert_eq!(bench.post(&body("x"), Some("k"), 5_000).unwrap(), first);
}

#[test]
fn ignored_opens_a_task_each_time_whatever_the_body() {
    let mut bench = Bench::new(Settings { habit: Habit::Ignored, ..Settings::default() });
    for prompt in ["x", "x", "y"] {
        bench.post(&body(prompt), Some("k"), 0).unwrap();
    }
    assert_eq!(bench.charges(0), 3);
}

#[test]
fn another_body_under_a_known_key_is_a_conflict_in_every_habit_but_ignored() {
    for habit in [Habit::Replay, Habit::Conflict, Habit::ConflictWhileRunning] {
        let mut bench = Bench::new(Settings { habit, ..Settings::default() });
        bench.post(&body("x"), Some("k"), 0).unwrap();
        assert_eq!(
            code(bench.post(&body("y"), Some("k"), ENDED_MS)),
            (409, "idempotency_conflict"),
            "{habit:?}"
        );
        bench.post(&body("y"), Some("k2"), 0).unwrap();
    }
}

#[test]
fn a_refused_request_does_not_use_its_key_up() {
    let mut bench = Bench::new(Settings { credits: 5.0, outcome: Outcome::Failed, ..Settings::default() });
    assert_eq!(code(bench.post(&json!({ "model": "z-image" }), Some("k"), 0)), (400, "validation_failed"));
    bench.post(&body("x"), Some("other"), 0).unwrap();
    assert_eq!(code(bench.post(&body("x"), Some("k"), 0)).0, 402);
    bench.post(&body("x"), Some("k"), ENDED_MS).unwrap();
}

#[test]
fn idempotency_keys_are_printable_and_short() {
    let mut bench = Bench::new(Settings::default());
    for key in ["", "a\u{7f}", "é", &"k".repeat(129)] {
        assert_eq!(code(bench.post(&body("x"), Some(key), 0)).0, 400, "{key:?}");
    }
    bench.post(&body("x"), Some(&"k".repeat(128)), 0).unwrap();
}

#[test]
fn keys_are_asked_for_everywhere_but_for_the_models() {
    let mut world = World::new(Settings::default());
    let mut admit =
        |route: Route, header: Option<&str>| world.admit(&route, header, 0).map_err(|problem| problem.code);
    assert_eq!(admit(Route::Models, None), Ok(()));
    assert_eq!(admit(Route::Credits, None), Err("api_key_missing"));
    assert_eq!(admit(Route::Credits, Some("Basic x")), Err("api_key_missing"));
    assert_eq!(admit(Route::Credits, Some("Bearer ")), Err("api_key_missing"));
    assert_eq!(admit(Route::Credits, Some("Bearer nope")), Err("api_key_invalid"));
    assert_eq!(admit(Route::Credits, KEY), Ok(()));
    assert_eq!(admit(Route::Upload("f".into()), None), Ok(()));
}

#[test]
fn a_window_takes_so_many_requests_and_names_the_wait() {
    let rate_limit = Some(RateLimit { requests: 2, window_ms: 2_500 });
    let mut world = World::new(Settings { rate_limit, ..Settings::default() });
    let mut admit = |now_ms: u64| {
        world.admit(&Route::Credits, KEY, now_ms).map_err(|problem| problem.retry_after_seconds)
    };
    assert_eq!(admit(100), Ok(()));
    assert_eq!(admit(200), Ok(()));
    assert_eq!(admit(300), Err(Some(3)));
    assert_eq!(admit(2_599), Err(Some(1)));
    assert_eq!(admit(2_600), Ok(()));
}

#[test]
fn only_the_api_itself_is_hit_by_faults() {
    let faults = Some(FaultPlan { seed: 1, rate: 1.0, kinds: vec![FaultKind::DropBefore] });
    let mut world = World::new(Settings { faults, ..Settings::default() });
    assert!(world.arrive(&Route::Models).is_some());
    assert!(world.arrive(&Route::Result("t".into(), "0.png".into())).is_none());
    let requests = &world.ledger(0).to_json()["requests"];
    assert_eq!(requests, &json!({ "GET /api/v1/models": 1, "GET /results/{id}/{n}": 1 }));
}

#[test]
fn a_result_exists_once_its_task_succeeded() {
    let mut bench = Bench::new(Settings::default());
    bench.post(&body("x"), None, 0).unwrap();
    assert!(bench.world.result("task_1", "0.jpg", 4_999).is_err());
    assert_eq!(bench.world.result("task_1", "0.jpg", 5_000).unwrap().1, 0);
    for name in ["1.jpg", "0.png", "0", ""] {
        assert!(bench.world.result("task_1", name, 5_000).is_err(), "{name}");
    }
    let poll = bench.world.poll("task_1", 5_000).unwrap();
    assert_eq!(poll["result"]["urls"], json!(["https://emulator.invalid/results/task_1/0.jpg"]));
    assert_eq!(bench.world.poll("nope", 0).unwrap_err().code, "not_found");
}

#[test]
fn a_reference_is_checked_against_its_upload() {
    let mut bench = Bench::new(Settings::default());
    let mut upload = |kind: &str, head: &[u8], size_bytes: u64, id: &str, model: Option<&str>| {
        let form = UploadForm {
            kind: Some(kind.into()),
            model: model.map(str::to_owned),
            size_bytes,
            name: "my cat.png".into(),
            ..UploadForm::default()
        };
        bench.world.store(judge(&form, head).unwrap(), id.into(), format!("token_{id}"), 0)
    };
    let image = upload("image", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", 9, "file_1", None);
    assert_eq!(
        (image.url.as_str(), &image.duration_token),
        ("https://emulator.invalid/files/file_1/my_cat.png", &None)
    );
    let large =
        upload("image", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", 30_000_000, "file_2", Some("nano-banana-2"));
    let sound = upload("audio", b"RIFF\x24\0\0\0WAVEfmt ", 9, "file_3", None);
    assert_eq!(sound.to_json()["duration_token"], "token_file_3");
    let mut with = |model: &str, url: &str, kind: &str, token: Option<&str>| {
        let mut item = json!({ "url": url, "kind": kind });
        if let Some(token) = token {
            item["durationToken"] = json!(token);
        }
        bench.post(
            &json!({ "model": model, "prompt": "x", "params": { "referenceMediaItems": [item] } }),
            None,
            0,
        )
    };
    with("nano-banana-2", &image.url, "image", None).unwrap();
    with("nano-banana-2", &large.url, "image", None).unwrap();
    assert!(with("flux-2-pro", &large.url, "image", None).unwrap_err().message.contains("10 MB"));
    assert!(
        with("nano-banana-2", &sound.url, "image", None).unwrap_err().message.contains("uploaded as audio")
    );
    assert!(
        with("nano-banana-2", &image.url, "image", Some("t")).unwrap_err().message.contains("durationToken")
    );
    with("nano-banana-2", "https://elsewhere.example/a.png", "image", None).unwrap();
}
