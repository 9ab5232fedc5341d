//! What other scripts have put on the prototypes that all objects share. Mostly in Node: what drives the browser runs
//! scripts in the page, too, and fails where its own objects seem to have other members.

use std::time::Duration;

use rivya_wasm::api::Client;
use rivya_wasm::contract::value::Value;
use rivya_wasm::platform::*;
use rivya_wasm::web::{IndexedDb, JsStore, Transport, Web, WebBlob, WebIncoming, WebOptions, location_base};
use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;

use super::world::{Changed, URL, blob, exchange, get, is_page, js, js_of, post, run, script, web};

/// Whatever the platform reads of an object of options, and what a look-alike may lack.
const MEMBERS: &str = "globalThis.members = {
  __proto__: null,
  method: 'DELETE', body: 'evil', redirect: 'follow', mode: 'cors', credentials: 'include', cache: 'reload',
  referrer: 'https://evil.example', integrity: 'sha256-x', keepalive: true, signal: new AbortController().signal,
  duplex: 'full', priority: 'low', headers: [['X-Evil', '1']], status: 666, statusText: 'evil', type: 'evil',
  endings: 'native', stream: 'evil', fatal: true, ignoreBOM: true, ifAvailable: 'evil', steal: 'evil', start() {},
  autoAllocateChunkSize: 1, preventCancel: true, min: 9, quality: 0, once: true, passive: true,
  code: 'EVIL', cause: new Error('evil'), errors: [new Error('evil')], text: async () => 'evil', result: 'evil',
};
globalThis.taken = new Set();
globalThis.look = (what, options) => {
  if (typeof options === 'object' && options !== null)
    for (const name of Object.keys(members))
      if (options[name] === members[name]) taken.add(`${what}: ${name}`);
};
// Tells which options a method is handed.
globalThis.spied = (object, name, at) => {
  const original = object[name];
  return { [name](...args) { look(name, args[at]); return original.apply(this, args); } };
};
globalThis.answers = Array.from({ length: 3 }, () => new Response('{\"id\":7}'));
globalThis.fetcher = async (url, init) => { look('fetch', init); return answers.pop(); };
undefined;";

/// Spies on all that takes options, and then changes the prototype of all objects. In a page only by members that no
/// driver of a browser has.
fn spying() -> Vec<Changed> {
    run(MEMBERS);
    run("globalThis.Blobs = Blob;");
    let mut changes = vec![
        ("ReadableStream.prototype", "spied(ReadableStream.prototype, 'getReader', 0)"),
        ("TextDecoder.prototype", "spied(TextDecoder.prototype, 'decode', 1)"),
        ("EventTarget.prototype", "spied(EventTarget.prototype, 'addEventListener', 2)"),
        (
            "globalThis",
            "{ Blob: new Proxy(Blobs, { __proto__: null, construct(Base, args) {
                 look('Blob', args[1]); return Reflect.construct(Base, args); } }) }",
        ),
    ];
    if is_page() {
        run("const { quality, endings, ifAvailable, steal, referrer, keepalive, integrity } = members;
             globalThis.members = { __proto__: null, quality, endings, ifAvailable, steal, referrer, keepalive,
               integrity };");
        changes.push(("LockManager.prototype", "spied(LockManager.prototype, 'request', 1)"));
        changes.push(("OffscreenCanvas.prototype", "spied(OffscreenCanvas.prototype, 'convertToBlob', 0)"));
    }
    changes.push(("Object.prototype", "members"));
    let mut changed: Vec<Changed> = changes.into_iter().map(|change| Changed::new(&[change])).collect();
    // What was changed last is taken back first.
    changed.reverse();
    changed
}

async fn whole(platform: &Web) -> WebIncoming {
    let from = ResultSource::Host { follows_redirects: false };
    match platform.receive(ResultRequest { url: URL.to_owned(), from }).await {
        Reception::Answered(incoming) => {
            while incoming.next().await.unwrap() {}
            incoming
        }
        Reception::Failed { reason } => panic!("{reason}"),
    }
}

