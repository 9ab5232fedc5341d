//! Uploads over a real connection, in Node, which has servers.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use rivya_wasm::platform::{Answer, Body, Exchange, Form, Method, Platform, Request, Transmission};
use rivya_wasm::web::{JsAnswer, Transport};
use wasm_bindgen_test::wasm_bindgen_test;

use super::scripted::poll_until;
use super::world::{blob, is_page, js, js_of, run, web};

const FILE_BYTES: usize = 6_000_000;

/// Answers with what it was sent; `/length` takes no body without its length, `/early` reads none, `/never` answers
/// none.
const SERVER: &str = "(async () => {
  const { createServer } = process.getBuiltinModule('http');
  globalThis.cut = 0;
  globalThis.began = false;
  globalThis.server = createServer((request, response) => {
    const { headers, url } = request;
    response.on('close', () => { if (!response.writableFinished) cut += 1; });
    const answer = (status, told) => response.writeHead(status, { 'Retry-After': '3' }).end(JSON.stringify(told));
    if (url === '/early') return answer(413, { error: 'too large' });
    const hasLength = headers['content-length'] !== undefined;
    const pieces = [];
    request.on('data', (piece) => { began = true; pieces.push(piece); });
    request.on('end', async () => {
      if (url === '/never') return;
      if (url === '/length' && !hasLength) return answer(411, {});
      const form = await new Response(Buffer.concat(pieces), { headers: { 'Content-Type': headers['content-type'] } })
        .formData();
      const file = form.get('file');
      answer(201, { fields: [...form.keys()].join(), name: file.name, type: file.type, bytes: file.size,
        how: hasLength ? 'whole' : headers['transfer-encoding'], client: headers['x-rivya-client'] });
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${server.address().port}`;
})()";

async fn start() -> String {
    js_of(SERVER).await.as_string().unwrap()
}

fn stop() {
    run("server.closeAllConnections(); server.close();");
}

fn upload(url: String) -> (rivya_wasm::platform::Local<Exchange<JsAnswer>>, Rc<RefCell<Vec<f64>>>) {
    let shares = Rc::<RefCell<Vec<f64>>>::default();
    let told = shares.clone();
    let on_sent: Rc<dyn Fn(f64)> = Rc::new(move |share| told.borrow_mut().push(share));
    let stall = Duration::from_secs(20);
    let transmission = Transmission { timeout: None, stall, unseen: stall, on_sent: Some(on_sent) };
    let fields = vec![("kind", "image".to_owned())];
    let form = Form { fields, file: blob(&vec![7; FILE_BYTES]), file_name: "kite.png".to_owned() };
    let headers = vec![("X-Rivya-Client".to_owned(), "1".to_owned())];
    let request = Request { method: Method::Post, url, headers, body: None, timeout: stall };
    (web(Transport::Platform).upload(request, form, transmission), shares)
}

fn answer(exchange: Exchange<JsAnswer>, expected: u16) -> JsAnswer {
    match exchange {
        Exchange::Answered { status, retry_after, body: Body::Json { answer, .. } } => {
            let is_refused = expected >= 300;
            assert_eq!((status, retry_after.as_deref()), (expected, is_refused.then_some("3")));
            answer
        }
        other => panic!("{other:?}"),
    }
}

#[wasm_bindgen_test]
async fn a_form_arrives_whole_and_its_bytes_are_seen_going() {
    if is_page() {
        return;
    }
    let origin = start().await;
    for (path, how) in [("/", "chunked"), ("/length", "whole"), ("/length", "whole")] {
        let (uploading, shares) = upload([&origin, path].concat());
        let answer = answer(uploading.await, 201);
        let text = |name: &str| answer.text(&[name]).unwrap();
        assert_eq!(
            (text("fields"), text("name"), text("how")),
            ("kind,file".into(), "kite.png".into(), how.into())
        );
        assert_eq!((answer.number(&["bytes"]), text("client")), (Some(FILE_BYTES as f64), "1".into()));
        let shares = shares.take();
        assert!(shares.is_sorted() && (shares.len() > 10 || path == "/length"), "{shares:?}");
    }
    stop();
}

#[wasm_bindgen_test]
async fn an_answer_before_the_body_s_end_is_heard_and_the_rest_is_not_sent() {
    if is_page() {
        return;
    }
    let origin = start().await;
    let (uploading, shares) = upload([&origin, "/early"].concat());
    let answer = answer(uploading.await, 413);
    assert_eq!(answer.text(&["error"]).as_deref(), Some("too large"));
    assert!(shares.take().last().is_none_or(|share| *share < 1.0), "it was not all sent");
    stop();
}

#[wasm_bindgen_test]
async fn a_connection_is_cut_where_its_caller_leaves_or_nobody_is_there() {
    if is_page() {
        return;
    }
    let origin = start().await;
    let (uploading, _) = upload([&origin, "/never"].concat());
    poll_until(uploading, || js("began").is_truthy()).await;
    for _ in 0..1_000 {
        if js("cut") == 1 {
            break;
        }
        web(Transport::Platform).sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(js("cut"), 1);
    stop();
    // A port that was free a moment ago, to which no connection is kept.
    let nobody = js_of(
        "new Promise((resolve) => {
           const server = process.getBuiltinModule('net').createServer().listen(0, '127.0.0.1', () => {
             const { port } = server.address();
             server.close(() => resolve(`http://127.0.0.1:${port}`));
           });
         })",
    );
    match upload(nobody.await.as_string().unwrap()).0.await {
        Exchange::Failed { reason, causes } => {
            assert!(reason.starts_with("fetch failed") && reason.contains("ECONNREFUSED"), "{reason}");
            assert_eq!(causes, ["ECONNREFUSED"]);
        }
        other => panic!("{other:?}"),
    }
}
