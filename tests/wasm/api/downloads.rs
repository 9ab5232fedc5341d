//! The bytes of results, as a program in Rust receives them.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use rivya_wasm::api::{Answering, Client, DownloadProgress, Error, Fetch, Generation};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{Blob, Headers, Request, Response, ResponseInit};

use super::scripted::{Answer, Scripted};
use super::{KEY, client, is_page};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";

/// Status, type, where it redirects to, body.
type Reply = (u16, &'static str, Option<&'static str>, &'static [u8]);

/// A host of results: what it answers with, and what it was asked for.
#[derive(Clone, Default)]
struct Host {
    replies: Rc<RefCell<VecDeque<Reply>>>,
    asked: Rc<RefCell<Vec<Request>>>,
}

impl Host {
    fn new(replies: &[Reply]) -> Self {
        Self { replies: Rc::new(RefCell::new(replies.iter().copied().collect())), ..Self::default() }
    }

    fn urls(&self) -> Vec<String> {
        self.asked.borrow().iter().map(Request::url).collect()
    }
}

impl Fetch for Host {
    fn fetch(&self, request: Request) -> Answering<'_, Result<Response, JsValue>> {
        self.asked.borrow_mut().push(request);
        let (status, media_type, location, body) =
            self.replies.borrow_mut().pop_front().expect("no result is asked for that nobody expects");
        let (headers, init) = (Headers::new().unwrap(), ResponseInit::new());
        headers.set("Content-Type", media_type).unwrap();
        if let Some(location) = location {
            headers.set("Location", location).unwrap();
        }
        init.set_headers(&headers);
        init.set_status(status);
        let response = Response::new_with_opt_u8_array_and_init(Some(&mut body.to_vec()), &init);
        Box::pin(std::future::ready(response))
    }
}

/// A client whose results lie at a host, and what it has generated.
async fn generated(host: &Host, max_result_bytes: u64) -> (Client, Generation) {
    let urls = r#"["https://cdn.example.com/1.png"]"#;
    let body = [r#"{"id":"task_1","status":"succeeded","result":{"urls":"#, urls, "}}"].concat();
    let script = Scripted::new([Answer::Json(200, body.leak())]);
    let builder = client(&script).api_key(KEY).dangerously_allow_browser(true).without_store();
    let builder = builder.download_fetch(host.clone()).max_retries(1).max_result_bytes(max_result_bytes);
    let client = builder.build().unwrap();
    let generation = client.generations().retrieve("task_1").await.unwrap();
    (client, generation)
}

async fn bytes_of(blob: &Blob) -> Vec<u8> {
    let buffer = JsFuture::from(blob.array_buffer()).await.unwrap();
    js_sys::Uint8Array::new(&buffer).to_vec()
}

async fn code_of(host: &Host, max_result_bytes: u64) -> Result<usize, String> {
    let (client, generation) = generated(host, max_result_bytes).await;
    let downloaded: Result<Vec<Blob>, Error> = client.download(&generation).await;
    downloaded.map(|files| files.len()).map_err(|error| error.code().to_owned())
}

#[wasm_bindgen_test]
async fn a_result_is_received_from_where_it_lies_and_no_key_goes_there() {
    let host = Host::new(&[(200, "image/png", None, PNG)]);
    let (client, generation) = generated(&host, 1_000).await;
    let told = Rc::new(RefCell::new(Vec::new()));
    let seen = told.clone();
    let on_progress = move |progress: DownloadProgress| seen.borrow_mut().push(progress.loaded_bytes);
    let files = client.download(&generation).on_progress(on_progress).await.unwrap();
    assert_eq!((files.len(), files[0].type_().as_str()), (1, "image/png"));
    assert_eq!(bytes_of(&files[0]).await, PNG);
    assert_eq!((told.borrow().first(), told.borrow().last()), (Some(&0), Some(&(PNG.len() as u64))));
    assert_eq!(host.urls(), ["https://cdn.example.com/1.png"]);
    let headers = host.asked.borrow()[0].headers();
    assert!(!headers.has("authorization").unwrap() && !headers.has("x-rivya-client").unwrap());
}

#[wasm_bindgen_test]
async fn what_is_no_picture_is_asked_for_again_and_then_refused() {
    let page: Reply = (200, "image/png", None, b"<!doctype html>");
    assert_eq!(code_of(&Host::new(&[page, (200, "image/png", None, PNG)]), 1_000).await, Ok(1));
    let host = Host::new(&[page, (200, "text/html", None, PNG)]);
    assert_eq!(code_of(&host, 1_000).await, Err("invalid_response".to_owned()));
    assert_eq!(host.urls().len(), 2);
    let host = Host::new(&[(200, "image/png", None, PNG)]);
    assert_eq!(code_of(&host, 3).await, Err("invalid_response".to_owned()), "it is longer than is taken");
    assert_eq!(code_of(&Host::new(&[(410, "text/plain", None, b"")]), 3).await, Err("not_found".to_owned()));
}

#[wasm_bindgen_test]
async fn outside_a_page_a_redirect_is_followed_to_a_public_place_alone() {
    if is_page() {
        return;
    }
    let moved = |location| (302, "text/plain", Some(location), b"" as &[u8]);
    let host = Host::new(&[moved("/2.png"), moved("//eu.example.com/3.png"), (200, "image/png", None, PNG)]);
    assert_eq!(code_of(&host, 1_000).await, Ok(1));
    let urls =
        ["https://cdn.example.com/1.png", "https://cdn.example.com/2.png", "https://eu.example.com/3.png"];
    assert_eq!(host.urls(), urls);
    for location in ["https://127.0.0.1/", "http://eu.example.com/", "file:///etc/passwd", "https://a b/"] {
        let host = Host::new(&[moved(location)]);
        assert_eq!(code_of(&host, 1_000).await, Err("invalid_response".to_owned()), "{location}");
    }
    let host = Host::new(&[moved("/1.png"); 6]);
    assert_eq!(code_of(&host, 1_000).await, Err("invalid_response".to_owned()));
    assert_eq!(host.urls().len(), 6);
}

#[wasm_bindgen_test]
async fn a_download_that_is_dropped_aborts_its_request() {
    let script = Scripted::new([Answer::Never]);
    let (client, generation) = generated(&Host::default(), 1_000).await;
    drop(client);
    let client = self::client(&script).download_fetch(script.clone()).build().unwrap();
    let downloading = std::future::IntoFuture::into_future(client.download(&generation));
    super::scripted::poll_until(downloading, || !script.sent().is_empty()).await;
    assert!(script.sent()[0].signal.aborted(), "its request is left behind");
}
