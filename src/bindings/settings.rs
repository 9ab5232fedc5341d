//! Whether what `createClient` was given fits together.

use wasm_bindgen::prelude::*;

use crate::contract::base_url;
use crate::contract::validation::Mode;
use crate::js::error::{Failure, wrong_argument};
use crate::js::handle::Handle;

/// Throws `browser_key`, or a `TypeError` for a base URL that is unfit.
pub(super) fn check(settings: &Handle) -> Result<(), JsValue> {
    let holds_key = settings.flag("holdsKey");
    if holds_key && settings.flag("browser") && !settings.flag("dangerouslyAllowBrowser") {
        return Err(browser_key().into_js());
    }
    let problem = base_url::problem(
        &settings.text("protocol"),
        &settings.text("hostname"),
        settings.flag("hasExtras"),
        holds_key,
    );
    problem.map_or(Ok(()), |problem| Err(wrong_argument(&["options.baseUrl", problem])))
}

/// The option `validation`.
pub(super) fn mode(word: Option<String>) -> Option<Mode> {
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
        &["A secret key in a page is everybody's key. Keep it on a server of yours and leave `apiKey` out: \
             the client then talks to your proxy at /api/rivya. `dangerouslyAllowBrowser: true` lifts this for \
             tests with keys of no worth."],
    )
}
