//! Which URLs are public: those that anybody could read. Whoever fetches one on another's word must not be led into its own network.

/// Endings of names that mean this machine or this network; most are those of RFC 6762, appendix G.
const LOCAL: [&str; 10] = [
    "localhost",
    "localdomain",
    "local",
    "internal",
    "intranet",
    "private",
    "corp",
    "home",
    "lan",
    "home.arpa",
];

/// Whether a URL, as its giver wrote it, leads to a name in public over https: no address in numbers, no name of this machine or network, no password. What a
/// name resolves to is not asked. Its last label must be ASCII (`xn--…`): whoever reads `.ｌocal` or `127.0.0.１` makes ASCII of it.
pub(crate) fn is_public(url: &str) -> bool {
    let Some((scheme, rest)) = url.split_once("://") else { return false };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    // Parsers disagree on a backslash, and on what stands before an at sign.
    if !scheme.eq_ignore_ascii_case("https") || authority.contains(['@', '\\', '[', '%']) {
        return false;
    }
    let host = authority.split(':').next().unwrap_or_default().to_ascii_lowercase();
    let host = host.strip_suffix('.').unwrap_or(&host);
    let last = host.rsplit('.').next().unwrap_or_default();
    // A last label in numbers makes the whole an IPv4 address, in each of its forms: `127.1`, `0x7f000001`.
    let is_number = last.starts_with(|first: char| first.is_ascii_digit());
    let is_local = LOCAL
        .iter()
        .any(|name| host.strip_suffix(name).is_some_and(|rest| rest.is_empty() || rest.ends_with('.')));
    let is_plain = |byte: u8| {
        byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.' || byte == b'_' || !byte.is_ascii()
    };
    let has_known_end = !last.is_empty() && last.is_ascii() && !is_number && !is_local;
    host.contains('.') && has_known_end && host.bytes().all(is_plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_public_are_public() {
        for url in [
            "https://cdn.example.com/a.png",
            "HTTPS://A.Example:8443?x#y",
            "https://xn--bcher-kva.example/",
            "https://a_b.example./x",
            "https://bücher.example",
            "https://пример.xn--p1ai/",
            "https://local.example",
            "https://homelan.example",
        ] {
            assert!(is_public(url), "{url}");
        }
    }

    #[test]
    fn what_leads_into_a_network_or_is_none_is_not() {
        for url in [
            "",
            "https://",
            "https:///a",
            "http://a.example",
            "ftp://a.example",
            "//a.example",
            "https:a.example",
            "file:///etc/passwd",
            "https://127.0.0.1/",
            "https://127.1/",
            "https://2130706433/",
            "https://0x7f000001/",
            "https://0x7f.1/",
            "https://169.254.169.254/latest",
            "https://[::1]/",
            "https://[fe80::1]:443/",
            "https://localhost/",
            "https://a.localhost./",
            "https://printer.local/",
            "https://db.internal/x",
            "https://intranet/",
            "https://user:pw@a.example/",
            "https://a.example\\@evil.example/",
            "https://%31%32%37.0.0.1/",
            "https://127.0.0.１/",
            "https://127.0.0.①",
            "https://printer.ｌocal/",
            "https://db.inter\u{ad}nal/",
            "https://a.b。localhost",
            "https://router.lan",
            "https://NAS.Home./",
            "https://localhost.localdomain",
            "https://a..",
            "https://.",
        ] {
            assert!(!is_public(url), "{url}");
        }
    }
}