#[wasm_bindgen_test]
async fn the_platform_reads_nothing_that_stands_on_a_prototype() {
    let png = if is_page() {
        let canvas = "new OffscreenCanvas(4, 4)";
        run(&format!("globalThis.canvas = {canvas}; canvas.getContext('2d');"));
        Some(WebBlob::new(js_of("canvas.convertToBlob()").await.unchecked_into()))
    } else {
        None
    };
    let file = blob(b"kite");
    let platform = web(script("(url, init) => fetcher(url, init)"));
    let changed = spying();

    for request in [get(), post("[1]")] {
        assert!(matches!(platform.exchange(request).await, Exchange::Answered { status: 200, .. }));
    }
    let incoming = whole(&platform).await;
    let (result, head) = (incoming.blob("image/png"), incoming.head(8));
    let joined = WebBlob::join(vec![Part::Blob(file.clone()), Part::Bytes(b"s".to_vec())]);
    let read = joined.in_memory().await.unwrap().read(0, 9).await;
    let scan = joined.scan();
    let loaded = scan.load(0, 5).await.then(|| scan.at_hand(0, 5)).flatten();
    platform.turn().await;
    platform.sleep(Duration::from_millis(1)).await;
    drop((platform.lock("one").await, platform.mark("many").await, platform.marks().await));
    let mut kept = None;
    if let Some(png) = png {
        let picture = platform.decode(&png).await.unwrap();
        let encoding = Encoding { media_type: "image/png", width: 2, height: 2, quality: 0.5 };
        assert!(picture.encode(&encoding).await.is_some());
        IndexedDb.set("kite", "red").await.unwrap();
        kept = IndexedDb.get("kite").await.unwrap();
        assert_eq!(IndexedDb.keys("kit").await, Ok(vec!["kite".to_owned()]));
    }
    let taken = js("[...taken].join('; ')");

    drop(changed);
    assert_eq!(taken, "");
    assert_eq!((result.bytes(), result.declared_type().as_str()), (8, "image/png"));
    assert_eq!(head, br#"{"id":7}"#);
    assert_eq!((read.as_deref(), loaded.as_deref()), (Some(b"kites".as_slice()), Some(b"kites".as_slice())));
    assert_eq!(kept.is_some(), is_page());
}

#[wasm_bindgen_test]
async fn an_upload_is_counted_whatever_stands_on_a_prototype() {
    if is_page() {
        return;
    }
    run(MEMBERS);
    run("globalThis.Streams = ReadableStream; globalThis.sent = 0;
         globalThis.counting = async (url, init) => {
           look('fetch', init);
           const reader = init.body.getReader();
           for (let piece; !(piece = await reader.read()).done; ) sent += piece.value.length;
           return { __proto__: null, status: 201, text: async () => '{}' };
         };");
    let changed = Changed::new(&[
        ("globalThis", "{ fetch: counting }"),
        (
            "globalThis",
            "{ ReadableStream: new Proxy(Streams, { __proto__: null, construct(Base, args) {
                 // Node makes streams, too.
                 if (new Error().stack.split('\\n')[2].includes('counted.js'))
                   args.forEach((options) => look('ReadableStream', options));
                 return Reflect.construct(Base, args); } }) }",
        ),
    ]);
    let on_sent: std::rc::Rc<dyn Fn(f64)> = std::rc::Rc::new(|_| ());
    let stall = Duration::from_secs(20);
    let transmission = Transmission { timeout: None, stall, unseen: stall, on_sent: Some(on_sent) };
    let fields = vec![("kind", "image".to_owned())];
    let form = Form { fields, file: blob(b"kite"), file_name: "kite.png".to_owned() };
    let request = Request { method: Method::Post, ..get() };
    // Node makes the form's body itself, of which it reads more from a prototype: what is ours alone is changed.
    let ours = Changed::new(&[(
        "Object.prototype",
        "{ __proto__: null, duplex: members.duplex,
        priority: members.priority, cause: members.cause, text: members.text, code: members.code,
        autoAllocateChunkSize: members.autoAllocateChunkSize, redirect: members.redirect }",
    )]);
    let outcome = web(Transport::Platform).upload(request, form, transmission).await;
    let taken = js("[...taken].join('; ')");
    drop(ours);
    drop(changed);
    assert!(matches!(outcome, Exchange::Answered { status: 201, .. }), "{outcome:?}");
    assert_eq!(taken, "");
    assert!(js("sent > 100").is_truthy());
}

