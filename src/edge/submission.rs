//! The body of `POST /generations`: parsed, checked, and sent on as parsed, so that what was checked is what the API
//! reads.

use super::json;
use crate::contract::catalogue;
use crate::contract::public_url::is_public;
use crate::contract::value::Value;

/// Longest body, in bytes.
pub(crate) const MAX_BYTES: u32 = 256 * 1024;
/// No model id of the API is longer (our convention).
const MAX_MODEL_CHARS: usize = 128;
/// What a submission has (contract, section 5).
const MEMBERS: [&str; 4] = ["model", "prompt", "params", "client_request_id"];

/// A submission that may be sent.
#[derive(Debug, PartialEq)]
pub(crate) struct Submission {
    /// The body, written anew.
    pub body: String,
    /// What the catalogue says that the model costs.
    pub base_credits: Option<u32>,
}

/// What a proxy takes.
pub(crate) struct Terms<'a> {
    /// None: every model.
    pub models: Option<&'a [String]>,
    /// Credits are counted: what a model costs must be known.
    pub counts_credits: bool,
    /// References may be plain http: the API itself is on loopback.
    pub allows_http: bool,
    /// Scheme and host of the API itself: uploaded files may lie there, wherever it is.
    pub upstream_origin: &'a str,
}

/// Checks a body; what is wrong is a message for the envelope's `validation_failed`.
pub(crate) fn check(text: &str, terms: &Terms<'_>) -> Result<Submission, String> {
    let value = serde_json::from_str::<Value>(text)
        .map_err(|_| "The body is no JSON, nests too deep, or has a number that is too large.".to_owned())?;
    if has_duplicates(&value) {
        return Err("The body has a key twice.".to_owned());
    }
    let members = value.as_record().ok_or("The body must be an object.")?;
    if let Some((key, _)) = members.iter().find(|(key, _)| !MEMBERS.contains(&key.as_str())) {
        return Err(
            ["A generation has model, prompt, params and client_request_id, no ", &excerpt(key)].concat()
        );
    }
    let model = value.get("model").and_then(Value::as_str).ok_or("model must be a string.")?;
    if model.is_empty() || model.len() > MAX_MODEL_CHARS {
        return Err("model must be the id of a model.".to_owned());
    }
    for key in ["prompt", "client_request_id"] {
        if value.get(key).is_some_and(|text| text.as_str().is_none()) {
            return Err([key, " must be a string."].concat());
        }
    }
    if value.get("params").is_some_and(|params| params.as_record().is_none()) {
        return Err("params must be an object.".to_owned());
    }
    if terms.models.is_some_and(|models| !models.iter().any(|allowed| allowed == model)) {
        return Err(["The model ", model, " may not be asked for here."].concat());
    }
    let base_credits = catalogue::find(model).and_then(|model| model.base_credits());
    if terms.counts_credits && base_credits.is_none() {
        return Err(["What the model ", model, " costs is not known, and credits are counted here."].concat());
    }
    check_references(&value, terms)?;
    Ok(Submission { body: json::write(&value, text), base_credits })
}

/// References may be public URLs, and the API's own. Whatever else a caller names there, the API would be asked to
/// read.
fn check_references(value: &Value, terms: &Terms<'_>) -> Result<(), String> {
    let Some(items) = value.get("params").and_then(|params| params.get("referenceMediaItems")) else {
        return Ok(());
    };
    let items = items.as_list().ok_or("params.referenceMediaItems must be an array.")?;
    for item in items {
        let url = item
            .get("url")
            .and_then(Value::as_str)
            .ok_or("Each of params.referenceMediaItems needs a url.")?;
        let starts =
            |scheme: &str| url.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme));
        let is_own = url.strip_prefix(terms.upstream_origin).is_some_and(|path| path.starts_with('/'));
        // An API on loopback has its files there, too.
        let is_near = is_own || (terms.allows_http && (starts("http://") || starts("https://")));
        if !is_public(url) && !is_near {
            return Err("A url of params.referenceMediaItems must be https: to a name in public.".to_owned());
        }
    }
    Ok(())
}

/// A key twice in one object is read differently by different parsers: one of them may see another model.
fn has_duplicates(value: &Value) -> bool {
    match value {
        Value::List(items) => items.iter().any(has_duplicates),
        Value::Record(members) => {
            let mut keys: Vec<&str> = members.iter().map(|(key, _)| key.as_str()).collect();
            keys.sort_unstable();
            keys.windows(2).any(|pair| pair.first() == pair.last())
                || members.iter().any(|(_, member)| has_duplicates(member))
        }
        _ => false,
    }
}

