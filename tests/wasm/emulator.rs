//! A front end's own tests: its client, over an emulator in the same module. The network is switched off.

use std::cell::{Cell, OnceCell};
use std::future::{Future, IntoFuture, poll_fn};
use std::io::Cursor;
use std::pin::Pin;
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use image::{DynamicImage, ImageFormat};
use js_sys::{Function, Object, Uint8Array};
use rivya_wasm::api::{
    Client, ClientBuilder, GenerateRequest, Memory, Progress, Reference, Status, Store, StoreError,
};
use rivya_wasm::emulator::{Emulator, EmulatorOptions, FaultKind, FaultPlan, Habit, Outcome};
use rivya_wasm::platform::Local;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{AbortController, Request, RequestInit};

const SUBMISSIONS: &str = "POST /api/v1/generations";
const POLLS: &str = "GET /api/v1/generations/{id}";
const UPLOADS: &str = "POST /api/v1/files";
const RESULTS: &str = "GET /results/{id}/{n}";
/// A picture of one pixel.
const PIXEL: &str = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGNocFAAAAIkAOGrWWInAAAAAElFTkSuQmCC";

/// Whatever leads out of the module throws, until this is dropped.
struct NoNetwork(Function);

impl NoNetwork {
    fn new() -> Self {
        let cut = Function::new_no_args(
            "const before = ['fetch', 'XMLHttpRequest', 'WebSocket'].map((name) =>
               [name, Object.getOwnPropertyDescriptor(globalThis, name)]);
             for (const [name] of before) Object.defineProperty(globalThis, name, {
               configurable: true, value() { throw new Error(`${name}: there is no network`); },
             });
             return () => before.forEach(([name, descriptor]) => {
               delete globalThis[name];
               if (descriptor !== undefined) Object.defineProperty(globalThis, name, descriptor);
             });",
        );
        Self(cut.call0(&JsValue::UNDEFINED).unwrap().unchecked_into())
    }
}

impl Drop for NoNetwork {
    fn drop(&mut self) {
        self.0.call0(&JsValue::UNDEFINED).unwrap();
    }
}

/// A client of an emulator, with a journal of its own.
fn client_of(emulator: &Emulator) -> ClientBuilder {
    Client::builder()
        .base_url(&emulator.base_url())
        .api_key(&emulator.api_key())
        .dangerously_allow_browser(true)
        .fetch(emulator.clone())
        .download_fetch(emulator.clone())
        .store(Memory::default())
}

/// Tasks that have ended when their submission is answered.
fn at_once() -> EmulatorOptions {
    EmulatorOptions::new().pace(Duration::ZERO, Duration::ZERO)
}

fn kite() -> GenerateRequest {
    GenerateRequest::new("z-image").prompt("A kite")
}

fn count(emulator: &Emulator, route: &str) -> u64 {
    emulator.ledger().requests.get(route).copied().unwrap_or(0)
}

