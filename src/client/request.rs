//! What is asked for: checked, named, and written as the body of a submission.

use super::failure::Failure;
use super::reference::{Fit, Reference, ReferenceSource, UrlReference};
use crate::contract::fingerprint::fingerprint;
use crate::contract::validation::{
    self, Checked, Draft, Issue, Mode, Severity, Source, name_by_place, unknown_field,
};
use crate::contract::value::Value;
use crate::platform::{Blob, Platform};

/// The one parameter that tells of references (contract, section 5).
const MEDIA_ITEMS: &str = "referenceMediaItems";

/// What `generate` makes (contract, section 5), its files being a platform's.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct GenerateRequest<B> {
    /// The model's id.
    pub model: String,
    /// What it shall make.
    pub prompt: Option<String>,
    /// The model's parameters, in the order of the body.
    pub params: Vec<(String, Value)>,
    /// What the model shall look at.
    pub references: Vec<Reference<B>>,
    /// An id of your own, which the API shows again.
    pub client_request_id: Option<String>,
    /// Whether camera, location and other metadata stay in the files. Default false.
    pub keep_metadata: bool,
    /// What becomes of an image that is too large. Default: it is refused.
    pub fit: Fit,
    /// Names that a caller has given and that no request has: left out without a word, a misspelt one would be paid
    /// for all the same.
    pub unknown: Vec<String>,
}

impl<B> Default for GenerateRequest<B> {
    fn default() -> Self {
        Self {
            model: String::new(),
            prompt: None,
            params: Vec::new(),
            references: Vec::new(),
            client_request_id: None,
            keep_metadata: false,
            fit: Fit::Off,
            unknown: Vec::new(),
        }
    }
}

impl<B> GenerateRequest<B> {
    /// A request for a model, with nothing else said.
    pub fn new(model: &str) -> Self {
        Self { model: model.to_owned(), ..Self::default() }
    }

    /// The places of its references in the caller's list.
    pub(crate) fn places(&self) -> Vec<usize> {
        let indices = self.references.iter().enumerate();
        indices.map(|(at, reference)| reference.index.unwrap_or(at)).collect()
    }
}

/// What errors call a reference: by its place in the caller's list.
pub(crate) fn place_of(index: usize) -> String {
    ["references[", &index.to_string(), "]"].concat()
}

/// All that is wrong with a request, before a file of it was looked at.
pub(crate) fn issues_of<B: Blob>(request: &GenerateRequest<B>, mode: Mode) -> Vec<Issue> {
    let references: Vec<validation::Reference> = request
        .references
        .iter()
        .map(|reference| match &reference.source {
            ReferenceSource::File(file) => unseen(file.bytes(), file.declared_type()),
            // Nothing is known of it.
            ReferenceSource::BlobUrl(_) => unseen(1, String::new()),
            ReferenceSource::Item(item) => described(item),
        })
        .collect();
    check(request, &references, mode).issues
}

fn unseen(bytes: u64, declared_type: String) -> validation::Reference {
    let source = Source::File { bytes, media: None, looked_at: false, declared_type };
    validation::Reference { source, kind: None }
}

/// An item as a check of the request has it.
pub(crate) fn described(item: &UrlReference) -> validation::Reference {
    validation::Reference { source: Source::Url { url: item.url.clone() }, kind: item.kind }
}

/// Everything that the catalogue knows of a request with such references.
pub(crate) fn check<B>(
    request: &GenerateRequest<B>,
    references: &[validation::Reference],
    mode: Mode,
) -> Checked {
    let draft = Draft {
        model: &request.model,
        prompt: request.prompt.as_deref(),
        params: &request.params,
        references,
        client_request_id: request.client_request_id.as_deref(),
    };
    let mut checked = validation::check(&draft, mode);
    name_by_place(&mut checked.issues, &request.places());
    checked.issues.extend(request.unknown.iter().filter_map(|name| unknown_field(name, mode)));
    checked
}

/// Errors end the call; warnings are told the developer.
pub(crate) fn settle<P: Platform>(platform: &P, issues: Vec<Issue>) -> Result<(), Failure<P::Answer>> {
    if issues.iter().any(|issue| issue.severity == Severity::Error) {
        return Err(Failure::invalid(issues));
    }
    for issue in &issues {
        let message = ["rivya-wasm: ", &issue.path, ": ", &issue.message].concat();
        platform.warn(&message, &message);
    }
    Ok(())
}

