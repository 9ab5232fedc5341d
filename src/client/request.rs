//! What is asked for: checked, named, and written as the body of a submission.

use super::failure::Failure;
use crate::contract::fingerprint::fingerprint;
use crate::contract::media_type::MediaKind;
use crate::contract::validation::{self, Checked, Draft, Mode, Reference, Severity, Source};
use crate::contract::value::Value;
use crate::platform::Platform;

/// What `generate` makes (contract, section 5).
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct GenerateRequest {
    /// The model's id.
    pub model: String,
    /// What it shall make.
    pub prompt: Option<String>,
    /// The model's parameters, in the order of the body.
    pub params: Vec<(String, Value)>,
    /// What the model shall look at, where it lies already.
    pub references: Vec<UrlReference>,
    /// An id of your own, which the API shows again.
    pub client_request_id: Option<String>,
}

/// A file that lies at a URL.
#[derive(Clone, Debug)]
pub struct UrlReference {
    /// Its address.
    pub url: String,
    /// Its kind: needed where the model takes several, and the URL has no extension that tells.
    pub kind: Option<MediaKind>,
}

impl GenerateRequest {
    /// A request for a model, with nothing else said.
    pub fn new(model: &str) -> Self {
        Self { model: model.to_owned(), ..Self::default() }
    }
}

/// Checks a request; all that is wrong with it ends the call. Warnings are told the developer.
pub(crate) fn check<P: Platform>(
    platform: &P,
    request: &GenerateRequest,
    mode: Mode,
) -> Result<Checked, Failure<P::Answer>> {
    let references: Vec<Reference> = request
        .references
        .iter()
        .map(|reference| Reference {
            source: Source::Url { url: reference.url.clone() },
            kind: reference.kind,
        })
        .collect();
    let checked = validation::check(
        &Draft {
            model: &request.model,
            prompt: request.prompt.as_deref(),
            params: &request.params,
            references: &references,
            client_request_id: request.client_request_id.as_deref(),
        },
        mode,
    );
    if checked.issues.iter().any(|issue| issue.severity == Severity::Error) {
        return Err(Failure::invalid(checked.issues));
    }
    for issue in &checked.issues {
        platform.warn(&["rivya-wasm: ", &issue.path, ": ", &issue.message].concat());
    }
    Ok(checked)
}

/// Whether two requests are the same, before anything of them is uploaded.
pub(crate) fn digest_of<P: Platform>(platform: &P, request: &GenerateRequest) -> String {
    let references = request.references.iter().map(|reference| {
        Value::List(vec![
            text(&reference.url),
            reference.kind.map_or(Value::Null, |kind| text(kind.as_str())),
        ])
    });
    let parts = vec![
        text(&request.model),
        request.prompt.as_deref().map_or(Value::Null, text),
        Value::Record(request.params.clone()),
        request.client_request_id.as_deref().map_or(Value::Null, text),
        Value::List(references.collect()),
    ];
    fingerprint(&platform.to_json(&Value::List(parts)))
}

/// The body of `POST /generations` (contract, section 5) as text.
pub(crate) fn body_of<P: Platform>(platform: &P, request: &GenerateRequest, checked: Checked) -> String {
    let mut params = checked.params;
    let items = request.references.iter().zip(&checked.kinds).map(|(reference, kind)| {
        let kind = kind.unwrap_or(MediaKind::Image);
        Value::Record(vec![
            ("url".to_owned(), text(&reference.url)),
            ("kind".to_owned(), text(kind.as_str())),
        ])
    });
    let items: Vec<Value> = items.collect();
    if !items.is_empty() {
        params.push(("referenceMediaItems".to_owned(), Value::List(items)));
    }
    let members = [
        ("model", Some(text(&request.model))),
        ("prompt", request.prompt.as_deref().map(text)),
        ("params", Some(Value::Record(params)).filter(|params| params != &Value::Record(Vec::new()))),
        ("client_request_id", request.client_request_id.as_deref().map(text)),
    ];
    let record = members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    platform.to_json(&Value::Record(record.collect()))
}

fn text(text: &str) -> Value {
    Value::String(text.to_owned())
}
