//! Where results lie: read out of a generation, and checked before anything of it is fetched.

use super::failure::Failure;
use super::settings::Settings;
use crate::contract::generation::{MAX_RESULTS, Unfetchable, result_urls};
use crate::contract::path::encode_id;
use crate::contract::result_url::{Api, MAX_REDIRECTS, Place, problem};
use crate::contract::text::shortened;
use crate::platform::{Answer, Platform, UrlParts};

/// How much of an origin an error shows.
const MAX_SHOWN_CHARS: usize = 100;

/// The URLs of a generation's results: `result.urls`, or `result.primary_url` alone where there is no list (contract,
/// section 6). Nothing else of it is read.
///
/// # Errors
///
/// `invalid_option` names what is no URL; `invalid_response` where there are more than are fetched.
pub fn urls_of<A: Answer>(generation: &A) -> Result<Vec<String>, Failure<A>> {
    let url_at = |index: usize| generation.text(&["result", "urls", &index.to_string()]);
    let listed = generation.count(&["result", "urls"]);
    result_urls(listed, url_at, || generation.text(&["result", "primary_url"])).map_err(unfetchable)
}

/// URLs that a caller has read itself, by the same rule.
pub(crate) fn checked_urls<A>(urls: &[String]) -> Result<(), Failure<A>> {
    result_urls(Some(urls.len()), |index| urls.get(index).cloned(), || None).map(drop).map_err(unfetchable)
}

fn unfetchable<A>(why: Unfetchable) -> Failure<A> {
    match why {
        Unfetchable::TooMany => {
            let max = MAX_RESULTS.to_string();
            let message =
                ["generation.result.urls has over ", &max, " URLs: more are not taken, and none was fetched"];
            Failure::new("invalid_response", message.concat())
        }
        Unfetchable::NoUrl { index } => {
            let message =
                ["generation.result.urls[", &index.to_string(), "] must be a URL that is not empty"];
            Failure::new("invalid_option", message.concat())
        }
    }
}

/// One hop on the way to a result.
#[derive(Clone, Copy)]
pub(crate) struct Hop<'a> {
    /// Of `result.urls`.
    pub(crate) index: usize,
    /// How many redirects led there.
    pub(crate) redirects: u32,
    /// The URL that has redirected; what comes first is relative to the page.
    pub(crate) base: Option<&'a str>,
}

/// Who fetches, and whose results.
pub(crate) struct Fetcher<'a, P> {
    platform: &'a P,
    settings: &'a Settings,
    /// The base URL; `None` where it is none, so that no result has its origin.
    api: Option<UrlParts>,
}

impl<'a, P: Platform> Fetcher<'a, P> {
    pub(crate) fn new(platform: &'a P, settings: &'a Settings) -> Self {
        Self { platform, settings, api: platform.resolve_url(&settings.base_url, None) }
    }

    /// A URL as it is fetched.
    pub(crate) fn place_of(&self, url: &str, hop: Hop<'_>) -> Result<String, Failure<P::Answer>> {
        let parts = self.platform.resolve_url(url, hop.base);
        let api = Api {
            protocol: self.api.as_ref().map_or("", |api| &api.protocol),
            host: self.api.as_ref().map_or("", |api| &api.host),
            is_loopback: self.settings.is_loopback,
            in_page: self.settings.is_page,
        };
        match refusal(parts.as_ref(), hop.redirects, &api) {
            None => Ok(parts.map(|parts| parts.href).unwrap_or_default()),
            Some(why) => {
                let how = if hop.redirects == 0 {
                    "] is not fetched: "
                } else {
                    "] redirects, and is not followed: "
                };
                let message = ["generation.result.urls[", &hop.index.to_string(), how, &why].concat();
                Err(Failure::new("invalid_response", message))
            }
        }
    }
}

/// Why a place is not fetched.
fn refusal(parts: Option<&UrlParts>, redirects: u32, api: &Api<'_>) -> Option<String> {
    if redirects > MAX_REDIRECTS {
        return Some(["more than ", &MAX_REDIRECTS.to_string(), " redirects lead nowhere"].concat());
    }
    let Some(UrlParts { href, protocol, host, has_credentials }) = parts else {
        return Some("it is no absolute URL".to_owned());
    };
    let problem = problem(&Place { href, protocol, host, has_credentials: *has_credentials }, api)?;
    // Its path and query may be a secret of the host's.
    let origin = [protocol, "//", host].concat();
    let shown = shortened(&origin, MAX_SHOWN_CHARS);
    Some(["a result's URL ", problem, ", and this one begins with ", shown].concat())
}