/// Whether two requests are the same, before anything of them is uploaded: files are known by size, type and name.
/// `blob:` URLs were opened before: each is another one after a reload, its file is not.
pub(crate) fn digest_of<P: Platform>(platform: &P, request: &GenerateRequest<P::Blob>) -> String {
    fingerprint(&platform.to_json(&identity_of(request)))
}

/// What a digest is made of.
fn identity_of<B: Blob>(request: &GenerateRequest<B>) -> Value {
    let references = request.references.iter().map(|reference| match &reference.source {
        ReferenceSource::File(file) => record([
            ("bytes", Some(Value::Number(file.bytes() as f64))),
            ("type", Some(Value::String(file.declared_type()))),
            ("name", file.name().filter(|name| !name.is_empty()).map(Value::String)),
        ]),
        ReferenceSource::BlobUrl(url) => record([("url", Some(text(url)))]),
        ReferenceSource::Item(item) => item_of(item),
    });
    let params = Value::Record(request.params.clone());
    let parts = vec![
        text(&request.model),
        request.prompt.as_deref().map_or(Value::Null, text),
        if request.params.is_empty() { Value::Null } else { params },
        request.client_request_id.as_deref().map_or(Value::Null, text),
        Value::List(references.collect()),
        if request.keep_metadata { Value::Bool(true) } else { Value::Null },
        if request.fit == Fit::Limit { text("limit") } else { Value::Null },
    ];
    Value::List(parts)
}

/// An item of `params.referenceMediaItems`.
pub(crate) fn item_of(item: &UrlReference) -> Value {
    item_with_token(item, item.duration_token.as_deref().map(text))
}

/// The same with a token that need not be text: an upload's is sent as it came.
pub(crate) fn item_with_token(item: &UrlReference, token: Option<Value>) -> Value {
    let optional = |value: &Option<String>| value.as_deref().map(text);
    record([
        ("url", Some(text(&item.url))),
        ("kind", item.kind.map(|kind| text(kind.as_str()))),
        ("name", optional(&item.name)),
        ("mimeType", optional(&item.mime_type)),
        ("durationSeconds", item.duration_seconds.map(Value::Number)),
        ("durationToken", token),
    ])
}

/// The body of `POST /generations` (contract, section 5) as text. `params`, and `items` of references: as they travel.
pub(crate) fn body_of<P: Platform>(
    platform: &P,
    request: &GenerateRequest<P::Blob>,
    params: Vec<(String, Value)>,
    items: Vec<Value>,
) -> String {
    platform.to_json(&body_value(request, params, items))
}

fn body_value<B>(request: &GenerateRequest<B>, mut params: Vec<(String, Value)>, items: Vec<Value>) -> Value {
    if !items.is_empty() {
        let items = Value::List(items);
        match params.iter_mut().find(|(name, _)| name == MEDIA_ITEMS) {
            Some((_, value)) => *value = items,
            None => params.push((MEDIA_ITEMS.to_owned(), items)),
        }
    }
    let params = Some(params).filter(|params| !params.is_empty()).map(Value::Record);
    record([
        ("model", Some(text(&request.model))),
        ("prompt", request.prompt.as_deref().map(text)),
        ("params", params),
        ("client_request_id", request.client_request_id.as_deref().map(text)),
    ])
}

/// Members that are not there are left out.
fn record<const N: usize>(members: [(&str, Option<Value>); N]) -> Value {
    let members = members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    Value::Record(members.collect())
}

