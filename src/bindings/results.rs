//! Results on their way: where they are fetched from, what they may be, and whose word on them counts.

use wasm_bindgen::prelude::*;

use crate::contract::base_url::is_loopback;
use crate::contract::result::{is_about_result, may_bring_result};
use crate::contract::result_url::{Api, MAX_REDIRECTS, Place, problem};
use crate::contract::text::{digits, joined, shortened};
use crate::js::data::{get, get_text};
use crate::js::error::Failure;
use crate::js::handle::Handle;
use crate::media::result::{Received, flaw, plain_length};

/// How much of an origin an error shows.
const MAX_SHOWN_CHARS: usize = 100;

/// Throws `invalid_response` where a result's URL is not fetched, or where it redirects to is not. `index`: of
/// `result.urls`; `redirects`: how many led there; `place`: `{ href, protocol, host, hasCredentials }`, undefined where
/// it is no URL; `settings`: the client's.
#[wasm_bindgen(js_name = checkResultUrl)]
pub fn check_result_url(
    index: u32,
    redirects: u32,
    place: Option<Handle>,
    settings: Handle,
) -> Result<(), JsValue> {
    match refusal(redirects, place.as_ref(), &settings) {
        None => Ok(()),
        Some(why) => {
            let index = digits(index.into());
            let step = if redirects == 0 { " is not fetched: " } else { " redirects, and is not followed: " };
            Err(Failure::new("invalid_response", &["generation.result.urls[", &index, "]", step, &why])
                .into_js())
        }
    }
}

fn refusal(redirects: u32, place: Option<&Handle>, settings: &Handle) -> Option<String> {
    if redirects > MAX_REDIRECTS {
        return Some(joined(&["more than ", &digits(MAX_REDIRECTS.into()), " redirects lead nowhere"]));
    }
    let Some(place) = place else { return Some("it is no absolute URL".to_owned()) };
    let (href, protocol, host) = (place.text("href"), place.text("protocol"), place.text("host"));
    let place = Place {
        href: &href,
        protocol: &protocol,
        host: &host,
        has_credentials: place.flag("hasCredentials"),
    };
    let api = Api {
        protocol: &settings.text("protocol"),
        host: &settings.text("host"),
        is_loopback: is_loopback(&settings.text("hostname")),
        in_page: settings.flag("browser"),
    };
    let problem = problem(&place, &api)?;
    // Its path and query may be a secret of the host's.
    let origin = joined(&[&protocol, "//", &host]);
    Some(joined(&[
        "a result's URL ",
        problem,
        ", and this one begins with ",
        shortened(&origin, MAX_SHOWN_CHARS),
    ]))
}

/// What is wrong with what has come of a result so far; undefined where nothing is. `received`: `{ status, type,
/// length, isEncoded, hidesHeaders, bytes, isWhole, maxBytes }`; `head`: its first bytes, as many as `headBytes` says
/// where there are as many.
#[wasm_bindgen(js_name = resultFlaw)]
pub fn result_flaw(received: Handle, head: &[u8]) -> Option<String> {
    let length =
        plain_length(&received.text("length"), received.flag("isEncoded"), received.flag("hidesHeaders"));
    let content_type = received.text("type");
    let so_far = Received {
        status: received.amount("status") as u16,
        content_type: &content_type,
        length,
        head,
        bytes: received.amount("bytes"),
        is_whole: received.flag("isWhole"),
    };
    flaw(&so_far, received.amount("maxBytes")).map(|flaw| flaw.as_str().to_owned())
}

/// Whether what the proxy's results route answered is the result, or a word about it; else the route may be missing,
/// and what was wrong before counts.
#[wasm_bindgen(js_name = isRouteHeeded)]
pub fn is_route_heeded(answer: Handle) -> bool {
    let Some(status) = answer.number("status").map(|status| status as u16) else { return false };
    if may_bring_result(status) {
        return answer.string("flaw").is_none();
    }
    let error = get(&answer.value("json"), "error");
    is_about_result(status, get_text(&error, "code").as_deref(), get_text(&error, "resource").as_deref())
}
