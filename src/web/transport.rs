//! Who answers a request: the platform, or somebody of the caller's.

use std::rc::Rc;

use js_sys::{Object, Promise};
use wasm_bindgen::prelude::*;
use web_sys::RequestInit;

use super::fetch::Fetch;
use super::object::record;
use super::promise::Settling;

#[wasm_bindgen(module = "/src/web/fetch.js")]
extern "C" {
    #[wasm_bindgen(js_name = platformFetch)]
    fn platform_fetch(url: &str, init: &RequestInit, unclaimed: &Object) -> Promise;
    #[wasm_bindgen(js_name = callFetch)]
    fn call_fetch(fetcher: &JsValue, url: &str, init: &RequestInit, unclaimed: &Object) -> Promise;
    #[wasm_bindgen(js_name = giveUpUnclaimed)]
    fn give_up_unclaimed(unclaimed: &Object);
}

/// Where an answer stands between its promise and whoever waits for it. Dropped before that, it is given up: its body
/// would hold its connection.
struct Unclaimed {
    answer: Object,
    is_claimed: bool,
}

impl Drop for Unclaimed {
    fn drop(&mut self) {
        if !self.is_claimed {
            give_up_unclaimed(&self.answer);
        }
    }
}

/// Whatever answers like fetch.
#[derive(Clone, Default)]
pub enum Transport {
    /// The platform's own fetch.
    #[default]
    Platform,
    /// A function of JavaScript's, or an object whose method `fetch` is called. Both are given a URL and an init.
    Script(JsValue),
    /// A caller's in Rust, who is given a Request made of the same.
    Program(Rc<dyn Fetch>),
}

impl Transport {
    pub(super) fn is_platform(&self) -> bool {
        matches!(self, Self::Platform)
    }

    /// What a request is answered with: a Response of the platform's, or a look-alike. The error is what was thrown.
    /// `init` has no prototype.
    pub(super) async fn send(&self, url: &str, init: &RequestInit) -> Result<JsValue, JsValue> {
        let mut unclaimed = Unclaimed { answer: record(), is_claimed: false };
        let asked = match self {
            Self::Platform => platform_fetch(url, init, &unclaimed.answer),
            Self::Script(fetcher) => call_fetch(fetcher, url, init, &unclaimed.answer),
            Self::Program(fetch) => {
                let request = web_sys::Request::new_with_str_and_init(url, init)?;
                return Ok(fetch.fetch(request).await?.into());
            }
        };
        let answered = Settling::of(&asked).await;
        unclaimed.is_claimed = true;
        answered
    }
}
