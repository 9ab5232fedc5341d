//! Results, piece by piece.

use std::time::Duration;

use rivya_wasm::platform::{Blob, Body, Incoming, Platform, Reception, ResultRequest, ResultSource};
use rivya_wasm::web::{Web, WebIncoming, WebOptions};
use wasm_bindgen_test::wasm_bindgen_test;

use super::scripted::poll_once;
use super::world::{js, run, script, web};

const RESULT: &str = "https://cdn.example/1.png";

fn from_host(follows_redirects: bool) -> ResultRequest {
    ResultRequest { url: RESULT.to_owned(), from: ResultSource::Host { follows_redirects } }
}

async fn receive(fetch: &str) -> Result<WebIncoming, String> {
    match web(script(fetch)).receive(from_host(true)).await {
        Reception::Answered(incoming) => Ok(incoming),
        Reception::Failed { reason } => Err(reason),
    }
}

async fn whole(incoming: &WebIncoming) -> Result<usize, String> {
    let mut pieces = Vec::new();
    while incoming.next().await? {
        pieces.push(incoming.received_bytes());
    }
    Ok(pieces.len())
}

#[wasm_bindgen_test]
async fn a_host_is_asked_without_anything_of_the_client_s_and_the_proxy_like_the_api() {
    run("globalThis.asked = [];
         globalThis.asking = (who) => async (url, init) => {
           const { signal, headers = [], ...rest } = init;
           asked.push(JSON.stringify([who, url, rest, [...headers]]));
           return new Response('kite');
         };");
    let platform = Web::new(WebOptions {
        fetch: script("asking('api')"),
        download_fetch: script("asking('host')"),
        credentials: Some(web_sys::RequestCredentials::Include),
        ..WebOptions::default()
    });
    let headers = vec![("X-Own".to_owned(), "1".to_owned())];
    let from_proxy = ResultRequest { url: RESULT.to_owned(), from: ResultSource::Proxy { headers } };
    for request in [from_host(true), from_host(false), from_proxy] {
        assert!(matches!(platform.receive(request).await, Reception::Answered(_)));
    }
    let cache = if js("'cache' in Request.prototype").is_truthy() { r#","cache":"no-store""# } else { "" };
    let asked = js("asked.join('\\n')").as_string().unwrap();
    let expected = [
        format!(r#"["host","{RESULT}",{{"method":"GET","body":null}},[]]"#),
        format!(r#"["host","{RESULT}",{{"method":"GET","body":null,"redirect":"manual"}},[]]"#),
        format!(
            r#"["api","{RESULT}",{{"method":"GET","body":null,"redirect":"manual","credentials":"include"{cache}}},[["x-own","1"]]]"#
        ),
    ];
    assert_eq!(asked, expected.join("\n"));
}

#[wasm_bindgen_test]
async fn a_result_comes_piece_by_piece_and_only_its_first_bytes_are_copied() {
    run("globalThis.piecesOf = (count, bytes) => new ReadableStream({ pull(controller) {
           const piece = new Uint8Array(bytes + 4).fill(count);
           controller.enqueue(piece.subarray(4));
           if ((count -= 1) === 0) controller.close();
         } }, { highWaterMark: 0 });");
    let fetch = "async () => new Response(piecesOf(20, 1_000_000), { headers: { 'Content-Type': 'image/png', 'X-A': '' } })";
    let incoming = receive(fetch).await.unwrap();
    assert_eq!((incoming.status(), incoming.received_bytes(), incoming.hides_headers()), (200, 0, false));
    assert_eq!(incoming.header("content-type").as_deref(), Some("image/png"));
    assert_eq!((incoming.header("x-none"), incoming.header("x-a").as_deref()), (None, Some("")));
    assert!(incoming.head(16).is_empty());
    assert_eq!(incoming.next().await, Ok(true));
    assert_eq!((incoming.received_bytes(), incoming.head(3)), (1_000_000, vec![20; 3]));
    assert_eq!(incoming.head(1_000_000).len(), 4_096);
    assert_eq!(whole(&incoming).await, Ok(19));
    assert_eq!(incoming.next().await, Ok(false), "and it stays at its end");
    let blob = incoming.blob("image/png");
    assert_eq!((blob.bytes(), blob.declared_type().as_str()), (20_000_000, "image/png"));
    for (at, byte) in [(0, 20), (4_999_999, 16), (5_000_000, 15), (19_999_999, 1)] {
        assert_eq!(blob.slice(at, 20_000_000, "").read(0, 1).await, Some(vec![byte]), "at {at}");
    }
    // The first bytes of small pieces are put together.
    let incoming = receive("async () => new Response(piecesOf(100, 100))").await.unwrap();
    assert_eq!(whole(&incoming).await, Ok(100));
    assert_eq!(
        incoming.head(201).iter().map(|byte| u32::from(*byte)).sum::<u32>(),
        100 * 100 + 100 * 99 + 98
    );
    assert_eq!(incoming.head(9_999).len(), 4_096);
}

#[wasm_bindgen_test]
async fn the_body_of_a_look_alike_without_a_stream_is_taken_whole() {
    let incoming =
        receive("async () => ({ status: 200, blob: async () => new Blob(['kite']) })").await.unwrap();
    assert_eq!((incoming.header("content-type"), whole(&incoming).await), (None, Ok(1)));
    assert_eq!((incoming.received_bytes(), incoming.head(2)), (4, b"ki".to_vec()));
    assert_eq!(incoming.blob("image/png").read(0, 4).await, Some(b"kite".to_vec()));
    let empty = receive("async () => new Response(null)").await.unwrap();
    assert!(whole(&empty).await.is_ok() && empty.received_bytes() == 0);
}

#[wasm_bindgen_test]
async fn whatever_a_body_does_is_told_in_words() {
    for (body, words) in [
        ("blob: async () => 'kite'", "the fetch answered with a body that is no Blob"),
        ("blob: async () => ({ size: 4 })", "the fetch answered with a body that is no Blob"),
        ("", "the fetch answered with something that has no blob()"),
        ("blob() { throw new Error('cut off'); }", "cut off"),
        (
            "body: { getReader: () => ({ read: async () => ({ value: 'kite' }) }) }",
            "the fetch answered with a body that is not made of bytes",
        ),
        ("body: { getReader: () => ({ read() { throw new Error('cut off'); } }) }", "cut off"),
        ("body: { getReader: () => ({ read: async () => { throw new Error('cut off'); } }) }", "cut off"),
    ] {
        let incoming = receive(&format!("async () => ({{ status: 200, {body} }})")).await.unwrap();
        assert_eq!(whole(&incoming).await, Err(words.to_owned()), "{body}");
        assert_eq!(incoming.next().await, Ok(false), "nothing more comes");
    }
    for (fetch, words) in [
        ("async () => { throw new TypeError('Failed to fetch'); }", "Failed to fetch"),
        ("async () => ({ status: 'ok' })", "the fetch answered with something that is no Response"),
    ] {
        assert_eq!(receive(fetch).await.err().as_deref(), Some(words));
    }
}

#[wasm_bindgen_test]
async fn what_a_page_may_not_see_is_told() {
    let cross = receive("async () => ({ status: 200, type: 'cors', headers: new Headers() })").await.unwrap();
    assert!(cross.hides_headers());
    let opaque = receive("async () => ({ status: 0, type: 'opaqueredirect' })").await.unwrap();
    assert_eq!((opaque.status(), opaque.hides_headers()), (0, false));
    let moved = "async () => ({ status: 302, headers: new Headers({ Location: '/2.png' }) })";
    assert_eq!(receive(moved).await.unwrap().header("location").as_deref(), Some("/2.png"));
}

#[wasm_bindgen_test]
async fn what_is_dropped_is_received_no_further() {
    run("globalThis.cancelled = 0; globalThis.signals = [];
         globalThis.stream = () => new ReadableStream({
           pull(controller) { controller.enqueue(new Uint8Array(9)); }, cancel() { cancelled += 1; },
         }, { highWaterMark: 0 });
         globalThis.streaming = async (url, { signal }) => { signals.push(signal); return new Response(stream()); };");
    drop(receive("streaming").await.unwrap());
    assert_eq!(js("cancelled"), 1, "before anything was read");
    let incoming = receive("streaming").await.unwrap();
    assert_eq!(incoming.next().await, Ok(true));
    drop(incoming);
    assert_eq!(js("cancelled"), 2);
    let hanging = receive(
        "async (url, { signal }) => { signals.push(signal); return { status: 200, body: { getReader: () => ({
           read: () => new Promise(() => {}), cancel() { cancelled += 1; } }) } }; }",
    );
    let incoming = hanging.await.unwrap();
    poll_once(incoming.next()).await;
    drop(incoming);
    assert_eq!(js("cancelled"), 3);
    assert_eq!(js("signals.map(({ aborted }) => aborted).join()"), "true,true,true");
    let read = receive("async (url, { signal }) => { signals.push(signal); return new Response('kite'); }");
    let incoming = read.await.unwrap();
    whole(&incoming).await.unwrap();
    drop(incoming);
    assert_eq!(js("signals[3].aborted"), false, "of what was received nothing is aborted");
    let platform =
        web(script("(url, { signal }) => { signals.push(signal); return new Promise(() => {}); }"));
    poll_once(platform.receive(from_host(true))).await;
    platform.sleep(Duration::ZERO).await;
    assert!(js("signals[4].aborted").is_truthy());
}

#[wasm_bindgen_test]
async fn a_refusal_of_the_proxy_is_read_as_the_api_s_json() {
    let refusal = r#"{"error":{"code":"not_found"}}"#;
    let fetch = format!("async () => new Response('{refusal}', {{ status: 404 }})");
    let incoming = receive(&fetch).await.unwrap();
    assert_eq!(incoming.status(), 404);
    match incoming.json().await {
        Body::Json { excerpt, .. } => assert_eq!(excerpt, refusal),
        other => panic!("{other:?}"),
    }
}