#[wasm_bindgen_test]
async fn what_a_look_alike_lacks_no_prototype_gives_it() {
    if is_page() {
        return;
    }
    run(MEMBERS);
    run("globalThis.bare = async () => ({ status: 200, blob: async () => 5 });
         globalThis.none = async () => ({ text: async () => '{}' });
         globalThis.failing = async () => { throw new Error('lost'); };");
    let changed = Changed::new(&[("Object.prototype", "members")]);
    let bare = exchange("bare").await;
    let none = exchange("none").await;
    let failed = exchange("failing").await;
    drop(changed);
    let Exchange::Answered { status: 200, retry_after: None, body: Body::Other { excerpt } } = bare else {
        panic!("{bare:?}")
    };
    assert_eq!(excerpt, "the fetch answered with something that has no text()");
    assert!(matches!(none, Exchange::Failed { .. }), "{none:?}");
    assert!(
        matches!(&failed, Exchange::Failed { reason, causes } if reason == "lost" && causes == &["lost"]),
        "{failed:?}"
    );
}

#[wasm_bindgen_test]
async fn members_of_descriptors_change_nothing() {
    if is_page() {
        return;
    }
    run("globalThis.texts = new Map([['a', 'kite']]);
         globalThis.store = { get: async (key) => texts.get(key) };
         globalThis.answering = async (url, init) => ({ status: 200, text: async () => `\"${init.method}\"` });");
    let changed = Changed::new(&[(
        "Object.prototype",
        "(() => { const evil = () => 'evil';
           return { __proto__: null, get: evil, set: evil, value: 'evil', writable: false, enumerable: false,
             configurable: false }; })()",
    )]);
    let answered = exchange("answering").await;
    let kept = JsStore(js("store")).get("a").await;
    drop(changed);
    assert!(
        matches!(&answered, Exchange::Answered { body: Body::Json { excerpt, .. }, .. } if excerpt == r#""GET""#),
        "{answered:?}"
    );
    assert_eq!(kept, Ok(Some("kite".to_owned())));
}

#[wasm_bindgen_test]
async fn an_answer_s_members_are_its_own() {
    if is_page() {
        return;
    }
    let changed =
        Changed::new(&[("Object.prototype", "{ status: 'evil', length: 7, error: { code: 'evil' } }")]);
    let answered =
        exchange("async () => ({ status: 200, text: async () => '{\"id\":\"task_1\",\"list\":[1]}' })");
    let Exchange::Answered { body: Body::Json { answer, .. }, .. } = answered.await else {
        panic!("it is none")
    };
    let seen = (answer.text(&["id"]), answer.text(&["status"]), answer.text(&["error", "code"]));
    let counts = (answer.count(&["list"]), answer.count(&["id"]), answer.nests_deeper(1));
    drop(changed);
    assert_eq!(seen, (Some("task_1".to_owned()), None, None));
    assert_eq!(counts, (Some(1), None, true));
}

#[wasm_bindgen_test]
fn what_is_written_is_what_was_checked() {
    if is_page() {
        return;
    }
    let platform = web(script("() => undefined"));
    let text = "\u{1}\n\"\\\u{2028}é🪁</script>";
    let value = Value::Record(vec![
        ("\"text\"".to_owned(), Value::String(text.to_owned())),
        (
            "list".to_owned(),
            Value::List(vec![
                Value::Null,
                Value::Bool(true),
                Value::Bool(false),
                Value::Number(-0.0),
                Value::Number(0.1),
                Value::Number(1e21),
                Value::List(vec![]),
                Value::Record(vec![]),
            ]),
        ),
        ("__proto__".to_owned(), Value::String("own".to_owned())),
    ]);
    let to_json = ("{ toJSON: () => 'evil' }", ["Object", "Array", "String", "Number", "Boolean"]);
    let prototypes = to_json.1.map(|class| [class, ".prototype"].concat());
    let changes: Vec<(&str, &str)> = prototypes.iter().map(|object| (object.as_str(), to_json.0)).collect();
    let changed = Changed::new(&changes);
    let written = platform.to_json(&value);
    drop(changed);
    let expected = r#"{"\"text\"":"\u0001\n\"\\ é🪁</script>","list":[null,true,false,0,0.1,1e+21,[],{}],"__proto__":"own"}"#;
    assert_eq!(written, expected.replace(' ', "\u{2028}"));
    let read = platform.parse_json(&written);
    assert_eq!(read.map(|read| platform.to_json(&read)), Some(written));
}

#[wasm_bindgen_test]
fn a_global_that_stands_on_a_prototype_is_none() {
    if is_page() {
        return;
    }
    let changed = Changed::new(&[(
        "Object.prototype",
        "{ document: { hidden: true, baseURI: 'https://evil' }, WebSocketPair: class {}, XMLHttpRequest: class {},
           location: { href: 'https://evil' }, createImageBitmap() {}, OffscreenCanvas: class {}, indexedDB: {} }",
    )]);
    let platform = Web::new(WebOptions::default());
    let told = [platform.separates_calls(), platform.can_encode(), platform.is_hidden()];
    let client = Client::builder().base_url("https://api.example").api_key("rvya_sk_0123456789").build();
    let base = location_base();
    drop(changed);
    assert_eq!(told, [false; 3]);
    assert!(client.is_ok() && base.is_none());
    assert!(platform.tells_causes());
}
