//! What `createClient` was given, as JavaScript has read it (`client-options.js`).

use std::rc::Rc;
use std::time::Duration;

use js_sys::Array;
use wasm_bindgen::prelude::*;
use web_sys::RequestCredentials;

use super::executor;
use crate::client::Settings;
use crate::contract::api_key::{self, Holder};
use crate::contract::base_url::{self, BaseUrl};
use crate::contract::validation::Mode;
use crate::js::error::{failed, wrong_argument};
use crate::js::handle::Handle;
use crate::web::{JsStore, Keep, Transport, Web, WebOptions};

/// A client's platform and settings. Throws `browser_key`, or a `TypeError` for a base URL that is unfit.
pub(super) fn read(given: &Handle) -> Result<(Web, Settings), JsValue> {
    let (is_page, holds_key) = (given.flag("browser"), given.flag("holdsKey"));
    let may_expose_key = given.flag("dangerouslyAllowBrowser");
    if (Holder { holds_key, is_page, may_expose_key }).exposes_key() {
        let message = api_key::exposed_message("apiKey", "dangerouslyAllowBrowser: true");
        return Err(failed("browser_key", &[&message]));
    }
    let (protocol, hostname) = (given.text("protocol"), given.text("hostname"));
    let has_extras = given.flag("hasExtras");
    let url = BaseUrl { protocol: &protocol, hostname: &hostname, has_extras, gets_key: holds_key };
    if let Some(problem) = url.problem() {
        return Err(wrong_argument(&["options.baseUrl", problem]));
    }
    let settings = Settings {
        headers: headers(given),
        account: given.string("account"),
        max_retries: given.amount("maxRetries") as u32,
        timeout: duration(given.amount("timeoutMs")),
        validation: mode(given.string("validation")).unwrap_or(Mode::Strict),
        waits_for_network: given.value("fetch").is_undefined(),
        is_loopback: base_url::is_loopback(&hostname),
        max_concurrent_uploads: given.amount("maxConcurrentUploads") as usize,
        stall: duration(given.amount("stallMs")),
        max_result_bytes: given.amount("maxResultBytes") as u64,
        holds_key,
        is_page,
        ..Settings::new(&given.text("href"))
    };
    let web = Web::new(WebOptions {
        fetch: transport(given, "fetch"),
        download_fetch: transport(given, "downloadFetch"),
        credentials: RequestCredentials::from_js_value(&given.value("credentials")),
        holds_key,
        keep: keep(given.value("store")),
        spawn: executor::spawn,
        is_given_up: executor::is_cancelled,
    });
    Ok((web, settings))
}

fn headers(given: &Handle) -> Vec<(String, String)> {
    let pairs = given.value("headers").dyn_into::<Array>().unwrap_or_default();
    let text = |pair: &Array, index| pair.get(index).as_string().unwrap_or_default();
    pairs
        .iter()
        .filter_map(|pair| pair.dyn_into::<Array>().ok())
        .map(|pair| (text(&pair, 0), text(&pair, 1)))
        .collect()
}

/// Undefined is the platform's own fetch.
fn transport(given: &Handle, name: &str) -> Transport {
    let fetcher = given.value(name);
    if fetcher.is_undefined() { Transport::Platform } else { Transport::Script(fetcher) }
}

/// Null is nowhere, undefined where the platform keeps things.
fn keep(store: JsValue) -> Keep {
    if store.is_undefined() {
        Keep::Default
    } else if store.is_null() {
        Keep::Nowhere
    } else {
        Keep::In(Rc::new(JsStore(store)))
    }
}

/// A number of milliseconds that JavaScript has checked: what is too long for a duration is as long as one can be.
pub(super) fn duration(ms: f64) -> Duration {
    Duration::try_from_secs_f64(ms / 1_000.0).unwrap_or(Duration::MAX)
}

/// The option `validation`.
pub(super) fn mode(word: Option<String>) -> Option<Mode> {
    Some(match word?.as_str() {
        "off" => Mode::Off,
        "known" => Mode::Known,
        _ => Mode::Strict,
    })
}
