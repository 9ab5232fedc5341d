//! What lies at the URLs of results.

use rivya_wasm::emulator::random::SplitMix64;
use rivya_wasm::platform::UrlParts;
use serde_json::{Value, json};

use super::server::BASE_URL;

/// The longest result that the clients take.
pub const MAX_RESULT_BYTES: u64 = 16_000;
/// The hosts of results beside the API's own.
pub const HOSTS: [&str; 2] = ["https://cdn.rivya-media.com/", "https://eu.rivya-media.com/"];
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";

/// The parts of a URL that is written as the platform's URL object would write it.
pub fn resolve_url(url: &str, base: Option<&str>) -> Option<UrlParts> {
    let href = match (url.split_once("://"), base) {
        (Some(_), _) => url.to_owned(),
        (None, Some(base)) if url.starts_with('/') => {
            let (protocol, rest) = base.split_once("://")?;
            format!("{protocol}://{}{url}", rest.split('/').next()?)
        }
        (None, _) => return None,
    };
    let (protocol, rest) = href.split_once("//")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let (credentials, host) = authority.rsplit_once('@').unwrap_or(("", authority));
    let (protocol, host) = (protocol.to_owned(), host.to_owned());
    let has_credentials = !credentials.is_empty();
    Some(UrlParts { href, protocol, host, has_credentials })
}

/// A number that is always the same for a text.
pub fn hash(text: &str) -> u64 {
    text.bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3))
}

/// Some generations have more results than the emulator makes.
pub fn with_more_results(mut generation: Value) -> Value {
    let id = generation["id"].as_str().unwrap_or_default().to_owned();
    if let Some(urls) = generation["result"]["urls"].as_array_mut()
        && hash(&id).is_multiple_of(3)
    {
        urls.extend((1..=hash(&id) % 8).map(|index| json!(format!("{}{id}/{index}.png", HOSTS[0]))));
    }
    generation
}

/// What a result consists of.
#[derive(Clone, Debug, PartialEq)]
pub struct Wanted {
    pub id: String,
    pub index: usize,
}

impl Wanted {
    /// The result at a URL, which ends with `<id>/<index>.<extension>`.
    pub fn at(url: &str) -> Option<Self> {
        let mut segments = url.rsplit('/');
        let (name, id) = (segments.next()?, segments.next()?);
        Some(Self { id: id.to_owned(), index: name.split('.').next()?.parse().ok()? })
    }

    /// The same behind the proxy's route.
    pub fn behind_route(url: &str) -> Option<Self> {
        let (id, index) =
            url.strip_prefix(BASE_URL)?.strip_prefix("/generations/")?.split_once("/results/")?;
        Some(Self { id: id.to_owned(), index: index.parse().ok()? })
    }

    fn seed(&self) -> u64 {
        hash(&format!("{}/{}", self.id, self.index))
    }

    pub fn is_too_long(&self) -> bool {
        self.seed().is_multiple_of(23)
    }

    pub fn bytes(&self) -> Vec<u8> {
        let mut random = SplitMix64::new(self.seed());
        let longest = MAX_RESULT_BYTES as usize;
        let length =
            if self.is_too_long() { longest + 1 + random.below(9_000) } else { 1 + random.below(longest) };
        let mut bytes = PNG.to_vec();
        bytes.extend((PNG.len()..length).map(|_| random.next_u64() as u8));
        bytes
    }
}
