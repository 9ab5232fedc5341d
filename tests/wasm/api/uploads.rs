//! Forms on their way to the API.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use rivya_wasm::platform::{Blob, Body, Exchange, Form, Method, Platform, Request, Transmission};
use rivya_wasm::web::{Answering, Fetch, Transport, Web, WebBlob, WebOptions};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::RequestCredentials;

use super::scripted::poll_until;
use super::world::{Changed, blob, is_page, js, js_of, run, script, web};

type Shares = Rc<RefCell<Vec<f64>>>;

fn form(file: WebBlob) -> Form<WebBlob> {
    let fields = vec![("kind", "image".to_owned()), ("model", "nano-banana-2".to_owned())];
    Form { fields, file: file.slice(0, file.bytes(), "image/png"), file_name: "kite.png".to_owned() }
}

fn request(url: &str) -> Request {
    let headers = vec![("X-Rivya-Client".to_owned(), "1".to_owned())];
    let timeout = Duration::from_secs(30);
    Request { method: Method::Post, url: url.to_owned(), headers, body: None, timeout }
}

fn unheard() -> Transmission {
    let (stall, unseen) = (Duration::from_secs(20), Duration::from_secs(20));
    Transmission { timeout: None, stall, unseen, on_sent: None }
}

fn heard() -> (Transmission, Shares) {
    let shares = Shares::default();
    let told = shares.clone();
    let on_sent: Rc<dyn Fn(f64)> = Rc::new(move |share| told.borrow_mut().push(share));
    (Transmission { on_sent: Some(on_sent), ..unheard() }, shares)
}

fn status(exchange: &super::world::Exchange) -> u16 {
    match exchange {
        Exchange::Answered { status, .. } => *status,
        other => panic!("{other:?}"),
    }
}

const URL: &str = "https://api.example/files";

#[wasm_bindgen_test]
async fn the_fields_go_before_the_file_which_is_a_slice_with_its_type_and_name() {
    run("globalThis.sent = undefined;");
    let platform = web(script("async (url, init) => { sent = init; return new Response('{}'); }"));
    let (transmission, shares) = heard();
    let answer = platform.upload(request(URL), form(blob(b"kite")), transmission).await;
    assert_eq!(status(&answer), 200);
    let entries = js_of(
        "(async () => { const parts = [];
           for (const [name, part] of sent.body)
             parts.push(name, ...(typeof part === 'string' ? [part] : [part.name, part.type, await part.text()]));
           return [sent.method, sent.redirect, ...sent.headers, ...parts].join(' '); })()",
    );
    assert_eq!(
        entries.await.as_string().unwrap(),
        "POST manual x-rivya-client,1 kind image model nano-banana-2 file kite.png image/png kite"
    );
    assert!(shares.borrow().is_empty(), "of a caller's fetch no bytes are seen");
}

/// A caller's fetch in Rust, which answers with the name and the size of the file that it was sent.
struct Receiving;

impl Fetch for Receiving {
    fn fetch(&self, request: web_sys::Request) -> Answering<'_, Result<web_sys::Response, JsValue>> {
        Box::pin(async move {
            let form = wasm_bindgen_futures::JsFuture::from(request.form_data()?).await?;
            let file: web_sys::File = form.unchecked_into::<web_sys::FormData>().get("file").unchecked_into();
            let told = format!("[\"{}\",{}]", file.name(), file.size());
            web_sys::Response::new_with_opt_str(Some(&told))
        })
    }
}

#[wasm_bindgen_test]
async fn a_caller_s_fetch_in_rust_is_given_a_request_with_the_form() {
    let platform = web(Transport::Program(Rc::new(Receiving)));
    let answer = platform.upload(request(URL), form(blob(b"kite")), heard().0).await;
    match answer {
        Exchange::Answered { body: Body::Json { excerpt, .. }, .. } => {
            assert_eq!(excerpt, r#"["kite.png",4]"#)
        }
        other => panic!("{other:?}"),
    }
}

#[wasm_bindgen_test]
async fn an_upload_of_which_nothing_is_seen_has_a_limit_in_all() {
    for (timeout, unseen) in [(None, 20), (Some(Duration::from_millis(20)), 20_000)] {
        let platform = web(script("() => new Promise(() => {})"));
        let transmission = Transmission { timeout, unseen: Duration::from_millis(unseen), ..unheard() };
        let outcome = platform.upload(request(URL), form(blob(b"kite")), transmission).await;
        assert!(matches!(outcome, Exchange::TimedOut));
    }
}

/// A platform's fetch that reads its body, and answers 411 where that is a stream and `needs_length`.
fn reading_fetch(needs_length: bool) -> Changed {
    run(&format!("globalThis.sent = []; globalThis.needsLength = {needs_length};"));
    Changed::new(&[(
        "globalThis",
        "{ async fetch(url, init) {
             const isStream = init.body instanceof ReadableStream;
             const read = new Response(init.body, { headers: isStream ? init.headers : {} });
             const { size } = (await read.formData()).get('file');
             sent.push({ isStream, size, duplex: init.duplex, bare: Object.getPrototypeOf(init) === null });
             return new Response('{}', { status: isStream && needsLength ? 411 : 201 });
           } }",
    )])
}

