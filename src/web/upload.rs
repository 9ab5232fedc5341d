//! An upload, whose bytes are seen going where the platform can show them.

use std::rc::Rc;
use std::time::Duration;

use js_sys::{Function, Object, Promise};
use wasm_bindgen::prelude::*;
use web_sys::{FormData, RequestCredentials};

use super::answer::JsAnswer;
use super::answered::Answered;
use super::blob::WebBlob;
use super::guarded::guarded;
use super::http::{exchange, failed};
use super::options::WebOptions;
use super::promise::Settling;
use super::request::Asked;
use super::runtime::{Runtime, has_xhr};
use super::timer;
use crate::futures::race::{First, first};
use crate::futures::signal::Signal;
use crate::futures::slot::Slot;
use crate::platform::{Blob, Exchange, Form, Local, Request, Transmission};

/// What is called with how many bytes have gone, and of how many, where that is known.
type OnSent = Closure<dyn FnMut(f64, f64)>;

#[wasm_bindgen(module = "/src/web/xhr.js")]
extern "C" {
    #[wasm_bindgen(js_name = sendOverXhr)]
    fn send_over_xhr(url: &str, init: &Object, on_sent: &Function) -> Promise;
}

#[wasm_bindgen(module = "/src/web/counted.js")]
extern "C" {
    #[wasm_bindgen(js_name = sendCounted)]
    fn send_counted(url: &str, init: &Object, on_sent: &Function) -> Promise;
}

const LENGTH_REQUIRED: u16 = 411;

thread_local! {
    /// Servers that take no body without its length, by where they are.
    static NEED_LENGTH: Slot<Vec<String>> = Slot::default();
}

/// How a form travels.
#[derive(Clone, Copy, PartialEq)]
enum Way {
    /// By fetch, which tells nothing of the bytes that go.
    Plain,
    /// By XMLHttpRequest. It follows redirects with our headers, a key among them, and always sends cookies to its own
    /// origin.
    Xhr,
    /// By fetch, as a stream that is counted: in Node, Deno and Bun. Workers count one ten times slower than they pass
    /// it on.
    Counted,
}

impl Way {
    fn of(options: &WebOptions, runtime: Runtime, url: &str) -> Self {
        let needs_length =
            || NEED_LENGTH.with(|urls| urls.with(|urls| urls.iter().any(|known| known == url)));
        let sends_cookies = options.credentials != Some(RequestCredentials::Omit);
        if !options.fetch.is_platform() {
            Self::Plain
        } else if has_xhr() && !options.holds_key && sends_cookies {
            Self::Xhr
        } else if !runtime.is_browser && !runtime.is_workerd && !needs_length() {
            Self::Counted
        } else {
            Self::Plain
        }
    }
}

/// A form with a file on its way to the API.
pub(super) struct Upload {
    pub(super) options: Rc<WebOptions>,
    pub(super) runtime: Runtime,
    pub(super) request: Request,
    pub(super) form: Form<WebBlob>,
    pub(super) transmission: Transmission,
}

impl Upload {
    pub(super) async fn send(self) -> Exchange<JsAnswer> {
        let Some(on_sent) = self.transmission.on_sent.clone() else { return self.plain().await };
        let way = Way::of(&self.options, self.runtime, &self.request.url);
        if way == Way::Plain {
            return self.plain().await;
        }
        let outcome = self.watched(way, on_sent).await;
        if way == Way::Counted && matches!(outcome, Exchange::Answered { status: LENGTH_REQUIRED, .. }) {
            NEED_LENGTH.with(|urls| urls.with(|urls| urls.push(self.request.url.clone())));
            return self.plain().await;
        }
        outcome
    }

    async fn plain(&self) -> Exchange<JsAnswer> {
        let limit = self.transmission.timeout.unwrap_or(self.transmission.unseen);
        exchange(&self.options.fetch, self.asked(), limit).await
    }

    async fn watched(&self, way: Way, on_sent: Rc<dyn Fn(f64)>) -> Exchange<JsAnswer> {
        let (moved, bytes) = (Rc::<Signal>::default(), self.form.file.bytes() as f64);
        let told = moved.clone();
        let on_sent = OnSent::new(move |loaded: f64, total: f64| {
            told.raise();
            let total = if total > 0.0 { total } else { bytes };
            on_sent(if loaded < total { loaded / total } else { 1.0 });
        });
        let told_sent = guarded(&on_sent);
        let send = if way == Way::Xhr { send_over_xhr } else { send_counted };
        let attempt = async {
            let asked = self.asked()?;
            // Its abort is never disarmed: of a body that was answered before its end, nothing more is sent.
            let response = Settling::of(&send(&asked.url, &asked.init, &told_sent)).await?;
            Answered::of(response)?.read(&asked.abort).await
        };
        match first(attempt, overdue(&moved, &self.transmission)).await {
            First::Left(outcome) => outcome.unwrap_or_else(|thrown| failed(&thrown)),
            First::Right(()) => Exchange::TimedOut,
        }
    }

    fn asked(&self) -> Result<Asked, JsValue> {
        Asked::of_api(&self.request, Some(&form_data(&self.form)?), self.options.credentials, self.runtime)
    }
}

/// Ends when no byte has moved for too long, or when all of it takes too long.
async fn overdue(moved: &Signal, transmission: &Transmission) {
    let stalled = async {
        while let First::Left(()) = first(moved.raised(), timer::sleep(transmission.stall)).await {}
    };
    let never = || -> Local<()> { Box::pin(std::future::pending()) };
    first(stalled, transmission.timeout.map_or_else(never, |limit: Duration| timer::sleep(limit))).await;
}

/// The form in the order of the contract (section 7.1). The file goes in as a slice of itself, with its type: one that
/// has changed on disk fails then, while of the file itself other bytes would be sent.
fn form_data(form: &Form<WebBlob>) -> Result<JsValue, JsValue> {
    let data = FormData::new()?;
    for (name, value) in &form.fields {
        data.append_with_str(name, value)?;
    }
    let file = form.file.slice(0, form.file.bytes(), &form.file.declared_type());
    data.append_with_blob_and_filename("file", file.as_blob(), &form.file_name)?;
    Ok(data.into())
}
