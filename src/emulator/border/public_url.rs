//! What the URLs of results and files may begin with.

use web_sys::Url;

/// What such a URL has to be.
pub(super) const RIGHT: &str = "an absolute http or https URL without credentials, query and fragment";

/// The URL as the platform writes it, without a slash at its end; `None` where it is not [`RIGHT`].
pub(super) fn parse(text: &str) -> Option<String> {
    let url = Url::new(text).ok()?;
    let plain = url.search().is_empty() && url.hash().is_empty();
    let is_open = url.username().is_empty() && url.password().is_empty();
    let is_web = ["http:", "https:"].contains(&url.protocol().as_str());
    (plain && is_open && is_web).then(|| url.href().trim_end_matches('/').to_owned())
}