#[wasm_bindgen_test]
async fn bytes_are_counted_as_they_go_in_scripts() {
    if is_page() {
        return;
    }
    let _changed = reading_fetch(false);
    let (transmission, shares) = heard();
    let platform = web(Transport::Platform);
    let file = blob(&vec![7; 1_000_000]);
    assert_eq!(status(&platform.upload(request(URL), form(file), transmission).await), 201);
    assert_eq!(
        js("JSON.stringify(sent)"),
        r#"[{"isStream":true,"size":1000000,"duplex":"half","bare":true}]"#
    );
    let shares = shares.borrow();
    assert!(shares.len() >= 8 && shares.is_sorted() && shares.last() == Some(&1.0), "{shares:?}");
}

#[wasm_bindgen_test]
async fn a_server_that_needs_the_length_is_sent_it_from_then_on() {
    if is_page() {
        return;
    }
    let _changed = reading_fetch(true);
    let platform = web(Transport::Platform);
    for _ in 0..2 {
        let (transmission, _) = heard();
        let upload = platform.upload(request("https://length.example"), form(blob(b"kite")), transmission);
        assert_eq!(status(&upload.await), 201);
    }
    assert_eq!(js("sent.map(({ isStream }) => isStream).join()"), "true,false,false");
}

#[wasm_bindgen_test]
async fn a_counted_upload_ends_where_no_byte_moves_or_its_caller_leaves() {
    if is_page() {
        return;
    }
    run("globalThis.signals = [];");
    let _changed = Changed::new(&[(
        "globalThis",
        "{ async fetch(url, { body, signal }) {
             signals.push(signal);
             const reader = body.getReader();
             for (let left = 3; left > 0; left -= 1) {
               await new Promise((resolve) => setTimeout(resolve, 30));
               await reader.read();
             }
             return new Promise(() => {});
           } }",
    )]);
    let platform = web(Transport::Platform);
    let file = blob(&vec![7; 1_000_000]);
    let (transmission, shares) = heard();
    let stalling = Transmission { stall: Duration::from_millis(60), ..transmission };
    let outcome = platform.upload(request(URL), form(file.clone()), stalling).await;
    assert!(matches!(outcome, Exchange::TimedOut));
    assert_eq!(shares.borrow().len(), 3, "90 ms, in which bytes moved");
    let (transmission, shares) = heard();
    let timed = Transmission { timeout: Some(Duration::from_millis(45)), ..transmission };
    assert!(matches!(platform.upload(request(URL), form(file.clone()), timed).await, Exchange::TimedOut));
    assert!(shares.borrow().len() < 3);
    let (transmission, shares) = heard();
    let leaving = platform.upload(request(URL), form(file), transmission);
    poll_until(leaving, || shares.borrow().len() == 1).await;
    assert_eq!(js("signals.map(({ aborted }) => aborted).join()"), "true,true,true");
}

/// Where the test's own server answers whatever it is sent.
fn here() -> String {
    js("new URL('/files', location.href).href").as_string().unwrap()
}

#[wasm_bindgen_test]
async fn bytes_are_seen_going_over_xhr_in_a_page() {
    if !is_page() {
        return;
    }
    run("globalThis.xhrs = 0;");
    let _changed = Changed::new(&[(
        "globalThis",
        "{ XMLHttpRequest: class extends XMLHttpRequest { send(body) { xhrs += 1; super.send(body); } } }",
    )]);
    let file = blob(&vec![7; 3_000_000]);
    let (transmission, shares) = heard();
    let seen = web(Transport::Platform).upload(request(&here()), form(file.clone()), transmission).await;
    let plain = web(Transport::Platform).upload(request(&here()), form(file.clone()), unheard()).await;
    assert_eq!(js("xhrs"), 1);
    assert_eq!(status(&seen), status(&plain), "the same answer");
    let shares = shares.take();
    assert!(
        !shares.is_empty() && shares.is_sorted() && shares.iter().all(|share| *share <= 1.0),
        "{shares:?}"
    );
    // Where it may not be used, fetch is.
    for options in [
        WebOptions { holds_key: true, ..WebOptions::default() },
        WebOptions { credentials: Some(RequestCredentials::Omit), ..WebOptions::default() },
        WebOptions { fetch: script("async () => new Response('{}')"), ..WebOptions::default() },
    ] {
        let (transmission, shares) = heard();
        status(&Web::new(options).upload(request(&here()), form(file.clone()), transmission).await);
        assert!(shares.borrow().is_empty());
    }
    assert_eq!(js("xhrs"), 1);
}