/// Polls a future until something has happened, and drops it.
async fn leave_when<T>(mut future: Pin<Box<dyn Future<Output = T>>>, happened: impl Fn() -> bool) {
    poll_fn(|context| {
        assert!(future.as_mut().poll(context).is_pending(), "it has ended by itself");
        if happened() { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}

/// A store that two clients share, as two visits of a page do.
#[derive(Clone, Default)]
struct Shared(Rc<Memory>);

impl Store for Shared {
    fn get(&self, key: &str) -> Local<Result<Option<String>, StoreError>> {
        self.0.get(key)
    }
    fn set(&self, key: &str, text: &str) -> Local<Result<(), StoreError>> {
        self.0.set(key, text)
    }
    fn delete(&self, key: &str) -> Local<Result<(), StoreError>> {
        self.0.delete(key)
    }
    fn keys(&self, prefix: &str) -> Local<Result<Vec<String>, StoreError>> {
        self.0.keys(prefix)
    }
}

#[wasm_bindgen_test]
async fn a_picture_is_made_of_a_file_and_its_bytes_are_downloaded() {
    let _no_network = NoNetwork::new();
    let pace = (Duration::from_millis(100), Duration::from_millis(200));
    let emulator = Emulator::new(EmulatorOptions::new().pace(pace.0, pace.1));
    let client = client_of(&emulator).build().unwrap();
    let mut photo = Cursor::new(Vec::new());
    DynamicImage::new_rgb8(40, 20).write_to(&mut photo, ImageFormat::Png).unwrap();
    let photo = Reference::Bytes { bytes: photo.into_inner(), name: Some("kite.png".to_owned()) };
    let was_uploading = Rc::<Cell<bool>>::default();
    let told = was_uploading.clone();
    let request = GenerateRequest::new("nano-banana-2").prompt("At night").reference(photo);
    let generation = client
        .generate(request)
        .on_progress(move |progress| {
            told.set(told.get() || matches!(progress, Progress::Uploading { files: 1, .. }));
        })
        .await
        .unwrap();
    assert_eq!(generation.status(), Status::Succeeded);
    assert!(was_uploading.get());
    assert!(generation.urls()[0].starts_with("https://emulator.invalid/results/"));

    let pictures = client.download(&generation).await.unwrap();
    assert_eq!(pictures.len(), 1);
    let bytes = JsFuture::from(pictures[0].array_buffer()).await.unwrap();
    let bytes = Uint8Array::new(&bytes).to_vec();
    assert_eq!(pictures[0].type_(), "image/jpeg");
    let picture = image::load_from_memory_with_format(&bytes, ImageFormat::Jpeg).unwrap();
    assert!(picture.width() >= 512 && picture.height() >= 512);
    for (route, times) in [(UPLOADS, 1), (SUBMISSIONS, 1), (RESULTS, 1)] {
        assert_eq!(count(&emulator, route), times, "{route}");
    }
    assert!(count(&emulator, POLLS) >= 1);
}

#[wasm_bindgen_test]
async fn a_call_that_was_left_is_taken_up_by_the_next_visit_and_paid_once() {
    let _no_network = NoNetwork::new();
    let emulator = Emulator::new(EmulatorOptions::new().pace(Duration::ZERO, Duration::from_millis(500)));
    let store = Shared::default();
    let first = client_of(&emulator).store(store.clone()).build().unwrap();
    let is_processing = Rc::<Cell<bool>>::default();
    let told = is_processing.clone();
    let calling = first
        .generate(kite())
        .on_progress(move |progress| told.set(matches!(progress, Progress::Processing(_))))
        .into_future();
    leave_when(calling, || is_processing.get()).await;
    drop(first);

    let second = client_of(&emulator).store(store).build().unwrap();
    let pending = second.pending().await.unwrap();
    assert_eq!(pending.len(), 1);
    let generation = second.resume(&pending[0]).await.unwrap();
    assert_eq!(generation.status(), Status::Succeeded);
    let charges = emulator.ledger().charges;
    assert_eq!((charges.len(), charges[0].id.as_str()), (1, generation.id.as_str()));
    assert_eq!(charges[0].idempotency_key.as_deref(), Some(pending[0].idempotency_key.as_str()));
    assert_eq!(count(&emulator, SUBMISSIONS), 1);
    // That it was handed over is noted behind the answer.
    for turns in 0.. {
        if second.pending().await.unwrap().is_empty() {
            break;
        }
        assert!(turns < 1_000, "the journal keeps what was handed over");
        gloo_timers::future::TimeoutFuture::new(1).await;
    }
}

#[wasm_bindgen_test]
async fn a_task_that_fails_is_an_error_and_costs_nothing() {
    let _no_network = NoNetwork::new();
    let emulator = Emulator::new(at_once().credits(1.0).outcome(Outcome::Failed));
    let client = client_of(&emulator).build().unwrap();
    let error = client.generate(kite()).await.unwrap_err();
    assert_eq!(error.code(), "generation_failed");
    assert_eq!(error.generation().map(|generation| generation.status()), Some(Status::Failed));
    assert!(!error.retryable());
    let ledger = emulator.ledger();
    assert_eq!((ledger.credits, ledger.charges[0].credits), (1.0, 0.0));
}

#[wasm_bindgen_test]
async fn a_function_decides_by_the_request_and_may_ask_the_emulator_itself() {
    let _no_network = NoNetwork::new();
    let asked = Rc::<OnceCell<Emulator>>::default();
    let itself = asked.clone();
    let emulator = Emulator::new(at_once().outcome_by(move |accepted| {
        let charges = itself.get().unwrap().ledger().charges.len();
        let is_fair = accepted.model == "z-image" && accepted.prompt == "A kite" && charges == 0;
        if is_fair { Outcome::Succeeded } else { Outcome::Failed }
    }));
    assert!(asked.set(emulator.clone()).is_ok());
    let client = client_of(&emulator).build().unwrap();
    assert_eq!(client.generate(kite()).await.unwrap().status(), Status::Succeeded);
    let storm = GenerateRequest::new("z-image").prompt("A storm");
    assert_eq!(client.generate(storm).await.unwrap_err().code(), "generation_failed");
    assert_eq!(emulator.ledger().charges.len(), 2);
}

#[wasm_bindgen_test]
async fn credits_are_what_the_ledger_says_until_there_are_none_left() {
    let _no_network = NoNetwork::new();
    let emulator = Emulator::new(at_once().credits(6.0));
    let client = client_of(&emulator).build().unwrap();
    assert_eq!(client.credits().await.unwrap().current_credits(), 6.0);
    let night = GenerateRequest::new("nano-banana-2").prompt("At night").reference(PIXEL);
    let made = [client.generate(kite()).await.unwrap(), client.generate(night.clone()).await.unwrap()];
    let ledger = emulator.ledger();
    assert_eq!(client.credits().await.unwrap().current_credits(), ledger.credits);
    assert_eq!(6.0 - ledger.charges.iter().map(|charge| charge.credits).sum::<f64>(), ledger.credits);
    for (generation, charge) in made.iter().zip(&ledger.charges) {
        assert_eq!((&generation.id, generation.final_credits), (&charge.id, Some(charge.credits)));
    }
    let error = client.generate(night).await.unwrap_err();
    assert_eq!(error.code(), "insufficient_credits");
    assert_eq!(emulator.ledger().charges, ledger.charges);
}

#[wasm_bindgen_test]
async fn what_faults_of_a_seed_hit_is_repeated_and_charged_once() {
    let _no_network = NoNetwork::new();
    let kinds = vec![
        FaultKind::DropBefore,
        FaultKind::DropAfter,
        FaultKind::Status503,
        FaultKind::Truncate,
        FaultKind::Garbage,
    ];
    let generate = async || {
        let faults = FaultPlan { seed: 7, rate: 0.5, kinds: kinds.clone() };
        let emulator = Emulator::new(at_once().faults(faults));
        let client = client_of(&emulator).max_retries(12).build().unwrap();
        for key in ["kite-1", "kite-2", "kite-3"] {
            client.generate(kite()).idempotency_key(key).await.unwrap();
        }
        let keys = emulator.ledger().charges.into_iter().map(|charge| charge.idempotency_key.unwrap());
        assert_eq!(keys.collect::<Vec<_>>(), ["kite-1", "kite-2", "kite-3"]);
        count(&emulator, SUBMISSIONS)
    };
    let submissions = generate().await;
    assert!(submissions > 3, "none was hit");
    assert_eq!(generate().await, submissions, "the same seed has other faults");
}

#[wasm_bindgen_test]
async fn a_lost_answer_leaves_a_doubt_that_the_ledger_ends() {
    let _no_network = NoNetwork::new();
    let faults = FaultPlan { seed: 1, rate: 1.0, kinds: vec![FaultKind::DropAfter] };
    let emulator = Emulator::new(at_once().faults(faults));
    let error = client_of(&emulator).max_retries(0).build().unwrap().generate(kite()).await.unwrap_err();
    assert_eq!((error.code(), error.may_have_been_charged()), ("network_error", true));
    let charges = emulator.ledger().charges;
    assert_eq!(charges.len(), 1);
    assert_eq!(charges[0].idempotency_key.as_deref(), error.idempotency_key());
}

#[wasm_bindgen_test]
async fn two_clients_of_one_emulator_share_its_account_and_its_keys() {
    let _no_network = NoNetwork::new();
    let emulator = Emulator::new(at_once());
    let [one, other] = [(); 2].map(|()| client_of(&emulator).build().unwrap());
    let first = one.generate(kite()).idempotency_key("order-1").await.unwrap();
    let second = other.generate(kite()).idempotency_key("order-1").await.unwrap();
    assert_eq!(first.id, second.id);
    assert_eq!((emulator.ledger().charges.len(), count(&emulator, SUBMISSIONS)), (1, 2));
    let balances = [one.credits().await.unwrap(), other.credits().await.unwrap()];
    assert_eq!(balances[0], balances[1]);
    assert_eq!(other.download(&first).await.unwrap().len(), 1);
}

#[wasm_bindgen_test]
async fn each_option_does_what_it_says() {
    let _no_network = NoNetwork::new();
    let conflict = Emulator::new(at_once().idempotency(Habit::Conflict));
    let [one, other] = [(); 2].map(|()| client_of(&conflict).build().unwrap());
    one.generate(kite()).idempotency_key("order-1").await.unwrap();
    let error = other.generate(kite()).idempotency_key("order-1").await.unwrap_err();
    assert_eq!((error.code(), error.status()), ("idempotency_conflict", Some(409)));

    let keyed = Emulator::new(at_once().api_keys(["rvya_sk_one", "rvya_sk_other"]));
    assert_eq!(keyed.api_key(), "rvya_sk_one");
    assert!(client_of(&keyed).api_key("rvya_sk_other").build().unwrap().credits().await.is_ok());
    let error = client_of(&keyed).api_key("rvya_sk_third").build().unwrap().credits().await.unwrap_err();
    assert_eq!((error.code(), error.status()), ("api_key_invalid", Some(401)));

    let limited = Emulator::new(at_once().rate_limit(1, Duration::from_secs(3)));
    let client = client_of(&limited).max_retries(0).build().unwrap();
    client.credits().await.unwrap();
    let error = client.credits().await.unwrap_err();
    assert_eq!((error.code(), error.status()), ("rate_limited", Some(429)));
    assert!(error.retry_after().is_some_and(|pause| pause <= Duration::from_secs(3)));

    let placed = Emulator::new(at_once().public_url("https://shop.example/rivya/").unwrap());
    assert_eq!(placed.base_url(), "https://shop.example/rivya/api/v1");
    let client = client_of(&placed).build().unwrap();
    let generation = client.generate(kite()).await.unwrap();
    assert!(generation.urls()[0].starts_with("https://shop.example/rivya/results/"));
    assert_eq!(client.download(&generation).await.unwrap().len(), 1);
}

#[wasm_bindgen_test]
fn options_that_do_not_fit_are_named_or_brought_within_bounds() {
    for url in
        ["", "shop.example", "ftp://shop.example", "https://a:b@shop.example", "https://:b@shop.example"]
            .into_iter()
            .chain(["https://shop.example/?a", "https://shop.example/#a", "/rivya"])
    {
        let error = EmulatorOptions::new().public_url(url).err().expect(url);
        assert_eq!(error.name(), "public_url");
        assert!(error.to_string().starts_with("public_url: must be an absolute http or https URL"));
    }
    for (given, counts) in
        [(f64::NAN, 0.0), (-1.0, 0.0), (0.5, 0.5), (f64::INFINITY, 9_007_199_254_740_991.0)]
    {
        assert_eq!(Emulator::new(EmulatorOptions::new().credits(given)).ledger().credits, counts);
    }
    assert_eq!(Emulator::new(EmulatorOptions::new().api_keys([""; 0])).api_key(), "");
}

/// Whatever feature `npm` exports would be in every program that links the crate.
#[cfg(not(feature = "npm"))]
#[wasm_bindgen_test]
fn a_program_exports_nothing_of_the_emulator() {
    let exported = Object::keys(wasm_bindgen::exports().unchecked_ref::<Object>());
    let exported: Vec<String> = exported.iter().filter_map(|name| name.as_string()).collect();
    assert!(exported.iter().any(|name| name == "memory"));
    assert!(!exported.iter().any(|name| name.contains("rawemulator")), "{exported:?}");
}

#[wasm_bindgen_test]
async fn it_answers_without_a_client_and_heeds_the_signal() {
    let _no_network = NoNetwork::new();
    for cors in [true, false] {
        let emulator = Emulator::new(EmulatorOptions::new().cors(cors));
        let url = emulator.base_url() + "/models";
        let response = emulator.handle(Request::new_with_str(&url).unwrap()).await.unwrap();
        let allowed = response.headers().get("Access-Control-Allow-Origin").unwrap();
        assert_eq!((response.status(), allowed.as_deref()), (200, cors.then_some("*")));
    }
    let emulator = Emulator::new(EmulatorOptions::new());
    let controller = AbortController::new().unwrap();
    controller.abort();
    let init = RequestInit::new();
    init.set_signal(Some(&controller.signal()));
    let url = emulator.base_url() + "/models";
    let request = Request::new_with_str_and_init(&url, &init).unwrap();
    let thrown = emulator.handle(request).await.err().unwrap();
    assert_eq!(js_sys::Reflect::get(&thrown, &"name".into()).unwrap(), "AbortError");
    assert!(emulator.ledger().requests.is_empty());
}
