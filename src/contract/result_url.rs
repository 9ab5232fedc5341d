//! Which URLs of results are fetched. They come from the API, or from whoever answers in its place: taken as they come,
//! they would read this machine's files (`file:` in Bun and Deno) or a service of this network, and hand that over as a
//! picture.

use super::base_url::is_loopback;
use super::public_url::is_public;
use super::text::has;

/// Redirects that are followed from a result's own URL, each judged anew. In a page the browser follows by its own
/// rules.
pub const MAX_REDIRECTS: u32 = 5;

/// A URL, in the parts of a URL object of the platform, which has normalised them.
pub struct Place<'a> {
    /// The whole of it.
    pub href: &'a str,
    /// `"https:"`.
    pub protocol: &'a str,
    /// With the port, where that is not the protocol's own.
    pub host: &'a str,
    /// Whether there is a user name or a password in it.
    pub has_credentials: bool,
}

/// Who fetches, and whose results.
pub struct Api<'a> {
    /// The protocol of the API's base URL.
    pub protocol: &'a str,
    /// Its host, with the port.
    pub host: &'a str,
    /// Whether the API is on this machine: then so may be its results.
    pub is_loopback: bool,
    /// Whether a page fetches. It may not read what its browser keeps from it, and a picture in a company's own network
    /// is the company's affair.
    pub in_page: bool,
}

/// Why a result's URL, or where it redirects to, is not fetched; the sentence reads on from it. `None`: it is fetched.
pub fn problem(place: &Place<'_>, api: &Api<'_>) -> Option<&'static str> {
    let is_http = place.protocol == "http:";
    let is_https = place.protocol == "https:";
    if place.has_credentials {
        return Some("must have no user name or password in it");
    }
    // Compared part by part: `origin` of a `blob:` URL is that of the URL inside it.
    if (is_http || is_https) && place.protocol == api.protocol && place.host == api.host {
        return None;
    }
    // An API on this machine, an emulator most often, may have its results on any port of it.
    let is_local_api = api.is_loopback && api.protocol == "http:";
    if is_local_api && (is_http || is_https) && is_loopback(name_of(place.host)) {
        return None;
    }
    let is_public_http = is_local_api && is_http && is_public(&with_https(place.href));
    if is_public_http {
        return None;
    }
    if !is_https {
        return Some("must be https:");
    }
    if api.in_page || is_public(place.href) {
        return None;
    }
    Some(
        "must lead to a name in public: no address in numbers, no name of one's own network, no other protocol's port",
    )
}

/// A host without its port.
fn name_of(host: &str) -> &str {
    let port = host.rfind(':').filter(|colon| !has(host.get(*colon..).unwrap_or_default(), ']'));
    port.and_then(|colon| host.get(..colon)).unwrap_or(host)
}

/// The same URL, judged as if it were https.
fn with_https(href: &str) -> String {
    ["https", href.strip_prefix("http").unwrap_or_default()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    const RIVYA: Api<'_> = Api { protocol: "https:", host: "rivya.ai", is_loopback: false, in_page: false };
    const LOCAL: Api<'_> =
        Api { protocol: "http:", host: "127.0.0.1:8787", is_loopback: true, in_page: false };

    /// The parts of a URL that is written as a URL object would write it.
    fn is_taken(url: &str, api: &Api<'_>) -> bool {
        let (protocol, rest) = url.split_once("//").unwrap_or((url, ""));
        let authority = rest.split('/').next().unwrap_or_default();
        let (credentials, host) = authority.rsplit_once('@').unwrap_or(("", authority));
        let place = Place { href: url, protocol, host, has_credentials: !credentials.is_empty() };
        problem(&place, api).is_none()
    }

    #[test]
    fn outside_a_page_results_are_public_https() {
        for (url, taken) in [
            ("https://cdn.example.com/1.png", true),
            ("https://cdn.example.com:8443/1.png", true),
            ("https://rivya.ai/results/1.png", true),
            ("http://cdn.example.com/1.png", false),
            ("http://rivya.ai/results/1.png", false),
            ("https://127.0.0.1/1.png", false),
            ("http://127.0.0.1:8787/1.png", false),
            ("https://[::1]/1.png", false),
            ("https://localhost/1.png", false),
            ("https://db.internal/1.png", false),
            ("https://cdn.example.com:6379/1.png", false),
            ("https://user:pw@cdn.example.com/1.png", false),
            ("https://user:pw@rivya.ai/1.png", false),
            ("file:///etc/passwd", false),
            ("ftp://cdn.example.com/1.png", false),
            ("data:image/png;base64,iVBORw0KGgo=", false),
            ("blob:https://rivya.ai/1", false),
        ] {
            assert_eq!(is_taken(url, &RIVYA), taken, "{url}");
        }
    }

    #[test]
    fn the_apis_own_origin_is_always_taken() {
        let bound = Api { host: "api.internal", ..RIVYA };
        assert!(is_taken("https://api.internal/results/1.png", &bound));
        assert!(!is_taken("https://api.internal:444/results/1.png", &bound));
        assert!(!is_taken("https://db.internal/results/1.png", &bound));
        let in_a_lan = Api { protocol: "http:", host: "192.168.1.5:8787", ..RIVYA };
        assert!(is_taken("http://192.168.1.5:8787/results/1.png", &in_a_lan));
        assert!(!is_taken("http://192.168.1.5/results/1.png", &in_a_lan));
        assert!(!is_taken("https://192.168.1.5:8787/results/1.png", &in_a_lan));
        assert!(!is_taken("http://192.168.1.6:8787/results/1.png", &in_a_lan));
    }

    #[test]
    fn an_api_on_loopback_http_may_have_its_results_anywhere_over_http() {
        for (url, taken) in [
            ("http://127.0.0.1:8787/1.png", true),
            ("http://127.0.0.1:9000/1.png", true),
            ("http://localhost:9000/1.png", true),
            ("https://cdn.example.com/1.png", true),
            ("http://user:pw@127.0.0.1:8787/1.png", false),
            ("file:///etc/passwd", false),
            ("data:image/png;base64,iVBORw0KGgo=", false),
            ("blob:http://127.0.0.1:8787/1", false),
        ] {
            assert_eq!(is_taken(url, &LOCAL), taken, "{url}");
            assert_eq!(is_taken(url, &Api { in_page: true, ..LOCAL }), taken, "in a page: {url}");
        }
        // https on loopback can be said of any API; only plain http means development.
        let secure = Api { protocol: "https:", ..LOCAL };
        assert!(!is_taken("http://127.0.0.1:9000/1.png", &secure));
    }

    #[test]
    fn in_a_page_any_https_url_is_taken_and_no_other() {
        let page = Api { host: "shop.example.com", in_page: true, ..RIVYA };
        for (url, taken) in [
            ("https://cdn.example.com/1.png", true),
            ("https://media.corp.internal/1.png", true),
            ("https://192.168.1.5/1.png", true),
            ("http://cdn.example.com/1.png", false),
            ("https://user:pw@cdn.example.com/1.png", false),
            ("blob:https://shop.example.com/1", false),
            ("data:image/png;base64,iVBORw0KGgo=", false),
            ("file:///etc/passwd", false),
            ("javascript:1", false),
        ] {
            assert_eq!(is_taken(url, &page), taken, "{url}");
        }
    }
}
