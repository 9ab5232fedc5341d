//! Events of a page, as futures.

use std::rc::Rc;

use js_sys::Function;
use wasm_bindgen::prelude::*;
use web_sys::EventTarget;

use super::guarded::guarded;
use super::runtime::{document, hears_events, is_hidden, is_offline};
use crate::futures::signal::Signal;
use crate::platform::Local;

/// Hears an event until it is dropped.
struct Listener {
    target: EventTarget,
    name: &'static str,
    callback: Function,
    /// Kept as long as JavaScript may call it.
    _heard: Closure<dyn FnMut()>,
}

impl Listener {
    /// Raises the signal with each event.
    fn new(target: EventTarget, name: &'static str, signal: &Rc<Signal>) -> Self {
        let signal = signal.clone();
        let heard = Closure::<dyn FnMut()>::new(move || signal.raise());
        let callback = guarded(&heard);
        // A target whose events can't be heard tells none.
        let _ = target.add_event_listener_with_callback(name, &callback);
        Self { target, name, callback, _heard: heard }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let _ = self.target.remove_event_listener_with_callback(self.name, &self.callback);
    }
}

fn globally() -> EventTarget {
    js_sys::global().unchecked_into()
}

/// Ends when the platform says that it is online.
pub(super) fn online() -> Local<()> {
    if !hears_events() {
        return Box::pin(std::future::pending());
    }
    Box::pin(async {
        let signal = Rc::<Signal>::default();
        let _listener = Listener::new(globally(), "online", &signal);
        while is_offline() {
            signal.raised().await;
        }
    })
}

/// Ends when the page comes online, or can be seen again.
pub(super) fn returned() -> Local<()> {
    if !hears_events() {
        return Box::pin(std::future::pending());
    }
    Box::pin(async {
        let (online, seen) = (Rc::<Signal>::default(), Rc::<Signal>::default());
        let _online = Listener::new(globally(), "online", &online);
        let _seen = document().map(|document| Listener::new(document, "visibilitychange", &seen));
        let is_seen = async {
            loop {
                seen.raised().await;
                if !is_hidden() {
                    return;
                }
            }
        };
        crate::futures::race::first(online.raised(), is_seen).await;
    })
}
