//! URLs, as the platform reads them.

use web_sys::Url;

use super::object::{given, global_of};

/// A URL that was taken apart.
pub struct Resolved {
    /// All of it, as the platform writes it.
    pub href: String,
    /// With its colon.
    pub protocol: String,
    /// With its port, where that is not the protocol's own.
    pub host: String,
    /// Without its port.
    pub hostname: String,
    /// Whether it names a user or a password.
    pub has_credentials: bool,
    /// Whether it has a query or a fragment.
    pub has_query: bool,
}

/// A URL, read against another one where it is relative; `None` where it is none.
pub fn resolve(url: &str, base: Option<&str>) -> Option<Resolved> {
    let url = match base {
        Some(base) => Url::new_with_base(url, base),
        None => Url::new(url),
    };
    let url = url.ok()?;
    Some(Resolved {
        href: url.href(),
        protocol: url.protocol(),
        host: url.host(),
        hostname: url.hostname(),
        has_credentials: !url.username().is_empty() || !url.password().is_empty(),
        has_query: !url.search().is_empty() || !url.hash().is_empty(),
    })
}

/// Against what this page reads a relative URL; `None` where there is no page. A worker made from a blob has no path of
/// its own, only an origin.
pub fn location_base() -> Option<String> {
    let text = |object: &str, name: &str| {
        let object = global_of(object);
        given(&object, name).ok()?.as_string().filter(|_| object.is_object())
    };
    let href = text("location", "href").filter(|href| !href.is_empty())?;
    if text("location", "protocol").as_deref() == Some("blob:") {
        return text("location", "origin");
    }
    Some(text("document", "baseURI").unwrap_or(href))
}
