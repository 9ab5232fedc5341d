//! What a program in Rust relies on, with a fetch of its own that needs no network.

mod answers;
mod downloads;
mod fetches;
mod files;
mod pictures;
mod prototypes;
mod results;
mod scripted;
mod servers;
mod stores;
mod uploads;
mod watching;
mod world;

use std::cell::RefCell;
use std::future::{Future, IntoFuture, poll_fn};
use std::pin::Pin;
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use rivya_wasm::api::{
    Client, ClientBuilder, Error, GenerateRequest, IndexedDb, MediaKind, Memory, Progress,
    ReferenceMediaItem, Status, Store, StoreError, UploadedFile,
};
use rivya_wasm::platform::Local;
use scripted::{Answer, Scripted};
use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;

const KEY: &str = "rvya_sk_0123456789abcdef";

fn client(script: &Scripted) -> ClientBuilder {
    Client::builder().base_url("https://api.example/api/v1").fetch(script.clone())
}

fn kite() -> GenerateRequest {
    GenerateRequest::new("nano-banana-2").prompt("A kite").param("resolution", "2K")
}

fn succeeded() -> Answer {
    Answer::Json(
        200,
        r#"{"id":"task_1","status":"succeeded","result":{"urls":["https://cdn.example/1.png"]},"new":7}"#,
    )
}

