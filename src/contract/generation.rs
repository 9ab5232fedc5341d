//! The state of a generation, and where its results lie.

use super::value::Value;

/// More results of one generation are not fetched (our convention; no model makes more than a few).
pub const MAX_RESULTS: usize = 100;

/// What `status` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// `"queued"`: accepted, not begun.
    Queued,
    /// `"processing"`.
    Processing,
    /// `"succeeded"`: ended, with a result.
    Succeeded,
    /// `"failed"`: ended, perhaps with an error object.
    Failed,
    /// A word that the API may add. It counts as not ended (our convention), within the wait's limit.
    Other,
}

impl Status {
    /// Reads the API's word for it.
    pub fn parse(text: &str) -> Self {
        match text {
            "queued" => Self::Queued,
            "processing" => Self::Processing,
            "succeeded" => Self::Succeeded,
            "failed" => Self::Failed,
            _ => Self::Other,
        }
    }

    /// Whether nothing more will happen.
    pub fn is_terminal(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed)
    }
}

/// The results of a generation, as they stand: `result.urls`, or `result.primary_url` alone where there is no list
/// (contract, section 6). Whether they are URLs is not looked at.
pub fn results(result: &Value) -> &[Value] {
    let list = result.get("urls").and_then(Value::as_list).unwrap_or_default();
    let primary = result.get("primary_url").map(std::slice::from_ref);
    if list.is_empty() { primary.unwrap_or_default() } else { list }
}

/// Why the results of a generation are not fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unfetchable {
    /// There are more than [`MAX_RESULTS`].
    TooMany,
    /// What stands in a place is no URL, or nothing does.
    NoUrl {
        /// Its place in the list.
        index: usize,
    },
}

/// The same rule for what is read piece by piece: `listed` is how long the list is, where there is one, `url_at` the
/// text in a place of it, `primary` the text of `primary_url`.
pub fn result_urls(
    listed: Option<usize>,
    url_at: impl Fn(usize) -> Option<String>,
    primary: impl FnOnce() -> Option<String>,
) -> Result<Vec<String>, Unfetchable> {
    let listed = listed.unwrap_or_default();
    if listed > MAX_RESULTS {
        return Err(Unfetchable::TooMany);
    }
    let found = if listed == 0 { vec![primary()] } else { (0..listed).map(url_at).collect() };
    let urls = found
        .into_iter()
        .enumerate()
        .map(|(index, url)| url.filter(|url| !url.is_empty()).ok_or(Unfetchable::NoUrl { index }));
    urls.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_texts_that_are_not_empty_and_no_more_than_are_taken() {
        let read = |list: Option<&[Option<&str>]>, primary: Option<&str>| {
            let url_at = |index| list.and_then(|list| list.get(index).copied().flatten()).map(str::to_owned);
            result_urls(list.map(<[_]>::len), url_at, || primary.map(str::to_owned))
        };
        let owned = |urls: &[&str]| Ok(urls.iter().map(|url| (*url).to_owned()).collect());
        assert_eq!(read(Some(&[Some("a"), Some("b")]), Some("c")), owned(&["a", "b"]));
        assert_eq!(read(Some(&[]), Some("c")), owned(&["c"]));
        assert_eq!(read(None, Some("c")), owned(&["c"]));
        assert_eq!(read(None, None), Err(Unfetchable::NoUrl { index: 0 }));
        assert_eq!(read(None, Some("")), Err(Unfetchable::NoUrl { index: 0 }));
        assert_eq!(read(Some(&[Some("a"), None]), Some("c")), Err(Unfetchable::NoUrl { index: 1 }));
        assert_eq!(read(Some(&[Some(""), Some("b")]), None), Err(Unfetchable::NoUrl { index: 0 }));
        let many = vec![Some("a"); MAX_RESULTS];
        assert_eq!(read(Some(&many), None).map(|urls| urls.len()), Ok(MAX_RESULTS));
        assert_eq!(read(Some(&[many, vec![None]].concat()), None), Err(Unfetchable::TooMany));
    }

    #[test]
    fn results_are_the_list_or_the_primary_url_alone() {
        for (text, count) in [
            (r#"{"urls":["a","b"],"primary_url":"c"}"#, 2),
            (r#"{"urls":[],"primary_url":"c"}"#, 1),
            (r#"{"urls":"a","primary_url":"c"}"#, 1),
            (r#"{"urls":[]}"#, 0),
            ("null", 0),
        ] {
            assert_eq!(results(&serde_json::from_str(text).unwrap()).len(), count, "{text}");
        }
    }

    #[test]
    fn only_the_two_documented_ends_are_terminal() {
        for (word, status, terminal) in [
            ("queued", Status::Queued, false),
            ("processing", Status::Processing, false),
            ("succeeded", Status::Succeeded, true),
            ("failed", Status::Failed, true),
            ("SUCCESS", Status::Other, false),
            ("cancelled", Status::Other, false),
            ("", Status::Other, false),
        ] {
            assert_eq!(Status::parse(word), status);
            assert_eq!(status.is_terminal(), terminal, "{word}");
        }
    }
}