fn text(text: &str) -> Value {
    Value::String(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::tests::Handle;
    use crate::contract::media_type::MediaKind;

    fn item() -> UrlReference {
        UrlReference {
            kind: Some(MediaKind::Video),
            name: Some("a.mp4".to_owned()),
            mime_type: Some("video/mp4".to_owned()),
            duration_seconds: Some(2.5),
            duration_token: Some("token".to_owned()),
            ..UrlReference::new("https://a.example/a")
        }
    }

    fn request() -> GenerateRequest<Handle> {
        let files = [Handle(Some("kite.png")), Handle(None), Handle(Some(""))].map(Reference::file);
        let mut references = Vec::from(files);
        references.push(Reference::url("https://a.example/b"));
        references.push(Reference { source: ReferenceSource::Item(item()), index: None });
        GenerateRequest { prompt: Some("A kite".to_owned()), references, ..GenerateRequest::new("m") }
    }

    #[test]
    fn the_digest_of_a_request_is_the_one_that_journals_hold_already() {
        let file = r#"{"bytes":7,"type":"image/png","name":"kite.png"},{"bytes":7,"type":"image/png"},{"bytes":7,"type":"image/png"}"#;
        let items = r#"{"url":"https://a.example/b"},{"url":"https://a.example/a","kind":"video","name":"a.mp4","mimeType":"video/mp4","durationSeconds":2.5,"durationToken":"token"}"#;
        let json = |request: &GenerateRequest<Handle>| serde_json::to_string(&identity_of(request)).unwrap();
        let expected = [r#"["m","A kite",null,null,["#, file, ",", items, "],null,null]"].concat();
        assert_eq!(json(&request()), expected);
        let more = GenerateRequest {
            params: vec![("resolution".to_owned(), text("2K"))],
            client_request_id: Some("mine".to_owned()),
            keep_metadata: true,
            fit: Fit::Limit,
            references: Vec::new(),
            ..request()
        };
        assert_eq!(json(&more), r#"["m","A kite",{"resolution":"2K"},"mine",[],true,"limit"]"#);
    }

    #[test]
    fn a_body_has_the_members_and_the_order_of_the_contract() {
        let request = GenerateRequest { client_request_id: Some("mine".to_owned()), ..request() };
        let json = |params: &[(&str, Value)], items: &[UrlReference]| {
            let params = params.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
            let items = items.iter().map(item_of).collect();
            serde_json::to_string(&body_value(&request, params, items)).unwrap()
        };
        assert_eq!(json(&[], &[]), r#"{"model":"m","prompt":"A kite","client_request_id":"mine"}"#);
        let items = r#""referenceMediaItems":[{"url":"https://a.example/b"}]"#;
        let one = [UrlReference::new("https://a.example/b")];
        let with = |params: &str| {
            [r#"{"model":"m","prompt":"A kite","params":{"#, params, r#"},"client_request_id":"mine"}"#]
                .concat()
        };
        assert_eq!(json(&[("n", Value::Number(2.0))], &one), with(&[r#""n":2,"#, items].concat()));
        // A caller's own list that is none keeps its place.
        let given = [(MEDIA_ITEMS, Value::Null), ("n", Value::Number(2.0))];
        assert_eq!(json(&given, &one), with(&[items, r#","n":2"#].concat()));
    }

    #[test]
    fn a_request_travels_as_the_catalogue_has_it_or_not_at_all() {
        let item =
            Reference { source: ReferenceSource::Item(UrlReference::new("https://a/b.png")), index: None };
        let right = GenerateRequest::<Handle> {
            prompt: Some("a kite".to_owned()),
            params: vec![("aspect_ratio".to_owned(), text("16:9"))],
            references: vec![item],
            ..GenerateRequest::new("nano-banana-2")
        };
        let described = [described(&UrlReference::new("https://a/b.png"))];
        let checked = check(&right, &described, Mode::Strict);
        assert_eq!(checked.issues, []);
        assert_eq!(checked.params, right.params);
        assert_eq!(checked.kinds, [Some(MediaKind::Image)], "the model takes images alone");

        let params = vec![("aspect_ratio".to_owned(), text("16:10"))];
        let wrong = GenerateRequest { params, unknown: vec!["refrences".to_owned()], ..right };
        let paths: Vec<String> =
            issues_of(&wrong, Mode::Strict).into_iter().map(|issue| issue.path).collect();
        assert_eq!(paths, ["params.aspect_ratio", "refrences"]);
        assert_eq!(issues_of(&wrong, Mode::Off), []);
    }

    #[test]
    fn issues_name_a_reference_by_the_callers_place() {
        let mut request = request();
        request.references =
            vec![Reference { source: ReferenceSource::BlobUrl(String::new()), index: Some(3) }];
        request.references.push(Reference { index: Some(7), ..Reference::url("") });
        request.unknown = vec!["promt".to_owned()];
        let paths: Vec<String> =
            issues_of(&request, Mode::Strict).into_iter().map(|issue| issue.path).collect();
        assert_eq!(paths, ["references[7]", "promt"]);
    }
}
