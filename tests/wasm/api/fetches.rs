//! A caller's fetch in JavaScript, which may be a look-alike and answer with one.

use std::time::Duration;

use rivya_wasm::platform::{Answer, Body, Exchange, Platform, Request};
use rivya_wasm::web::{Transport, Web, WebOptions};
use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::RequestCredentials;

use super::scripted::{poll_once, poll_until};
use super::world::{URL, exchange, get, js, post, run, script, web};

fn failure(exchange: super::world::Exchange) -> (String, Vec<String>) {
    match exchange {
        Exchange::Failed { reason, causes } => (reason, causes),
        other => panic!("{other:?}"),
    }
}

/// The status, and the JSON or the excerpt.
fn said(exchange: super::world::Exchange) -> (u16, Result<String, String>) {
    match exchange {
        Exchange::Answered { status, body: Body::Json { excerpt, .. }, .. } => (status, Ok(excerpt)),
        Exchange::Answered { status, body: Body::Other { excerpt }, .. } => (status, Err(excerpt)),
        other => panic!("{other:?}"),
    }
}

fn no_response(exchange: super::world::Exchange) {
    let (reason, _) = failure(exchange);
    assert_eq!(reason, "the fetch answered with something that is no Response");
}

#[wasm_bindgen_test]
async fn a_function_is_called_bare_and_an_object_s_fetch_as_its_method_with_what_was_set_and_no_more() {
    run("globalThis.Fetcher = class {
           #calls = [];
           fetch(url, init) { this.#calls.push([url, init]); return new Response('{}'); }
           get calls() { return this.#calls; }
         };
         globalThis.fetcher = new Fetcher();
         globalThis.bare = function (url, init) {
           if (this !== undefined) throw this;
           return fetcher.fetch(url, init);
         };");
    for asked in ["fetcher", "bare"] {
        let options = WebOptions {
            fetch: script(asked),
            credentials: Some(RequestCredentials::Include),
            ..WebOptions::default()
        };
        let platform = Web::new(options);
        assert_eq!(said(platform.exchange(get()).await), (200, Ok("{}".to_owned())));
        assert_eq!(said(platform.exchange(post("[1]")).await), (200, Ok("{}".to_owned())));
    }
    let calls = run("return JSON.stringify(fetcher.calls.map(([url, init]) => ({
           url, bare: Object.getPrototypeOf(init) === null, ...init,
           headers: [...init.headers], signal: init.signal instanceof AbortSignal && !init.signal.aborted,
         })));");
    let cache = if js("'cache' in Request.prototype").is_truthy() { r#","cache":"no-store""# } else { "" };
    let call = |method: &str, body: &str, cache: &str| {
        format!(
            r#"{{"url":"{URL}","bare":true,"method":"{method}","body":{body},"signal":true,"redirect":"manual","headers":[["accept","application/json"]],"credentials":"include"{cache}}}"#
        )
    };
    let both = [call("GET", "null", cache), call("POST", r#""[1]""#, "")];
    assert_eq!(calls.as_string().unwrap(), format!("[{}]", [both.clone(), both].concat().join(",")));
}

#[wasm_bindgen_test]
async fn a_header_that_is_said_twice_is_sent_twice_but_for_what_the_client_accepts() {
    run("globalThis.sent = undefined;");
    let headers = [("Accept", "text/html"), ("X-A", "1"), ("x-a", "2"), ("Accept", "application/json")];
    let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    let platform = web(script("async (url, init) => { sent = init; return new Response('{}'); }"));
    assert_eq!(said(platform.exchange(Request { headers, ..get() }).await).0, 200);
    assert_eq!(js("[...sent.headers].join('; ')"), "accept,application/json; x-a,1, 2");
}

#[wasm_bindgen_test]
async fn the_platform_s_own_fetch_is_asked_by_its_global_name() {
    let _changed = super::world::Changed::new(&[(
        "globalThis",
        "{ async fetch(url, init) { return new Response(JSON.stringify([url, init.method])); } }",
    )]);
    let answered = web(Transport::Platform).exchange(get()).await;
    assert_eq!(said(answered), (200, Ok(format!(r#"["{URL}","GET"]"#))));
}

#[wasm_bindgen_test]
async fn what_is_no_response_is_a_failed_attempt() {
    for answer in
        ["undefined", "null", "5", "'text'", "{}", "{ status: '200' }", "{ status: 200.5 }", "{ status: -1 }"]
    {
        no_response(exchange(&format!("() => ({answer})")).await);
    }
    no_response(exchange("async () => ({ status: 1000, text: async () => '{}' })").await);
    for (fetch, reason) in [
        ("() => { throw new Error('sync'); }", "sync"),
        ("async () => { throw 'a word'; }", "a word"),
        ("async () => { throw null; }", "null"),
        ("async () => { throw { toString() { throw 1; } }; }", "no reason was given"),
        ("async () => ({ get status() { throw new Error('of the status'); } })", "of the status"),
        (
            "async () => ({ status: 503, get headers() { throw new Error('of the headers'); } })",
            "of the headers",
        ),
        ("async () => ({ status: 503, headers: { get() { throw new Error('of get'); } } })", "of get"),
        ("() => ({ get then() { throw new Error('of then'); } })", "of then"),
        ("async () => { throw new Proxy({}, { get() { throw 1; } }); }", "no reason was given"),
    ] {
        assert_eq!(failure(exchange(fetch).await).0, reason, "{fetch}");
    }
    let revoked =
        "(() => { const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); return () => proxy; })()";
    failure(exchange(revoked).await);
}

#[wasm_bindgen_test]
async fn a_failure_is_told_with_all_that_caused_it() {
    let nested = "async () => { throw new TypeError('fetch failed', { cause: new AggregateError([
       Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }), new Error('no route'), undefined,
     ], '') }); }";
    let (reason, causes) = failure(exchange(nested).await);
    assert_eq!(reason, "fetch failed: refused: no route");
    assert_eq!(causes, ["ECONNREFUSED", "no route"]);
    let endless = "async () => { const error = new Error('round'); error.cause = error; throw error; }";
    let (reason, causes) = failure(exchange(endless).await);
    assert_eq!((reason.as_str(), causes.last().map(String::as_str)), ("round", Some("")));
    let crowd =
        "async () => { throw new AggregateError(Array.from({ length: 99 }, () => new Error('one'))); }";
    assert!(failure(exchange(crowd).await).1.len() <= 22);
}