/// Where a page may not read a result where it lies, its proxy serves it. Whoever holds a key talks to the API, which
/// has no such route.
pub(crate) fn route_of(settings: &Settings, id: &str, index: usize) -> Option<String> {
    let Settings { base_url, holds_key, is_page, .. } = settings;
    if *holds_key || !is_page {
        return None;
    }
    let segment = encode_id(id)?;
    Some([base_url, "/generations/", &segment, "/results/", &index.to_string()].concat())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::tests::Json;

    const API: Api<'_> = Api { protocol: "https:", host: "rivya.ai", is_loopback: false, in_page: false };

    fn parts(protocol: &str, host: &str, path: &str) -> UrlParts {
        let href = [protocol, "//", host, path].concat();
        UrlParts { href, protocol: protocol.to_owned(), host: host.to_owned(), has_credentials: false }
    }

    #[test]
    fn results_lie_where_the_list_says_or_at_the_primary_url() {
        let read = |result: &str| urls_of(&Json::read(&format!(r#"{{"id":"x","result":{result}}}"#)));
        for (result, urls) in [
            (
                r#"{"urls":["https://a","https://b"],"primary_url":"https://c"}"#,
                &["https://a", "https://b"][..],
            ),
            (r#"{"urls":[],"primary_url":"https://c"}"#, &["https://c"]),
            (r#"{"primary_url":"https://c"}"#, &["https://c"]),
        ] {
            assert_eq!(read(result).unwrap(), urls, "{result}");
        }
        for (result, place) in [
            (r#"{"urls":["https://a",7]}"#, "generation.result.urls[1]"),
            (r#"{"urls":[""]}"#, "generation.result.urls[0]"),
            ("{}", "generation.result.urls[0]"),
            ("null", "generation.result.urls[0]"),
        ] {
            let failure = read(result).unwrap_err();
            assert_eq!(failure.code, "invalid_option", "{result}");
            assert!(failure.message.starts_with(place), "{}", failure.message);
        }
        let many = vec![r#""https://a""#; MAX_RESULTS + 1].join(",");
        assert_eq!(read(&format!(r#"{{"urls":[{many}]}}"#)).unwrap_err().code, "invalid_response");
    }

    #[test]
    fn what_is_not_fetched_is_told_without_its_path() {
        assert_eq!(refusal(Some(&parts("https:", "cdn.example.com", "/1.png")), 0, &API), None);
        assert_eq!(refusal(None, 0, &API).as_deref(), Some("it is no absolute URL"));
        let secret = refusal(Some(&parts("http:", "cdn.example.com", "/1.png?token=7")), 0, &API);
        let expected = "a result's URL must be https:, and this one begins with http://cdn.example.com";
        assert_eq!(secret.as_deref(), Some(expected));
        let long = refusal(Some(&parts("http:", &"a".repeat(500), "/")), 0, &API).unwrap_or_default();
        assert!(long.len() < 250, "{long}");
    }

    #[test]
    fn so_many_redirects_are_followed() {
        let place = parts("https:", "cdn.example.com", "/1.png");
        assert_eq!(refusal(Some(&place), MAX_REDIRECTS, &API), None);
        let told = refusal(Some(&place), MAX_REDIRECTS + 1, &API);
        assert_eq!(told.as_deref(), Some("more than 5 redirects lead nowhere"));
    }

    #[test]
    fn a_page_without_a_key_has_a_proxy_that_may_serve_results() {
        let page = Settings { is_page: true, ..Settings::new("https://shop.example/api/rivya") };
        let route = "https://shop.example/api/rivya/generations/task%2F1/results/2";
        assert_eq!(route_of(&page, "task/1", 2).as_deref(), Some(route));
        for id in ["", ".", ".."] {
            assert_eq!(route_of(&page, id, 0), None);
        }
        assert_eq!(route_of(&Settings { holds_key: true, ..page.clone() }, "task_1", 0), None);
        assert_eq!(route_of(&Settings { is_page: false, ..page }, "task_1", 0), None);
    }
}
