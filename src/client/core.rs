//! What all requests of one client share.

use std::cell::Cell;
use std::rc::Rc;

use super::settings::Settings;
use super::time::sleep_time;
use crate::futures::turnstile::Turnstile;
use crate::platform::{Method, Platform, Request};
use crate::policy::clock::Moment;
use crate::policy::pacing::Pacing;
use crate::policy::polling::Spacing;

/// The version of this crate, which each POST names.
const VERSION: &str = env!("CARGO_PKG_VERSION");

pub(crate) struct Core<P: Platform> {
    pub(crate) platform: Rc<P>,
    pub(crate) settings: Settings,
    /// After a 429.
    pub(crate) pacing: Cell<Pacing>,
    /// All polls of a client share five places a second.
    pub(crate) spacing: Cell<Spacing>,
    /// After a 429 calls go one by one.
    pub(crate) one_by_one: Turnstile,
    /// And so do uploads among themselves.
    pub(crate) uploads_one_by_one: Turnstile,
    /// Who is next to poll.
    pub(crate) poll_turns: Turnstile,
}

impl<P: Platform> Core<P> {
    pub(crate) fn new(platform: Rc<P>, settings: Settings) -> Self {
        Self {
            platform,
            settings,
            pacing: Cell::default(),
            spacing: Cell::default(),
            one_by_one: Turnstile::new(1),
            uploads_one_by_one: Turnstile::new(1),
            poll_turns: Turnstile::new(1),
        }
    }

    /// Now, by both clocks.
    pub(crate) fn moment(&self) -> Moment {
        Moment { monotonic_ms: self.platform.monotonic_ms(), wall_ms: self.platform.wall_ms() }
    }

    /// Now, by the clock that is never set.
    pub(crate) fn now_ms(&self) -> f64 {
        self.platform.monotonic_ms()
    }

    /// Sleeps until a time of the monotonic clock. A platform may wake sooner: then it sleeps on.
    pub(crate) async fn sleep_until(&self, at_ms: f64) {
        loop {
            let left_ms = at_ms - self.now_ms();
            if left_ms <= 0.0 {
                return;
            }
            self.platform.sleep(sleep_time(left_ms)).await;
        }
    }

    pub(crate) async fn sleep(&self, delay_ms: f64) {
        self.sleep_until(self.now_ms() + delay_ms).await;
    }

    /// A request to the API. A body makes it a POST.
    pub(crate) fn request(&self, path: &str, body: Option<&str>, key: Option<&str>) -> Request {
        let mut headers = self.settings.headers.clone();
        let mut set = |name: &str, value: &str| headers.push((name.to_owned(), value.to_owned()));
        set("Accept", "application/json");
        if let Some(key) = key {
            set("Idempotency-Key", key);
        }
        if body.is_some() {
            set("X-Rivya-Client", VERSION);
            set("Content-Type", "application/json");
        }
        Request {
            method: if body.is_some() { Method::Post } else { Method::Get },
            url: [&self.settings.base_url, path].concat(),
            headers,
            body: body.map(str::to_owned),
            timeout: self.settings.timeout,
        }
    }

    /// A request that brings a form: its own type, with the boundary, the platform sets.
    pub(crate) fn form_request(&self, path: &str) -> Request {
        let mut request = self.request(path, None, None);
        request.method = Method::Post;
        request.headers.push(("X-Rivya-Client".to_owned(), VERSION.to_owned()));
        request
    }
}
