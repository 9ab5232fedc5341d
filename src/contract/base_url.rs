//! Where a client may send its requests.

/// What makes a base URL unfit; the sentence reads on from its name. The parts are those of a URL object, normalised by
/// the platform.
pub fn problem(protocol: &str, host: &str, has_extras: bool, holds_key: bool) -> Option<&'static str> {
    if protocol != "https:" && protocol != "http:" {
        return Some(" must be an https: URL");
    }
    if has_extras {
        return Some(" must have no credentials, query or fragment");
    }
    // A key on plain http is read by everybody on the way (our convention).
    if holds_key && protocol == "http:" && !is_loopback(host) {
        return Some(" must be https: where a key is sent; http: is for loopback only");
    }
    None
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
            assert_eq!(problem(protocol, host, false, true).is_none(), fits, "{protocol}//{host}");
        }
    }

    #[test]
    fn without_a_key_plain_http_is_the_callers_affair() {
        assert_eq!(problem("http:", "intranet", false, false), None);
        assert!(problem("file:", "", false, false).is_some());
        assert!(problem("https:", "rivya.ai", true, false).is_some());
    }
}
