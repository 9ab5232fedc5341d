//! What `createClient` was given, and whether it fits together. It holds the key, so it has no `Debug`.

use wasm_bindgen::prelude::*;

use crate::contract::base_url;
use crate::contract::validation::Mode;
use crate::js::arguments::{Checked, settings};
use crate::js::error::{Error, Failure, wrong_argument};

/// A client's options.
pub(crate) struct Config {
    pub settings: Checked,
    /// Without a slash at its end.
    pub base_url: String,
    pub mode: Mode,
    /// Cloudflare's runtime, where no call may be woken by another.
    pub workerd: bool,
}

impl Config {
    /// Reads `ClientOptions`.
    pub fn read(options: &JsValue) -> Result<Self, Error> {
        let settings = settings(options)?;
        let text = |key: &str| settings.string(key).unwrap_or_default();
        let holds_key = settings.flag("holdsKey");
        if holds_key && settings.flag("browser") && !settings.flag("dangerouslyAllowBrowser") {
            return Err(browser_key().into());
        }
        let problem =
            base_url::problem(&text("protocol"), &text("hostname"), settings.flag("hasExtras"), holds_key);
        if let Some(problem) = problem {
            return Err(wrong_argument(&["options.baseUrl", problem]));
        }
        let base_url = text("href");
        Ok(Self {
            base_url,
            mode: mode(settings.string("validation")).unwrap_or(Mode::Strict),
            workerd: settings.flag("workerd"),
            settings,
        })
    }
}

/// The option `validation`.
pub(crate) fn mode(word: Option<String>) -> Option<Mode> {
    Some(match word?.as_str() {
        "off" => Mode::Off,
        "known" => Mode::Known,
        _ => Mode::Strict,
    })
}

#[cold]
fn browser_key() -> Failure {
    Failure::new(
        "browser_key",
        &[
            "A secret key in a page is everybody's key. Keep it on a server of yours and leave `apiKey` out: the client then talks to your \
           proxy at /api/rivya. `dangerouslyAllowBrowser: true` lifts this for tests with keys of no worth.",
        ],
    )
}