fn excerpt(key: &str) -> String {
    key.chars().take(40).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ANY: Terms<'static> = Terms {
        models: None,
        counts_credits: false,
        allows_http: false,
        upstream_origin: "https://api.internal",
    };

    fn refusal(text: &str, terms: &Terms<'_>) -> String {
        check(text, terms).unwrap_err()
    }

    #[test]
    fn what_is_sent_is_what_was_checked() {
        let text = r#" {"model":"nano-banana-2", "prompt":"a \u00e9","params":{"n":5,"x":0.5,"referenceMediaItems":[{"url":"HTTPS://a.example.com/b","kind":"image"}]}} "#;
        let sent = check(text, &ANY).unwrap();
        assert_eq!(
            sent.body,
            r#"{"model":"nano-banana-2","prompt":"a é","params":{"n":5,"x":0.5,"referenceMediaItems":[{"url":"HTTPS://a.example.com/b","kind":"image"}]}}"#
        );
        assert!(sent.base_credits.is_some());
        assert_eq!(check(r#"{"model":"a model of tomorrow"}"#, &ANY).unwrap().base_credits, None);
    }

    #[test]
    fn what_is_no_submission_is_refused_by_name() {
        for (text, part) in [
            ("", "no JSON"),
            ("{\"model\":\"x\"", "no JSON"),
            ("[]", "must be an object"),
            ("{}", "model must be a string"),
            (r#"{"model":7}"#, "model must be a string"),
            (r#"{"model":""}"#, "id of a model"),
            (r#"{"model":"x","prompt":7}"#, "prompt must be"),
            (r#"{"model":"x","params":[]}"#, "params must be"),
            (r#"{"model":"x","files":[]}"#, "no files"),
            (r#"{"model":"x","params":{"referenceMediaItems":{}}}"#, "must be an array"),
            (r#"{"model":"x","params":{"referenceMediaItems":[7]}}"#, "needs a url"),
            (r#"{"model":"x","params":{"referenceMediaItems":[{"url":"http://a"}]}}"#, "must be https:"),
            (
                r#"{"model":"x","params":{"referenceMediaItems":[{"url":"file:///etc/passwd"}]}}"#,
                "must be https:",
            ),
        ] {
            let message = refusal(text, &ANY);
            assert!(message.contains(part), "{text}: {message}");
        }
        assert!(refusal(&"[".repeat(200_000), &ANY).contains("nests too deep"));
    }

    #[test]
    fn a_number_is_sent_as_it_was_written() {
        for number in
            ["9007199254740993", "123456789012345678901234567890", "-0", "1e-400", "0.1234567890123456789"]
        {
            let text = format!(r#"{{"model":"x","params":{{"seed":{number}}}}}"#);
            assert_eq!(check(&text, &ANY).unwrap().body, text);
        }
    }

    #[test]
    fn a_model_hidden_in_a_second_key_is_refused() {
        let models = ["z-image".to_owned()];
        let terms = Terms { models: Some(&models), ..ANY };
        for text in [
            r#"{"model":"z-image","model":"nano-banana-2"}"#,
            r#"{"model":"nano-banana-2","model":"z-image"}"#,
            r#"{"model":"z-image","\u006dodel":"nano-banana-2"}"#,
            r#"{"model":"z-image","params":{"a":1,"a":2}}"#,
        ] {
            assert!(refusal(text, &terms).contains("twice"), "{text}");
        }
        assert!(refusal(r#"{"model":"nano-banana-2"}"#, &terms).contains("may not be asked for"));
        assert!(check(r#"{"model":"z-image"}"#, &terms).is_ok());
    }

    #[test]
    fn where_credits_are_counted_a_models_price_must_be_known() {
        let terms = Terms { counts_credits: true, ..ANY };
        assert!(refusal(r#"{"model":"a model of tomorrow"}"#, &terms).contains("not known"));
        assert!(check(r#"{"model":"nano-banana-2"}"#, &terms).is_ok());
    }

    #[test]
    fn plain_http_is_for_an_api_on_loopback() {
        let text = r#"{"model":"x","params":{"referenceMediaItems":[{"url":"http://127.0.0.1/a.png"}]}}"#;
        assert!(check(text, &Terms { allows_http: true, ..ANY }).is_ok());
    }

    #[test]
    fn a_file_of_the_apis_own_may_be_referred_to_wherever_the_api_is() {
        let refers_to = |url: &str| {
            let text = format!(r#"{{"model":"x","params":{{"referenceMediaItems":[{{"url":"{url}"}}]}}}}"#);
            check(&text, &ANY).is_ok()
        };
        assert!(refers_to("https://api.internal/files/1.png"));
        for url in [
            "https://api.internal",
            "https://api.internal.evil.internal/1.png",
            "https://api.internal@10.0.0.1/1.png",
            "http://api.internal/1.png",
            "https://other.internal/1.png",
        ] {
            assert!(!refers_to(url), "{url}");
        }
    }

    proptest! {
        #[test]
        fn arbitrary_text_is_refused_or_parses_again(text in r#"[\{\}\[\]",:a-z0-9\\ ]{0,60}"#) {
            if let Ok(sent) = check(&text, &ANY) {
                prop_assert_eq!(check(&sent.body, &ANY).unwrap(), sent);
            }
        }
    }
}
