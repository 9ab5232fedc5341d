//! Which URLs are public: those that anybody could read. Whoever fetches one on another's word must not be led into a
//! network of their own.

use super::text::has;

/// Names that mean this machine or this network, or nothing at all, and everything below them. The first lines are
/// special by a standard (IANA, Special-Use Domain Names: RFC 2606, 6761, 6762, 7686, 9476, and `.arpa`, whose
/// `home.arpa` is RFC 8375), the last ones are in private use (RFC 6762, appendix G; ICANN for `.internal` and `.mail`)
/// or what home routers call themselves.
const NOT_PUBLIC: [&str; 17] = [
    "alt",
    "arpa",
    "example",
    "invalid",
    "local",
    "localhost",
    "onion",
    "test",
    "corp",
    "home",
    "internal",
    "intranet",
    "lan",
    "localdomain",
    "mail",
    "private",
    "fritz.box",
];

/// Ports of other protocols: the bad ports of the fetch standard (section 2.9), which browsers block by themselves.
#[rustfmt::skip]
const BAD_PORTS: [u16; 83] = [
    0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103,
    104, 109, 110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513,
    514, 515, 526, 530, 531, 532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720,
    1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080,
];
/// Ports of databases and caches, which no picture is served from: SQL Server, Oracle, MySQL, PostgreSQL, Redis,
/// memcached, MongoDB.
const DATABASE_PORTS: [u16; 7] = [1433, 1521, 3306, 5432, 6379, 11211, 27017];

/// Whether a URL, as its giver wrote it, leads to a name in public over https: no address in numbers, no name of this
/// machine or network, no port of another protocol, no password. What a name resolves to is not asked.
pub fn is_public(url: &str) -> bool {
    let Some((scheme, rest)) = url.split_once(':') else { return false };
    let Some(rest) = rest.strip_prefix("//") else { return false };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    // Parsers disagree on a backslash, and on what stands before an at sign.
    if !scheme.eq_ignore_ascii_case("https") || authority.contains(['@', '\\', '[', '%']) {
        return false;
    }
    let (host, port) = authority.split_once(':').unwrap_or((authority, ""));
    is_public_host(&host.to_ascii_lowercase()) && is_public_port(port)
}

/// The last label must be ASCII (`xn--…`): whoever reads `.ｌocal` or `127.0.0.１` makes ASCII of it.
fn is_public_host(host: &str) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host);
    let last = host.rsplit('.').next().unwrap_or_default();
    // A last label in numbers makes the whole an IPv4 address, in each of its forms: `127.1`, `0x7f000001`.
    let is_number = last.starts_with(|first: char| first.is_ascii_digit());
    let is_or_lies_below =
        |name: &&str| host.strip_suffix(name).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    let is_plain = |byte: u8| {
        byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.' || byte == b'_' || !byte.is_ascii()
    };
    has(host, '.')
        && !last.is_empty()
        && last.is_ascii()
        && !is_number
        && !NOT_PUBLIC.iter().any(is_or_lies_below)
        && host.bytes().all(is_plain)
}

/// `port`: what stands behind the colon, if there is one; nothing means the port of https.
fn is_public_port(port: &str) -> bool {
    // `parse` takes a plus sign, too.
    let is_number = port.bytes().all(|byte| byte.is_ascii_digit());
    match port.parse::<u16>() {
        Ok(number) => is_number && !BAD_PORTS.contains(&number) && !DATABASE_PORTS.contains(&number),
        Err(_) => port.is_empty(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_public_are_public() {
        for url in [
            "https://cdn.example.com/a.png",
            "HTTPS://A.Example.com:8443?x#y",
            "https://a.example.com:443/",
            "https://a.example.com:/",
            "https://a.example.com:65535/",
            "https://xn--bcher-kva.example.com/",
            "https://a_b.example.com./x",
            "https://bücher.example.com",
            "https://пример.xn--p1ai/",
            "https://local.example.com",
            "https://127.0.0.1.example.com",
            "https://homelan.com",
            "https://my-test.com:8080",
        ] {
            assert!(is_public(url), "{url}");
        }
    }

    #[test]
    fn what_is_no_https_url_of_a_plain_name_is_not() {
        for url in [
            "",
            "https://",
            "https:///a",
            "http://a.example.com",
            "ftp://a.example.com",
            "//a.example.com",
            "https:a.example.com",
            "file:///etc/passwd",
            "blob:https://a.example.com/1",
            "data:image/png;base64,iVBORw0KGgo=",
            "https://user:pw@a.example.com/",
            "https://user@a.example.com/",
            "https://a.example.com\\@evil.example.com/",
            "https://a..",
            "https://.",
        ] {
            assert!(!is_public(url), "{url}");
        }
    }

    #[test]
    fn no_address_in_numbers_is_public() {
        for host in [
            "127.0.0.1",
            "127.0.0.1.",
            "127.1",
            "2130706433",
            "0x7f000001",
            "0x7f.1",
            "0177.0.0.1",
            "017700000001",
            "0.0.0.0",
            "0",
            "10.0.0.1",
            "100.64.0.1",
            "169.254.169.254",
            "172.16.0.1",
            "192.168.0.1",
            "8.8.8.8",
            "255.255.255.255",
            "[::1]",
            "[::]",
            "[fe80::1]",
            "[fe80::1%25eth0]",
            "[fd00::1]",
            "[::ffff:127.0.0.1]",
            "[::ffff:7f00:1]",
            "[64:ff9b::7f00:1]",
            "[2001:db8::1]",
            "%31%32%37.0.0.1",
            "127.0.0.１",
            "127.0.0.①",
            "１２７.0.0.1",
        ] {
            for url in [["https://", host, "/a"].concat(), ["https://", host, ":443/a"].concat()] {
                assert!(!is_public(&url), "{url}");
            }
        }
    }

    #[test]
    fn no_name_of_this_machine_or_network_or_of_special_use_is_public() {
        for host in [
            "localhost",
            "LOCALHOST",
            "a.localhost.",
            "localhost.localdomain",
            "printer.local",
            "printer.ｌocal",
            "a.b。localhost",
            "db.internal",
            "db.inter\u{ad}nal",
            "metadata.google.internal",
            "intranet",
            "db",
            "com",
            "router.lan",
            "NAS.Home.",
            "box.home.arpa",
            "1.0.0.127.in-addr.arpa",
            "abcdefghijklmnop.onion",
            "name.alt",
            "a.test",
            "a.example",
            "a.invalid",
            "x.corp",
            "x.mail",
            "fritz.box",
        ] {
            for url in [["https://", host, "/a"].concat(), ["https://", host, ":8443"].concat()] {
                assert!(!is_public(&url), "{url}");
            }
        }
    }

    #[test]
    fn no_port_of_another_protocol_is_public() {
        for port in [
            "0",
            "21",
            "22",
            "25",
            "53",
            "110",
            "143",
            "389",
            "587",
            "993",
            "2049",
            "3306",
            "5432",
            "5060",
            "6000",
            "6379",
            "6667",
            "10080",
            "11211",
            "27017",
            "022",
            "65536",
            "4294967739",
            "-1",
            "+443",
            "4 3",
            "x",
            "80:80",
            "４４３",
        ] {
            let url = ["https://a.example.com:", port, "/a"].concat();
            assert!(!is_public(&url), "{url}");
        }
        for port in ["443", "0443", "80", "8080", "8443", "3000", "65535"] {
            let url = ["https://a.example.com:", port, "/a"].concat();
            assert!(is_public(&url), "{url}");
        }
    }
}
