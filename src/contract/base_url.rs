//! Where a client may send its requests.

/// A base URL in the parts of a URL object, normalised by the platform.
#[derive(Clone, Copy, Debug)]
pub struct BaseUrl<'a> {
    /// With its colon: `https:`.
    pub protocol: &'a str,
    /// Without a port.
    pub hostname: &'a str,
    /// Whether it has credentials, a query or a fragment.
    pub has_extras: bool,
    /// Whether a key is sent there.
    pub gets_key: bool,
}

impl BaseUrl<'_> {
    /// What makes it unfit; the sentence reads on from its name.
    pub fn problem(&self) -> Option<&'static str> {
        if self.protocol != "https:" && self.protocol != "http:" {
            return Some(" must be an https: URL");
        }
        if self.has_extras {
            return Some(" must have no credentials, query or fragment");
        }
        // A key on plain http is read by everybody on the way (our convention).
        if self.gets_key && self.protocol == "http:" && !is_loopback(self.hostname) {
            return Some(" must be https: where a key is sent; http: is for loopback only");
        }
        None
    }
}

/// Whether a host name, without a port, is this machine by itself.
pub fn is_loopback(host: &str) -> bool {
    let is_ipv4 = host.starts_with("127.") && host.bytes().all(|byte| byte == b'.' || byte.is_ascii_digit());
    is_ipv4 || host == "localhost" || host == "[::1]" || host.ends_with(".localhost")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_travels_on_https_or_stays_on_this_machine() {
        for (protocol, host, fits) in [
            ("https:", "rivya.ai", true),
            ("http:", "rivya.ai", false),
            ("http:", "127.0.0.1", true),
            ("http:", "127.1.2.3", true),
            ("http:", "localhost", true),
            ("http:", "app.localhost", true),
            ("http:", "[::1]", true),
            ("http:", "127.0.0.1.evil.example", false),
            ("http:", "127.evil.example", false),
            ("http:", "localhost.evil.example", false),
            ("http:", "notlocalhost", false),
            ("http:", "128.0.0.1", false),
            ("ftp:", "localhost", false),
        ] {
            let url = BaseUrl { protocol, hostname: host, has_extras: false, gets_key: true };
            assert_eq!(url.problem().is_none(), fits, "{protocol}//{host}");
        }
    }

    #[test]
    fn without_a_key_plain_http_is_the_callers_affair() {
        let url = BaseUrl { protocol: "http:", hostname: "intranet", has_extras: false, gets_key: false };
        assert_eq!(url.problem(), None);
        assert!(BaseUrl { protocol: "file:", hostname: "", ..url }.problem().is_some());
        assert!(BaseUrl { has_extras: true, ..url }.problem().is_some());
    }
}