#[wasm_bindgen_test]
async fn a_look_alike_is_read_by_what_it_has() {
    for body in [
        "",
        "body: null,",
        "body: 'text',",
        "body: { pipe() {} },",
        "get body() { throw new Error('of the body'); },",
    ] {
        let fetch = format!("async () => ({{ status: 200, {body} text: async () => '[7]' }})");
        assert_eq!(said(exchange(&fetch).await), (200, Ok("[7]".to_owned())), "{body}");
    }
    for (body, excerpt) in [
        ("", "the fetch answered with something that has no text()"),
        ("text: async () => 7", "a body longer than any of this API's"),
        ("text: async () => { throw new Error('cut off'); }", "cut off"),
        ("text: async () => ''", "an empty body"),
        ("text: async () => '<p>'", "<p>"),
        ("text: async () => ' '.repeat(8_000_001)", "a body longer than any of this API's"),
        (
            "body: { getReader: () => ({ read: async () => ({ value: {} }) }) }",
            "the fetch answered with a body that is not made of bytes",
        ),
        ("body: { getReader: () => ({ read: async () => undefined, cancel: 5 }) }", ""),
    ] {
        let (status, told) = said(exchange(&format!("async () => ({{ status: 500, {body} }})")).await);
        let told = told.unwrap_err();
        assert!(
            status == 500 && if excerpt.is_empty() { !told.is_empty() } else { told == excerpt },
            "{told}"
        );
    }
    let classy = "async () => new (class { get status() { return 200; } text() { return '[1]'; } })()";
    assert_eq!(said(exchange(classy).await), (200, Ok("[1]".to_owned())));
}