fn queued() -> Answer {
    Answer::Json(202, r#"{"id":"task_1","status":"queued","model":"nano-banana-2","reserved_credits":5}"#)
}

#[wasm_bindgen_test]
async fn a_picture_is_made_with_one_submission_and_polled_until_it_ends() {
    let script = Scripted::new([queued(), succeeded()]);
    let client = client(&script).api_key(KEY).dangerously_allow_browser(true).build().unwrap();
    let seen = Rc::new(RefCell::new(Vec::new()));
    let told = seen.clone();
    let generation =
        client.generate(kite()).on_progress(move |progress| told.borrow_mut().push(progress)).await.unwrap();
    assert_eq!(
        (generation.status(), generation.urls()),
        (Status::Succeeded, vec!["https://cdn.example/1.png".to_owned()])
    );
    assert_eq!(generation.extra("new").and_then(|new| new.as_f64()), Some(7.0), "what the API adds is kept");

    let sent = script.sent();
    let paths: Vec<(&str, &str)> = sent.iter().map(|sent| (sent.method.as_str(), sent.path())).collect();
    assert_eq!(paths, [("POST", "/api/v1/generations"), ("GET", "/api/v1/generations/task_1")]);
    assert_eq!(sent[0].body, r#"{"model":"nano-banana-2","prompt":"A kite","params":{"resolution":"2K"}}"#);
    for (name, value) in
        [("authorization", ["Bearer ", KEY].concat().as_str()), ("content-type", "application/json")]
    {
        assert_eq!(sent[0].header(name).as_deref(), Some(value));
    }
    assert!(sent[0].header("idempotency-key").is_some_and(|key| key.len() >= 32));
    assert!(sent[0].header("x-rivya-client").is_some() && sent[1].header("idempotency-key").is_none());
    let phases: Vec<&str> = seen
        .borrow()
        .iter()
        .map(|progress| match progress {
            Progress::Submitting => "submitting",
            Progress::Queued(_) => "queued",
            _ => "other",
        })
        .collect();
    assert_eq!(phases, ["submitting", "queued"]);
}

#[wasm_bindgen_test]
async fn references_become_items_in_their_order() {
    let script = Scripted::new([succeeded()]);
    let uploaded: UploadedFile = serde_json::from_str(
        r#"{"id":"file_1","url":"https://cdn.example/1.png","kind":"image","name":"1.png","duration_token":"t"}"#,
    )
    .unwrap();
    let mut item = ReferenceMediaItem::new("https://cdn.example/2");
    item.kind = Some(MediaKind::Image);
    item.mime_type = Some("image/png".to_owned());
    let request = GenerateRequest::new("nano-banana-2")
        .prompt("A kite")
        .reference(uploaded)
        .references(["https://cdn.example/3.png"])
        .reference(item);
    client(&script).build().unwrap().generate(request).await.unwrap();
    let items = concat!(
        r#"{"url":"https://cdn.example/1.png","kind":"image","name":"1.png","durationToken":"t"},"#,
        r#"{"url":"https://cdn.example/3.png","kind":"image"},"#,
        r#"{"url":"https://cdn.example/2","kind":"image","mimeType":"image/png"}"#
    );
    let body =
        [r#"{"model":"nano-banana-2","prompt":"A kite","params":{"referenceMediaItems":["#, items, r#"]}}"#];
    assert_eq!(script.sent()[0].body, body.concat());
}

#[wasm_bindgen_test]
async fn a_reference_that_is_none_ends_the_call_by_its_name() {
    let script = Scripted::new([]);
    for wrong in ["ftp://pictures.example/1.png", "1.png", "data:image/png"] {
        let request = kite().reference("https://pictures.example/0.png").reference(wrong);
        let error = client(&script).build().unwrap().generate(request).await.unwrap_err();
        assert_eq!(error.code(), "invalid_option");
        assert!(error.to_string().contains("references[1] "), "{error}");
    }
    assert!(script.sent().is_empty());
}

#[wasm_bindgen_test]
async fn a_lost_answer_is_asked_for_again_under_the_same_key_and_with_the_same_bytes() {
    let script = Scripted::new([Answer::Lost, Answer::Json(503, "{}"), succeeded()]);
    let generation = client(&script).build().unwrap().generate(kite()).await.unwrap();
    assert_eq!(generation.id, "task_1");
    let sent = script.sent();
    assert_eq!(sent.len(), 3);
    for repeat in &sent[1..] {
        assert_eq!(
            (&repeat.body, repeat.header("idempotency-key")),
            (&sent[0].body, sent[0].header("idempotency-key"))
        );
    }
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
async fn what_one_visit_has_submitted_the_next_one_is_handed() {
    let store = Shared::default();
    let script = Scripted::new([Answer::Lost]);
    let first = client(&script).store(store.clone()).max_retries(0).build().unwrap();
    let error = first.generate(kite()).await.unwrap_err();
    assert_eq!((error.code(), error.attempts(), error.may_have_been_charged()), ("network_error", 1, true));
    drop(first);

    let later = Scripted::new([succeeded()]);
    let second = client(&later).store(store.clone()).build().unwrap();
    let pending = second.pending().await.unwrap();
    assert_eq!(pending.len(), 1);
    assert_eq!(Some(pending[0].idempotency_key.as_str()), error.idempotency_key());
    assert_eq!(second.resume(&pending[0]).await.unwrap().id, "task_1");
    assert_eq!(later.sent()[0].header("idempotency-key"), script.sent()[0].header("idempotency-key"));
    assert_eq!(later.sent()[0].body, script.sent()[0].body);
}

#[wasm_bindgen_test]
async fn a_call_that_is_dropped_aborts_its_request() {
    let script = Scripted::new([Answer::Never]);
    let client = client(&script).without_store().build().unwrap();
    let calling = client.generate(kite()).into_future();
    scripted::poll_until(calling, || !script.sent().is_empty()).await;
    assert!(script.sent()[0].signal.aborted(), "its request is left behind");
}

#[wasm_bindgen_test]
async fn a_request_that_does_not_fit_is_refused_with_all_that_is_wrong_and_nothing_is_sent() {
    let script = Scripted::new([]);
    let client = client(&script).build().unwrap();
    let request = kite().param("resolution", "3K").param("colour", "red");
    let issues = client.validate(&request);
    let error = client.generate(request).await.unwrap_err();
    assert_eq!((error.code(), error.issues()), ("validation_failed", issues.as_slice()));
    let paths: Vec<&str> = issues.iter().map(|issue| issue.path.as_str()).collect();
    assert_eq!(paths, ["params.resolution", "params.colour"]);
    assert!(script.sent().is_empty());
}

#[wasm_bindgen_test]
async fn an_error_of_the_api_names_what_was_wrong_and_never_the_key() {
    let refusal = r#"{"error":{"code":"insufficient_credits","message":"Too few.","requestId":"req_1"}}"#;
    let script = Scripted::new([Answer::Json(402, refusal)]);
    let client = client(&script).api_key(KEY).dangerously_allow_browser(true).build().unwrap();
    let error = client.generate(kite()).await.unwrap_err();
    assert_eq!(
        (error.code(), error.status(), error.request_id()),
        ("insufficient_credits", Some(402), Some("req_1"))
    );
    assert!(!error.retryable() && !error.may_have_been_charged());
    assert!(!format!("{error} {error:?}").contains(KEY));
    assert!(client.pending().await.unwrap().is_empty(), "nothing was begun");
}

#[wasm_bindgen_test]
async fn a_wait_ends_at_its_limit_and_the_generation_goes_on() {
    let script = Scripted::new([queued()]);
    let client = client(&script).without_store().build().unwrap();
    let error =
        client.generations().wait("task_1").wait_timeout(Duration::from_millis(300)).await.unwrap_err();
    assert_eq!((error.code(), error.retryable(), error.attempts()), ("timeout", true, 1));
    assert_eq!(error.generation().map(|generation| generation.id.as_str()), Some("task_1"));
    assert_eq!(error.generation_id().as_deref(), Some("task_1"));
}

#[wasm_bindgen_test]
fn a_base_url_that_is_none_and_a_key_in_a_page_are_refused_by_name() {
    let error = Client::builder().base_url("http://user:secret@api.example").build().err().unwrap();
    assert_eq!(error.code(), "invalid_option");
    assert!(error.to_string().contains("base_url") && !error.to_string().contains("secret"));
    let holding = Client::builder().base_url("https://api.example").api_key(KEY).build();
    assert_eq!(
        holding.err().map(|error| error.code().to_owned()),
        is_page().then(|| "browser_key".to_owned())
    );
}

#[wasm_bindgen_test]
async fn a_paid_picture_is_handed_over_whatever_else_its_answer_says() {
    // Members of other types than documented, and half of an emoji that a server has cut in two.
    let odd = r#"{"id":"task_1","status":"succeeded","model":7,"reserved_credits":"5","created_at":1,"prompt":"\ud83d",
        "backslashes":"\\\\ud83d","emoji":"\ud83e\ude81",
        "result":{"primary_url":null,"urls":["https://cdn.example/1.png",null],"width":1024}}"#;
    let client = client(&Scripted::new([Answer::Json(200, odd)])).without_store().build().unwrap();
    let generation = client.generate(kite()).await.unwrap();
    assert_eq!(generation.urls(), ["https://cdn.example/1.png"]);
    assert_eq!((generation.model.as_deref(), generation.reserved_credits), (None, None));
    let text = |key| generation.extra(key).and_then(|text| text.as_str());
    assert_eq!(text("prompt"), Some("\u{fffd}"));
    assert_eq!(text("backslashes"), Some("\\\\ud83d"));
    assert_eq!(text("emoji"), Some("\u{1fa81}"));

    let bare = r#"{"id":"task_2","status":"succeeded","result":"https://cdn.example/2.png"}"#;
    let client = self::client(&Scripted::new([Answer::Json(200, bare)])).without_store().build().unwrap();
    assert_eq!(client.generate(kite()).await.unwrap().id, "task_2");
}

#[wasm_bindgen_test]
async fn a_body_that_can_not_be_read_is_a_failed_attempt() {
    let script = Scripted::new([Answer::Locked(200, "{}"), succeeded()]);
    assert_eq!(client(&script).without_store().build().unwrap().generate(kite()).await.unwrap().id, "task_1");
    assert_eq!(script.sent().len(), 2);
}

#[wasm_bindgen_test]
async fn no_error_holds_the_key_whoever_has_said_it() {
    let echo =
        r#"{"error":{"code":"api_key_invalid","message":"Bearer rvya_sk_0123456789abcdef is no key."}}"#;
    let page = "<p>rvya_sk_0123456789abcdef</p>";
    for (answer, code) in [
        (Answer::Json(401, echo), "api_key_invalid"),
        (Answer::Json(200, page), "invalid_response"),
        (Answer::Thrown("Authorization: Bearer rvya_sk_0123456789abcdef is refused"), "network_error"),
    ] {
        let script = Scripted::new([answer]);
        let builder =
            client(&script).api_key(KEY).dangerously_allow_browser(true).without_store().max_retries(0);
        let error = builder.build().unwrap().generate(kite()).await.unwrap_err();
        assert_eq!(error.code(), code);
        assert!(!format!("{error} {error:?}").contains(KEY), "{error:?}");
    }
}

#[wasm_bindgen_test]
fn a_key_that_is_none_and_a_number_that_has_to_be_more_are_refused_by_name() {
    let builder = || client(&Scripted::new([])).dangerously_allow_browser(true);
    for (name, builder) in [
        ("api_key", builder().api_key("")),
        ("api_key", builder().api_key("rvya_sk_0123456789\n")),
        ("max_concurrent_uploads", builder().max_concurrent_uploads(0)),
        ("max_result_bytes", builder().max_result_bytes(0)),
    ] {
        let error = builder.build().err().unwrap();
        assert_eq!(error.code(), "invalid_option");
        assert!(error.to_string().contains(name) && !error.to_string().contains("rvya_sk_"), "{error}");
    }
}

/// Awaits a call, and polls it once more: whether it went well, and whether it is pending then.
async fn polled_after_its_end<T, C>(call: C) -> [bool; 2]
where
    C: IntoFuture<Output = Result<T, Error>, IntoFuture: Unpin>,
{
    let mut call = Box::new(call.into_future());
    let is_ok = poll_fn(|context| Pin::new(&mut call).poll(context).map(|output| output.is_ok())).await;
    let is_pending = poll_fn(|context| Poll::Ready(Pin::new(&mut call).poll(context).is_pending())).await;
    [is_ok, is_pending]
}

#[wasm_bindgen_test]
async fn a_call_that_is_polled_after_its_end_is_pending_and_sends_nothing() {
    let models = Answer::Json(200, r#"{"data":[]}"#);
    let script = Scripted::new([succeeded(), succeeded(), succeeded(), models]);
    let client = client(&script).without_store().build().unwrap();
    let generations = client.generations();
    assert_eq!(polled_after_its_end(client.generate(kite())).await, [true, true]);
    assert_eq!(polled_after_its_end(generations.create(kite())).await, [true, true]);
    assert_eq!(polled_after_its_end(generations.wait("task_1")).await, [true, true]);
    assert_eq!(polled_after_its_end(client.models()).await, [true, true]);
    assert_eq!(polled_after_its_end(generations.retrieve("..")).await, [false, true]);
    assert_eq!(polled_after_its_end(client.files().inspect(vec![0xff])).await, [true, true]);
    assert_eq!(script.sent().len(), 4);
}

#[wasm_bindgen_test]
fn headers_that_are_none_and_those_that_the_client_sets_itself_are_refused_by_name() {
    for (name, value) in [
        ("X-Line", "rvya_sk_0123456789\nabcdef"),
        ("No header", "1"),
        ("Idempotency-Key", "1"),
        ("content-type", "text/plain"),
        ("X-Rivya-Client", "0"),
    ] {
        let error =
            Client::builder().base_url("https://api.example").header(name, value).build().err().unwrap();
        let told = error.to_string();
        assert_eq!(error.code(), "invalid_option");
        assert!(told.contains("header") && told.contains(name) && !told.contains(value), "{told}");
    }
    // A key is one in whichever header it travels.
    let open = Client::builder().base_url("http://api.example").header("X-Key", KEY).build().err().unwrap();
    assert_eq!(open.code(), if is_page() { "browser_key" } else { "invalid_option" });
    let key = Client::builder()
        .base_url("https://api.example")
        .api_key("rvya_sk_0123\n456789")
        .dangerously_allow_browser(true);
    let told = key.build().err().unwrap().to_string();
    assert!(told.contains("api_key") && !told.contains("456789"), "{told}");
}

fn is_page() -> bool {
    js_sys::Reflect::has(&js_sys::global(), &"document".into()).unwrap()
}

/// Two clients of one page, as its components make them, that are asked for the same at once.
async fn submissions_of_two_clients() -> usize {
    let (store, script) = (Shared::default(), Scripted::new([queued(), succeeded(), succeeded()]));
    let calling = || {
        let client = client(&script).store(store.clone()).build().unwrap();
        client.generate(kite()).idempotency_key("kite-1").into_future()
    };
    for generation in scripted::both(calling(), calling()).await {
        assert_eq!(generation.unwrap().id, "task_1");
    }
    script.sent().iter().filter(|sent| sent.method == "POST").count()
}

#[wasm_bindgen_test]
async fn clients_of_one_page_submit_one_after_the_other() {
    assert_eq!(submissions_of_two_clients().await, 1);
}

#[wasm_bindgen_test]
async fn clients_of_a_frame_that_may_not_have_locks_submit_one_after_the_other() {
    let run =
        |script: &str| js_sys::Function::new_no_args(script).call0(&wasm_bindgen::JsValue::NULL).unwrap();
    run("globalThis.navigator ??= {}; \
         const request = async () => { throw new DOMException('not here', 'SecurityError'); }; \
         const locks = { request, query: request }; \
         Object.defineProperty(navigator, 'locks', { value: locks, configurable: true });");
    let submissions = submissions_of_two_clients().await;
    run("delete navigator.locks;");
    assert_eq!(submissions, 1);
}

#[wasm_bindgen_test]
async fn what_is_no_text_in_the_database_is_not_taken_for_nothing() {
    if !is_page() {
        return;
    }
    let store = IndexedDb;
    store.set("text", "kite").await.unwrap();
    let put = js_sys::Function::new_no_args(
        "return new Promise((resolve, reject) => {
            const opening = indexedDB.open('rivya-wasm', 1);
            opening.onerror = reject;
            opening.onsuccess = () => {
                const transaction = opening.result.transaction('journal', 'readwrite');
                transaction.objectStore('journal').put(7, 'number');
                transaction.oncomplete = () => { opening.result.close(); resolve(); };
            };
        });",
    );
    let putting: js_sys::Promise = put.call0(&wasm_bindgen::JsValue::NULL).unwrap().unchecked_into();
    wasm_bindgen_futures::JsFuture::from(putting).await.unwrap();
    assert_eq!(store.get("text").await, Ok(Some("kite".to_owned())));
    assert_eq!(store.get("none").await, Ok(None));
    assert!(store.get("number").await.is_err());
}
