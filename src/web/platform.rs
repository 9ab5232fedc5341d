//! The platform that this module runs on.

use std::rc::Rc;
use std::time::Duration;

use super::answer::{self, JsAnswer};
use super::blob::{self, WebBlob};
use super::incoming::{self, WebIncoming};
use super::indexed_db::IndexedDb;
use super::lock::{self, Lock};
use super::memory::Memory;
use super::options::{Keep, WebOptions};
use super::picture::{self, WebPicture};
use super::request::Asked;
use super::runtime::{self, Runtime};
use super::upload::Upload;
use super::url::{Resolved, location_base, resolve};
use super::{event, http, timer, warn};
use crate::contract::value::Value;
use crate::platform::*;

/// The platform that this module runs on.
pub struct Web {
    options: Rc<WebOptions>,
    store: Option<Rc<dyn Store>>,
    runtime: Runtime,
}

impl Web {
    /// The platform as one client uses it. Nothing is asked of it yet: a client may be made where a Worker is loaded.
    pub fn new(mut options: WebOptions) -> Self {
        let store: Option<Rc<dyn Store>> = match std::mem::take(&mut options.keep) {
            Keep::Nowhere => None,
            Keep::In(store) => Some(store),
            Keep::Default if runtime::has_indexed_db() => Some(Rc::new(IndexedDb)),
            Keep::Default => Some(Rc::new(Memory::default())),
        };
        Self { options: Rc::new(options), store, runtime: Runtime::find() }
    }
}

/// Whether this is a page, or a worker of one: a place where a secret key would be everybody's.
pub(crate) fn is_browser() -> bool {
    runtime::is_browser()
}

impl Platform for Web {
    type Answer = JsAnswer;
    type Lock = Lock;
    type Blob = WebBlob;
    type Picture = WebPicture;
    type Incoming = WebIncoming;

    fn monotonic_ms(&self) -> f64 {
        runtime::monotonic_ms()
    }

    fn wall_ms(&self) -> f64 {
        js_sys::Date::now()
    }

    fn date_ms(&self, text: &str) -> f64 {
        js_sys::Date::parse(text)
    }

    fn sleep(&self, delay: Duration) -> Local<()> {
        timer::sleep(delay)
    }

    fn refused_timers(&self) -> u64 {
        timer::refused()
    }

    fn timer_refusal(&self) -> String {
        timer::refusal()
    }

    fn random(&self) -> f64 {
        js_sys::Math::random()
    }

    fn random_bytes(&self) -> [u8; 16] {
        runtime::random_bytes()
    }

    fn exchange(&self, request: Request) -> Local<Exchange<JsAnswer>> {
        let (options, runtime) = (self.options.clone(), self.runtime);
        Box::pin(async move {
            options.unless_given_up().await;
            let asked = Asked::of_api(&request, None, options.credentials, runtime);
            http::exchange(&options.fetch, asked, request.timeout).await
        })
    }

    fn upload(
        &self,
        request: Request,
        form: Form<WebBlob>,
        transmission: Transmission,
    ) -> Local<Exchange<JsAnswer>> {
        let (options, runtime) = (self.options.clone(), self.runtime);
        Box::pin(async move {
            options.unless_given_up().await;
            Upload { options, runtime, request, form, transmission }.send().await
        })
    }

    fn receive(&self, request: ResultRequest) -> Local<Reception<WebIncoming>> {
        let (options, runtime) = (self.options.clone(), self.runtime);
        Box::pin(async move {
            options.unless_given_up().await;
            let is_direct = matches!(request.from, ResultSource::Host { .. });
            let transport = if is_direct { &options.download_fetch } else { &options.fetch };
            incoming::receive(transport, Asked::of_result(&request, options.credentials, runtime)).await
        })
    }

    fn resolve_url(&self, url: &str, base: Option<&str>) -> Option<UrlParts> {
        let base = base.map(str::to_owned).or_else(location_base);
        let Resolved { href, protocol, host, has_credentials, .. } = resolve(url, base.as_deref())?;
        Some(UrlParts { href, protocol, host, has_credentials })
    }

    fn open_blob_url(&self, url: &str) -> Local<Option<WebBlob>> {
        blob::of_url(url)
    }

    fn can_encode(&self) -> bool {
        runtime::has_canvas()
    }

    fn decode(&self, file: &WebBlob) -> Local<Option<WebPicture>> {
        picture::decoded(file)
    }

    fn turn(&self) -> Local<()> {
        timer::turn()
    }

    fn to_json(&self, value: &Value) -> String {
        answer::to_json(value)
    }

    fn parse_json(&self, text: &str) -> Option<Value> {
        answer::parse(text)
    }

    fn store(&self) -> Option<&dyn Store> {
        self.store.as_deref()
    }

    fn lock(&self, name: &str) -> Local<Lock> {
        lock::alone(name)
    }

    fn mark(&self, name: &str) -> Local<Option<Lock>> {
        lock::mark(name)
    }

    fn marks(&self) -> Local<Vec<String>> {
        Box::pin(lock::marks())
    }

    fn is_offline(&self) -> bool {
        // Of the network of a caller's own fetch nobody knows.
        self.options.fetch.is_platform() && runtime::is_offline()
    }

    fn online(&self) -> Local<()> {
        event::online()
    }

    fn is_hidden(&self) -> bool {
        runtime::is_hidden()
    }

    fn returned(&self) -> Local<()> {
        event::returned()
    }

    fn separates_calls(&self) -> bool {
        self.runtime.is_workerd
    }

    fn tells_causes(&self) -> bool {
        self.options.fetch.is_platform() && !self.runtime.is_browser
    }

    fn spawn(&self, task: Local<()>) {
        (self.options.spawn)(task);
    }

    fn warn(&self, about: &str, message: &str) {
        warn::warn(about, message);
    }
}
