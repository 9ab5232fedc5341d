//! What a client is made of.

use wasm_bindgen::prelude::*;
use wasm_bindgen_test::wasm_bindgen_test;

use super::client::{set, settings, try_connect};
use super::text;

fn refused(changes: &[(&str, JsValue)]) -> JsValue {
    let settings = settings();
    for (name, value) in changes {
        set(&settings, name, value);
    }
    try_connect(settings).err().unwrap_or_default()
}

#[wasm_bindgen_test]
fn a_key_stays_out_of_pages() {
    let page = [("browser", true.into()), ("holdsKey", true.into())];
    let error = refused(&page);
    assert!(error.is_instance_of::<js_sys::Error>());
    assert_eq!((text(&error, "name").as_str(), text(&error, "code").as_str()), ("RivyaError", "browser_key"));
    assert!(text(&error, "message").contains("leave `apiKey` out"));
    let [browser, holds_key] = page;
    assert!(refused(&[browser.clone(), holds_key, ("dangerouslyAllowBrowser", true.into())]).is_undefined());
    assert!(refused(&[browser]).is_undefined());
}

#[wasm_bindgen_test]
fn a_base_url_that_is_unfit_is_a_wrong_argument() {
    let plain = [("protocol", "http:".into()), ("hostname", "api.example".into())];
    for (changes, message) in [
        (vec![("protocol", "ftp:".into())], "options.baseUrl must be an https: URL"),
        (vec![("hasExtras", true.into())], "options.baseUrl must have no credentials, query or fragment"),
        (
            [&plain[..], &[("holdsKey", true.into())]].concat(),
            "options.baseUrl must be https: where a key is sent",
        ),
    ] {
        let error = refused(&changes);
        assert!(error.is_instance_of::<js_sys::TypeError>(), "{message}");
        assert!(text(&error, "message").starts_with(message), "{}", text(&error, "message"));
    }
    assert!(refused(&plain).is_undefined(), "without a key, plain http is the caller's affair");
}
