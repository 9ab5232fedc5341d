//! The proxy and the webhooks of the package: what they decide. The `.js` files here carry it out.
//!
//! A request is admitted or not by where it comes from (`origin`) and where it goes (`routes`), its body by what it
//! says of itself (`body`) and by what it asks for (`submission`). Ids are bound to callers (`ids`), in answers too
//! (`answer`, `error_body`). What a caller may use is counted elsewhere, under the keys of `limits`; what a submission
//! takes of that, and gives back, is in `holds`, a conversation with the budget (`transcript`) that JavaScript leads
//! (`metering`). What the proxy answers by itself is in `refusal`.
//!
//! A delivery of the API's is genuine by its signature (`signature`) and fresh by its time (`webhook`), and tells an
//! event (`event`).

mod answer;
mod body;
mod error_body;
mod event;
mod holds;
mod ids;
mod json;
mod limits;
mod metering;
mod origin;
mod refusal;
mod routes;
mod settings;
mod signature;
mod submission;
mod transcript;
mod webhook;

pub use metering::{begins_nothing, next_step};
pub use webhook::open_delivery;

use js_sys::Object;
use wasm_bindgen::prelude::*;

use self::body::Described;
use self::error_body::Known;
use self::ids::Kind;
use self::limits::Counted;
use self::origin::{Admission, Source};
use self::refusal::Refusal;
use self::routes::{NoRoute, Route};
use self::settings::Settings;
use self::submission::Terms;
use crate::contract::base_url::is_loopback;
use crate::contract::generation::Status;
use crate::contract::result_url::{self, Api, Place};
use crate::js::data::{record, set};
use crate::js::handle::Handle;
use crate::js::panic::tell_panics;

#[wasm_bindgen(module = "/src/js/decisions.js")]
extern "C" {
    #[wasm_bindgen(js_name = makeAdmission)]
    fn make_admission(
        origin: Option<&str>,
        refusal: JsValue,
        route: Option<&str>,
        segment: Option<&str>,
        index: u32,
    ) -> Object;

    #[wasm_bindgen(js_name = makeBoundAnswer)]
    fn make_bound_answer(
        text: &str,
        id: Option<&str>,
        has_ended: bool,
        reserved_credits: Option<f64>,
    ) -> Object;
}

/// What one proxy decides. Its arguments come from the package's own JavaScript, which has checked what it was given.
#[wasm_bindgen]
pub struct EdgeRules {
    settings: Settings,
}

#[wasm_bindgen]
impl EdgeRules {
    /// `settings`: what `settings.js` made of `ProxyOptions`. Throws a `TypeError` where they don't fit together.
    #[wasm_bindgen(constructor)]
    pub fn new(settings: Handle) -> Result<EdgeRules, JsValue> {
        tell_panics();
        Ok(EdgeRules { settings: Settings::read(&settings)? })
    }

    /// What a request wants: `{ origin, refusal }`, or `{ origin, route, segment, index }`, where `route` is
    /// `preflight` for one; `origin` is the listed one that the answer names, undefined for our own. Its arguments come
    /// one by one: to read a member costs as much as a rule.
    pub fn admit(
        &self,
        url: &str,
        method: &str,
        origin: Option<String>,
        fetch_site: Option<String>,
        asks_method: Option<String>,
        has_client_header: bool,
    ) -> Object {
        let source =
            Source { origin: origin.as_deref(), fetch_site: fetch_site.as_deref(), has_client_header };
        let admission = origin::admit(routes::origin_of(url), &self.settings.origins, method, source);
        let (listed, refusal) = match admission {
            Admission::Foreign => (None, Some(Refusal::foreign_origin())),
            Admission::NoClientHeader => (None, Some(Refusal::no_client_header())),
            Admission::Same => (None, None),
            Admission::Listed(origin) => (Some(origin), None),
        };
        // A preflight asks for a method of the route; what it is asked with is none of them.
        let asked = asks_method.filter(|_| method == "OPTIONS" && origin.is_some());
        let path = routes::path_of(url);
        let found = routes::find(&self.settings.base_path, path, asked.as_deref().unwrap_or(method));
        let route = match (found, refusal) {
            (Err(NoRoute::NotFound), _) => Err(Refusal::no_route()),
            (_, Some(refusal)) => Err(refusal),
            (Err(NoRoute::MethodNotAllowed { allow }), _) => Err(Refusal::method(allow)),
            (Ok(Route::Result(..)), _) if !self.settings.serves_results => Err(Refusal::no_route()),
            (Ok(_), _) if asked.is_some() => Ok(None),
            (Ok(route), _) => Ok(Some(route)),
        };
        match route {
            Err(refusal) => make_admission(listed, refusal.into_js(), None, None, 0),
            Ok(route) => {
                let (name, segment, index) = parts(route.as_ref());
                make_admission(listed, JsValue::UNDEFINED, Some(name), segment, index)
            }
        }
    }

    /// Why a body is not even read: a refusal, or undefined.
    #[wasm_bindgen(js_name = refuseBody)]
    pub fn refuse_body(
        &self,
        is_upload: bool,
        content_type: Option<String>,
        content_length: Option<String>,
    ) -> JsValue {
        let body =
            Described { content_type: content_type.as_deref(), content_length: content_length.as_deref() };
        let checked = if is_upload {
            body::check_upload(&body, self.settings.max_upload_bytes, self.settings.allows_chunked)
        } else {
            body::check_submission(&body)
        };
        checked.err().map_or(JsValue::UNDEFINED, Refusal::into_js)
    }