#[wasm_bindgen_test]
async fn a_redirect_is_none_that_is_followed_and_its_body_is_given_up() {
    run("globalThis.cancelled = 0;");
    for (answer, status) in [
        ("{ status: 302, body: { cancel() { cancelled += 1; throw new Error('no'); } } }", 302),
        ("{ status: 0, type: 'opaqueredirect', body: { cancel() { cancelled += 1; return 5; } } }", 0),
        ("{ status: 399, get body() { cancelled += 1; throw new Error('no'); } }", 399),
    ] {
        match exchange(&format!("async () => ({answer})")).await {
            Exchange::Redirected { status: told } => assert_eq!(told, status),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(js("cancelled"), 3);
}

#[wasm_bindgen_test]
async fn json_is_read_as_it_was_written_and_cut_off_behind_its_bound() {
    run("globalThis.streamed = (text, pieceBytes) => {
           const bytes = new TextEncoder().encode(text);
           let at = 0;
           return new ReadableStream({ pull(controller) {
             controller.enqueue(bytes.slice(at, at + pieceBytes));
             if ((at += pieceBytes) >= bytes.length) controller.close();
           } }, { highWaterMark: 0 });
         };
         globalThis.seen = 0;
         globalThis.endless = () => new ReadableStream({
           pull(controller) { seen += 65_536; controller.enqueue(new Uint8Array(65_536).fill(32)); },
           cancel() { seen = -seen; },
         }, { highWaterMark: 0 });");
    for bytes in [1, 2, 3, 7] {
        let fetch = format!("async () => new Response(streamed('\\ufeff{{\"text\":\"é絵😀\"}}', {bytes}))");
        match exchange(&fetch).await {
            Exchange::Answered { body: Body::Json { answer, .. }, .. } => {
                assert_eq!(answer.text(&["text"]).as_deref(), Some("é絵😀"));
            }
            other => panic!("{other:?}"),
        }
    }
    let cut = exchange("async () => new Response(endless(), { status: 503 })").await;
    assert_eq!(said(cut), (503, Err("a body longer than any of this API's".to_owned())));
    let seen = js("-seen").as_f64().unwrap();
    assert!((8_000_000.0..8_200_000.0).contains(&seen), "{seen} bytes, and the body is cancelled");
}

#[wasm_bindgen_test]
async fn an_attempt_that_takes_too_long_is_aborted_and_one_that_was_answered_is_not() {
    run("globalThis.signals = [];");
    let never = "(url, { signal }) => { signals.push(signal); return new Promise(() => {}); }";
    let short = Request { timeout: Duration::from_millis(20), ..get() };
    assert!(matches!(web(script(never)).exchange(short).await, Exchange::TimedOut));
    let answers = "async (url, { signal }) => { signals.push(signal); return new Response('{}'); }";
    assert_eq!(said(web(script(answers)).exchange(get()).await).0, 200);
    assert_eq!(js("signals.map(({ aborted }) => aborted).join()"), "true,false");
}

#[wasm_bindgen_test]
async fn an_answer_that_comes_when_its_caller_has_left_is_given_up() {
    run("globalThis.cancelled = 0; globalThis.isAsked = false;
         globalThis.late = new ReadableStream({ cancel() { cancelled += 1; } }, { highWaterMark: 0 });");
    let platform = web(script(
        "() => { isAsked = true; return new Promise((resolve) => (globalThis.answer = resolve)); }",
    ));
    poll_until(platform.exchange(get()), || js("isAsked").is_truthy()).await;
    run("answer(new Response(late));");
    platform.turn().await;
    assert_eq!(js("cancelled"), 1);
    // The same where it leaves while the body is read.
    run("globalThis.stream = new ReadableStream({ pull() { isRead = true; }, cancel() { cancelled += 1; } },
           { highWaterMark: 0 }); globalThis.isRead = false;");
    let platform = web(script("async () => ({ status: 200, body: stream })"));
    let mut asking = Some(platform.exchange(get()));
    while !js("isRead").is_truthy() {
        let asked = asking.as_mut().unwrap();
        std::future::poll_fn(|context| {
            assert!(asked.as_mut().poll(context).is_pending());
            std::task::Poll::Ready(())
        })
        .await;
        platform.turn().await;
    }
    drop(asking.take());
    assert_eq!(js("cancelled"), 2);
    assert!(js("late").is_instance_of::<web_sys::ReadableStream>());
}

#[wasm_bindgen_test]
async fn calls_that_were_left_hold_no_memory_though_their_fetch_never_answers() {
    let platform = web(script("() => new Promise(() => {})"));
    let leave = async |calls: usize| {
        for _ in 0..calls {
            poll_once(platform.exchange(get())).await;
            platform.turn().await;
        }
        wasm_bindgen::memory().unchecked_into::<js_sys::WebAssembly::Memory>().buffer()
    };
    let bytes = |buffer: wasm_bindgen::JsValue| buffer.unchecked_into::<js_sys::ArrayBuffer>().byte_length();
    let before = bytes(leave(500).await);
    let grown = bytes(leave(5_000).await).saturating_sub(before);
    assert!(grown < 200_000, "{grown} bytes");
}
