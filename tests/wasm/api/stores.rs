//! A caller's store in JavaScript, warnings, tasks, and URLs.

use std::cell::Cell;

use rivya_wasm::platform::{Local, Platform, Store, StoreError};
use rivya_wasm::web::{JsStore, Web, WebOptions, location_base, resolve};
use wasm_bindgen_test::wasm_bindgen_test;

use super::world::{Changed, is_page, js, run};

fn failed<T>(why: &str) -> Result<T, StoreError> {
    Err(StoreError(why.to_owned()))
}

#[wasm_bindgen_test]
async fn a_store_is_called_as_the_methods_that_it_has() {
    let store = JsStore(js("new (class {
         #texts = new Map();
         get(key) { return this.#texts.get(key); }
         async set(key, text) { this.#texts.set(key, text); return 'whatever'; }
         delete(key) { return this.#texts.delete(key); }
         async keys() { return [...this.#texts.keys()]; }
       })()"));
    assert_eq!(store.get("a:1").await, Ok(None));
    for key in ["a:1", "a:2", "b:1"] {
        assert_eq!(store.set(key, "kite").await, Ok(()));
    }
    assert_eq!(store.get("a:1").await, Ok(Some("kite".to_owned())));
    assert_eq!(store.delete("a:1").await, Ok(()));
    assert_eq!(store.keys("a:").await, Ok(vec!["a:2".to_owned()]), "whatever it thinks of the prefix");
    assert_eq!(JsStore(js("{ get: () => null }")).get("a").await, Ok(None));
}

#[wasm_bindgen_test]
async fn what_is_no_answer_of_a_store_is_a_failure() {
    for text in ["5", "{}", "[]", "new Proxy({}, { get() { throw new Error('no'); } })"] {
        let store = JsStore(js(&format!("{{ get: async () => ({text}), keys: () => ({text}) }}")));
        assert!(store.get("a").await.is_err(), "{text}");
    }
    for keys in ["'ab'", "[1]", "{ length: 0 }", "undefined", "['a', ,]"] {
        let store = JsStore(js(&format!("{{ keys: async () => ({keys}) }}")));
        assert_eq!(store.keys("").await, failed("keys gave what it should not"), "{keys}");
    }
    let throwing = JsStore(js("{ get() { throw new Error('full'); }, async set() { throw 'shut'; } }"));
    assert_eq!(throwing.get("a").await, failed("full"));
    assert_eq!(throwing.set("a", "b").await, failed("shut"));
    assert!(throwing.delete("a").await.is_err() && JsStore(js("null")).keys("").await.is_err());
}

#[wasm_bindgen_test]
fn a_warning_is_told_once_and_holds_no_key() {
    run("globalThis.told = [];");
    let _changed = Changed::new(&[("console", "{ warn: (message) => told.push(message) }")]);
    let platform = Web::new(WebOptions::default());
    for message in ["the key rvya_sk_0123 is old", "another", "the key rvya_sk_0123 is old"] {
        platform.warn(message, message);
    }
    Web::new(WebOptions::default()).warn("another", "again");
    assert_eq!(js("told.join('; ')"), "the key rvya_sk_… is old; another");
}

thread_local! {
    static SPAWNED: Cell<usize> = const { Cell::new(0) };
}

#[wasm_bindgen_test]
fn tasks_run_where_the_caller_says() {
    let spawn: fn(Local<()>) = |_| SPAWNED.set(SPAWNED.get().saturating_add(1));
    let platform = Web::new(WebOptions { spawn, ..WebOptions::default() });
    platform.spawn(Box::pin(async {}));
    assert_eq!(SPAWNED.get(), 1);
}

#[wasm_bindgen_test]
fn a_url_is_taken_apart_by_the_platform() {
    let _changed = Changed::new(&[("Object.prototype", "{ href: 'https://evil', username: 'evil' }")]);
    let url = resolve("HTTPS://Ada:x@API.example:8443/a/../b?c#d", None).unwrap();
    assert_eq!(url.href, "https://Ada:x@api.example:8443/b?c#d");
    assert_eq!((url.protocol.as_str(), url.host.as_str()), ("https:", "api.example:8443"));
    assert_eq!((url.hostname.as_str(), url.has_credentials, url.has_query), ("api.example", true, true));
    let relative = resolve("../1.png", Some("https://cdn.example/a/b/")).unwrap();
    assert_eq!((relative.href.as_str(), relative.has_query), ("https://cdn.example/a/1.png", false));
    assert!(!relative.has_credentials);
    for (none, base) in [("/1.png", None), ("https://", None), ("//", Some("data:,"))] {
        assert!(resolve(none, base).is_none(), "{none}");
    }
}

#[wasm_bindgen_test]
fn a_page_reads_relative_urls_against_its_base_and_a_script_against_nothing() {
    if is_page() {
        assert_eq!(location_base(), js("document.baseURI").as_string());
        return;
    }
    assert_eq!(location_base(), None);
    let in_worker = |location: &str| {
        let _changed = Changed::new(&[("globalThis", location)]);
        location_base()
    };
    let page = "{ location: { href: 'https://a.example/b', protocol: 'https:' } }";
    assert_eq!(in_worker(page).as_deref(), Some("https://a.example/b"));
    let blob =
        "{ location: { href: 'blob:https://a.example/7', protocol: 'blob:', origin: 'https://a.example' } }";
    assert_eq!(in_worker(blob).as_deref(), Some("https://a.example"));
    assert_eq!(in_worker("{ location: undefined }"), None);
}