    /// `{ body, baseCredits }` of a submission that may be sent, or `{ refusal }`.
    #[wasm_bindgen(js_name = readSubmission)]
    pub fn read_submission(&self, text: &str) -> Object {
        let terms = Terms {
            models: self.settings.models.as_deref(),
            counts_credits: self.settings.counts_credits,
            allows_http: self.settings.allows_http,
            upstream_origin: &self.settings.upstream_origin,
        };
        let read = record();
        match submission::check(text, &terms) {
            Err(message) => set(&read, "refusal", &Refusal::invalid(&message).into_js()),
            Ok(submission) => {
                set(&read, "body", &submission.body.into());
                set(&read, "baseCredits", &submission.base_credits.into());
            }
        }
        read
    }

    /// The API's id behind a caller's; undefined where it is not this caller's. `kind`: `task` or `file`.
    pub fn open(&self, kind: &str, bound: &str, caller: &str) -> Option<String> {
        self.settings.keys.open(kind_of(kind), bound, caller).map(str::to_owned)
    }

    /// The caller's id for one of the API's.
    pub fn bind(&self, kind: &str, id: &str, caller: &str) -> String {
        self.settings.keys.bind(kind_of(kind), id, caller)
    }

    /// An answer of the API with the caller's id in it: `{ text, id, hasEnded, reservedCredits }`; undefined where it
    /// is no JSON object.
    #[wasm_bindgen(js_name = bindAnswer)]
    pub fn bind_answer(&self, text: &str, kind: &str, caller: &str) -> Option<Object> {
        let bound = answer::bind(text, kind_of(kind), &self.settings.keys, caller)?;
        Some(make_bound_answer(
            &bound.text,
            bound.id.as_deref(),
            bound.status.as_deref().is_some_and(|status| Status::parse(status).is_terminal()),
            bound.reserved_credits,
        ))
    }
}

/// Where result `index` of a generation lies, as the API's answer says it.
#[wasm_bindgen(js_name = resultUrl)]
pub fn result_url(text: &str, index: u32) -> Option<String> {
    answer::result_url(text, index)
}

/// Whether a result of such a type may be handed on.
#[wasm_bindgen(js_name = isMedia)]
pub fn is_media(content_type: &str) -> bool {
    body::is_media(content_type)
}

/// An error of the API for its caller; undefined where it is no JSON. `id` and `bound`: the API's id that was asked
/// for, and the caller's for it.
#[wasm_bindgen(js_name = errorFor)]
pub fn error_for(text: &str, id: Option<String>, bound: Option<String>) -> Option<String> {
    let known = id.as_deref().zip(bound.as_deref()).map(|(id, bound)| Known { id, bound });
    error_body::for_caller(text, known)
}

/// Whether a `Content-Length` is a plain number.
#[wasm_bindgen(js_name = isPlainLength)]
pub fn is_plain_length(text: &str) -> bool {
    body::length(Some(text)).is_some()
}

/// Whether a result, or where it redirects to, is fetched. `settings`: those of the proxy, for where the API is.
#[wasm_bindgen(js_name = takesResultUrl)]
pub fn takes_result_url(
    href: &str,
    protocol: &str,
    host: &str,
    has_credentials: bool,
    settings: Handle,
) -> bool {
    let api = Api {
        protocol: &settings.text("protocol"),
        host: &settings.text("host"),
        is_loopback: is_loopback(&settings.text("hostname")),
        in_page: false,
    };
    result_url::problem(&Place { href, protocol, host, has_credentials }, &api).is_none()
}

/// The idempotency key that leaves for a caller's own.
#[wasm_bindgen(js_name = outgoingKey)]
pub fn outgoing_key(caller: &str, key: &str) -> String {
    ids::outgoing_key(caller, key)
}

/// What a submission is counted under: its outgoing key and its body.
#[wasm_bindgen(js_name = submissionId)]
pub fn submission_id(outgoing_key: &str, body: &str) -> String {
    ids::submission_id(outgoing_key, body)
}

/// `{ key, windowMs }` under which something is counted for a caller: `requests` or `places`.
#[wasm_bindgen(js_name = countedUnder)]
pub fn counted_under(name: &str, caller: &str) -> Option<Object> {
    let counted = Counted::parse(name)?;
    let under = record();
    set(&under, "key", &counted.key(caller).into());
    set(&under, "windowMs", &counted.window_ms().into());
    Some(under)
}

/// Longest JSON answer and longest submission that are read, in bytes.
#[wasm_bindgen(js_name = maxBytes)]
pub fn max_bytes(is_submission: bool) -> u32 {
    if is_submission { submission::MAX_BYTES } else { answer::MAX_BYTES }
}

/// The refusal of a body of over `max_bytes`, where only its reading tells.
#[wasm_bindgen(js_name = tooLarge)]
pub fn too_large(max_bytes: f64) -> JsValue {
    Refusal::too_large(max_bytes).into_js()
}

/// The one refusal for every id that is not this caller's.
#[wasm_bindgen(js_name = noSuchId)]
pub fn no_such_id() -> JsValue {
    Refusal::no_such_id().into_js()
}

fn kind_of(kind: &str) -> Kind {
    if kind == "file" { Kind::File } else { Kind::Task }
}

/// A route as JavaScript knows it: its name, its id, and the place in a list; None is a preflight's.
fn parts(route: Option<&Route>) -> (&'static str, Option<&str>, u32) {
    match route {
        None => ("preflight", None, 0),
        Some(Route::Submit) => ("submit", None, 0),
        Some(Route::Upload) => ("upload", None, 0),
        Some(Route::Models) => ("models", None, 0),
        Some(Route::Credits) => ("credits", None, 0),
        Some(Route::Poll(segment)) => ("poll", segment.as_deref(), 0),
        Some(Route::File(segment)) => ("file", segment.as_deref(), 0),
        Some(Route::Result(segment, index)) => ("result", segment.as_deref(), *index),
    }
}