/// An XMLHttpRequest that is answered by `behave`, a function of it.
fn fake_xhr(behave: &str) -> Changed {
    run("globalThis.xhrs = [];");
    let fake = format!(
        "{{ XMLHttpRequest: class {{
             upload = {{}}; status = 429; isAborted = false; sent = []; responseURL = '{URL}';
             response = new Blob(['{{\"id\":7}}']);
             constructor() {{ xhrs.push(this); }}
             open(...args) {{ this.sent.push(...args); }}
             setRequestHeader(...args) {{ this.sent.push(...args); }}
             getAllResponseHeaders() {{ return 'retry-after: 7\\r\\nx-other: a: b\\r\\n'; }}
             abort() {{ this.isAborted = true; }}
             send(body) {{ ({behave})(this, body); }}
           }} }}"
    );
    Changed::new(&[("globalThis", &fake)])
}

#[wasm_bindgen_test]
async fn what_came_over_xhr_is_read_like_any_answer() {
    let upload = || {
        let (transmission, shares) = heard();
        let answer = web(Transport::Platform).upload(request(URL), form(blob(b"kite")), transmission);
        async move { (answer.await, shares.take()) }
    };
    let _changed = fake_xhr(
        "(xhr) => { xhr.upload.onprogress({ loaded: 5, total: 20 }); xhr.upload.onprogress({ loaded: 21, total: 20 });
           xhr.upload.onprogress({ loaded: 1, total: 0 }); xhr.onload(); }",
    );
    let (answer, shares) = upload().await;
    match answer {
        Exchange::Answered { status: 429, retry_after, body: Body::Json { excerpt, .. } } => {
            assert_eq!((retry_after.as_deref(), excerpt.as_str()), (Some("7"), r#"{"id":7}"#));
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(shares, [0.25, 1.0, 0.25], "of the file's own bytes where the platform knows no total");
    assert_eq!(js("xhrs[0].sent.join()"), format!("POST,{URL},x-rivya-client,1"));

    let _changed = fake_xhr("(xhr) => { xhr.responseURL += '?elsewhere'; xhr.onload(); }");
    assert!(matches!(upload().await.0, Exchange::Redirected { status: 429 }));
    let _changed = fake_xhr("(xhr) => xhr.onerror()");
    assert!(matches!(upload().await.0, Exchange::Failed { reason, .. } if reason == "the network failed"));
    let _changed = fake_xhr("(xhr) => xhr.onprogress({ loaded: 24_000_001 })");
    match upload().await.0 {
        Exchange::Answered { body: Body::Other { excerpt }, .. } => {
            assert_eq!(excerpt, "a body longer than any of this API's");
        }
        other => panic!("{other:?}"),
    }
    assert!(js("xhrs[0].isAborted").is_truthy());
    let _changed = fake_xhr("() => { throw new DOMException('no', 'NetworkError'); }");
    assert!(matches!(upload().await.0, Exchange::Failed { reason, .. } if reason == "no"));
}

#[wasm_bindgen_test]
async fn an_upload_over_xhr_that_is_dropped_is_aborted_and_tells_nothing_any_more() {
    let _changed = fake_xhr("(xhr) => xhr.upload.onprogress({ loaded: 1, total: 4 })");
    let (transmission, shares) = heard();
    let leaving = web(Transport::Platform).upload(request(URL), form(blob(b"kite")), transmission);
    poll_until(leaving, || !shares.borrow().is_empty()).await;
    assert!(js("xhrs[0].isAborted").is_truthy());
    run("xhrs[0].upload.onprogress({ loaded: 2, total: 4 });");
    assert_eq!(shares.take(), [0.25]);
    let (transmission, _) = heard();
    let stalling = Transmission { stall: Duration::from_millis(20), ..transmission };
    let platform = web(Transport::Platform);
    let outcome = platform.upload(request(URL), form(blob(b"kite")), stalling).await;
    assert!(matches!(outcome, Exchange::TimedOut) && js("xhrs[1].isAborted").is_truthy());
    assert!(js("xhrs[1].upload").is_instance_of::<js_sys::Object>());
}
