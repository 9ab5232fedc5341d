//! Which page may call: the same origin, and those that are listed.

/// What a browser says of where a request comes from.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Source<'a> {
    /// `Origin`; browsers leave it out of GETs within one origin.
    pub origin: Option<&'a str>,
    /// `Sec-Fetch-Site`, which no script can set.
    pub fetch_site: Option<&'a str>,
    /// Whether it carries `X-Rivya-Client`: a form on another site can send a POST, but no header of its own.
    pub has_client_header: bool,
}

/// What follows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Admission<'a> {
    /// The same origin, or no browser.
    Same,
    /// A listed origin: the answer carries CORS headers for it.
    Listed(&'a str),
    /// 403: another origin.
    Foreign,
    /// 403: a POST without the header.
    NoClientHeader,
}

/// Judges a request for `own_origin`. `listed` holds origins as browsers write them.
pub(crate) fn admit<'a>(
    own_origin: &str,
    listed: &[String],
    method: &str,
    source: Source<'a>,
) -> Admission<'a> {
    let admission = match source.origin {
        // Behind a server that ends TLS, our own URL says `http:` where the page's origin says `https:`; the browser
        // knows better.
        Some(origin) if origin == own_origin || source.fetch_site == Some("same-origin") => Admission::Same,
        Some(origin) if listed.iter().any(|allowed| allowed == origin) => Admission::Listed(origin),
        Some(_) => Admission::Foreign,
        None if source.fetch_site == Some("cross-site") => Admission::Foreign,
        None => Admission::Same,
    };
    if admission != Admission::Foreign && method == "POST" && !source.has_client_header {
        return Admission::NoClientHeader;
    }
    admission
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: &str = "https://shop.test";

    fn judged<'a>(
        method: &str,
        origin: Option<&'a str>,
        fetch_site: Option<&'a str>,
        has_client_header: bool,
    ) -> Admission<'a> {
        let listed = ["https://app.test".to_owned()];
        admit(OWN, &listed, method, Source { origin, fetch_site, has_client_header })
    }

    #[test]
    fn the_same_origin_calls_and_so_does_who_is_no_browser() {
        assert_eq!(judged("GET", None, None, false), Admission::Same);
        assert_eq!(judged("GET", Some(OWN), Some("same-origin"), false), Admission::Same);
        assert_eq!(judged("POST", Some(OWN), None, true), Admission::Same);
        assert_eq!(judged("POST", None, None, true), Admission::Same);
    }

    #[test]
    fn behind_a_server_that_ends_tls_the_browser_is_believed() {
        let source = Source {
            origin: Some("https://shop.test"),
            fetch_site: Some("same-origin"),
            has_client_header: true,
        };
        assert_eq!(admit("http://shop.test", &[], "POST", source), Admission::Same);
        assert_eq!(
            admit("http://shop.test", &[], "POST", Source { fetch_site: None, ..source }),
            Admission::Foreign
        );
    }

    #[test]
    fn a_listed_origin_is_named_back_and_any_other_refused() {
        assert_eq!(
            judged("POST", Some("https://app.test"), Some("cross-site"), true),
            Admission::Listed("https://app.test")
        );
        for origin in [
            "https://evil.test",
            "null",
            "https://app.test.evil.test",
            "http://app.test",
            "https://APP.test",
            "",
        ] {
            assert_eq!(judged("GET", Some(origin), None, true), Admission::Foreign, "{origin}");
        }
        assert_eq!(judged("GET", None, Some("cross-site"), true), Admission::Foreign);
    }

    #[test]
    fn a_post_needs_the_header_that_a_form_cannot_send() {
        assert_eq!(judged("POST", Some(OWN), Some("same-origin"), false), Admission::NoClientHeader);
        assert_eq!(judged("POST", Some("https://app.test"), None, false), Admission::NoClientHeader);
        assert_eq!(judged("POST", None, None, false), Admission::NoClientHeader);
        assert_eq!(judged("POST", Some("https://evil.test"), None, false), Admission::Foreign);
    }
}
