use super::*;
use crate::contract::catalogue::{ParamKind, models};
use crate::contract::media_type::{Format, MediaType};

mod files;
mod properties;

const MB: u64 = 1_048_576;

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn fields(text: &str) -> Vec<(String, Value)> {
    json(text).as_record().unwrap().to_vec()
}

fn seen(format: Format, bytes: u64) -> Reference {
    let media = Some(MediaType { format });
    Reference {
        source: Source::File { bytes, media, looked_at: true, declared_type: String::new() },
        kind: None,
    }
}

fn unknown_file(looked_at: bool, declared_type: &str) -> Reference {
    let declared_type = declared_type.to_owned();
    Reference { source: Source::File { bytes: 9, media: None, looked_at, declared_type }, kind: None }
}

fn url(url: &str) -> Reference {
    Reference { source: Source::Url { url: url.to_owned() }, kind: None }
}

fn of_kind(kind: MediaKind) -> Reference {
    Reference { kind: Some(kind), ..url("https://a.example/x") }
}

struct Request {
    model: &'static str,
    prompt: Option<String>,
    params: Vec<(String, Value)>,
    references: Vec<Reference>,
}

fn request(model: &'static str, params: &str) -> Request {
    Request { model, prompt: Some("A cat".to_owned()), params: fields(params), references: Vec::new() }
}

impl Request {
    fn with(mut self, references: impl IntoIterator<Item = Reference>) -> Self {
        self.references.extend(references);
        self
    }

    fn check(&self, mode: Mode) -> Checked {
        let draft = Draft {
            model: self.model,
            prompt: self.prompt.as_deref(),
            params: &self.params,
            references: &self.references,
            client_request_id: None,
        };
        check(&draft, mode)
    }

    /// `path: message` of each, warnings marked.
    fn issues(&self, mode: Mode) -> Vec<String> {
        let shown = |issue: Issue| {
            let mark = if issue.severity == Severity::Warning { "warning " } else { "" };
            format!("{mark}{}: {}", issue.path, issue.message)
        };
        self.check(mode).issues.into_iter().map(shown).collect()
    }

    fn strict(&self) -> Vec<String> {
        self.issues(Mode::Strict)
    }
}

#[test]
fn documented_minimal_requests_pass() {
    for model in models().iter().filter(|model| model.capability() != Capability::Chat) {
        let mut request = request(model.id(), "{}");
        for param in model.params().iter().filter(|param| param.required()) {
            let value = match param.kind() {
                ParamKind::Select(options) => Value::String(options[0].to_owned()),
                ParamKind::Dialogue => json(r#"[{"voice":"Adam","text":"Hello"}]"#),
                _ => panic!("no such parameter is required"),
            };
            request.params.push((param.key().to_owned(), value));
        }
        assert_eq!(request.strict(), [""; 0], "{}", model.id());
    }
}

#[test]
fn every_problem_is_told_at_once_with_its_path() {
    let mut request = request(
        "nano-banana-2",
        r#"{"aspect_ratio":"16:10","outputFormat":"png","resolution":["1K"],"seed":1}"#,
    )
    .with([seen(Format::Heic, 1), seen(Format::Png, 30 * MB + 1), seen(Format::Mp4, 1)]);
    request.prompt = Some("🙂".repeat(20_001));
    let long_id = "x".repeat(129);
    let draft = Draft {
        model: request.model,
        prompt: request.prompt.as_deref(),
        params: &request.params,
        references: &request.references,
        client_request_id: Some(&long_id),
    };
    let checked = check(&draft, Mode::Strict);
    let shown: Vec<String> =
        checked.issues.iter().map(|issue| format!("{}: {}", issue.path, issue.message)).collect();
    assert_eq!(
        shown,
        [
            "prompt: has 20001 characters; nano-banana-2 takes at most 20000",
            "params.aspect_ratio: \"16:10\" is not one of \"auto\", \"1:1\", \"16:9\", \"9:16\", \"3:2\", \
             \"2:3\", \"4:3\", \"3:4\", \"5:4\", \"4:5\", \"21:9\", \"4:1\", \"1:4\", \"8:1\", \"1:8\" \
             (validation: \"known\" sends it anyway)",
            "params.outputFormat: \"outputFormat\" is no parameter of nano-banana-2 in the catalogue; did you mean \
             \"output_format\"? (validation: \"known\" sends it anyway)",
            "params.resolution: an array is not one of \"1K\", \"2K\", \"4K\"",
            "params.seed: \"seed\" is no parameter of nano-banana-2 in the catalogue; it has aspect_ratio, resolution, \
             output_format, google_search (validation: \"known\" sends it anyway)",
            "references[0]: this is a HEIC image; nano-banana-2 takes JPEG, PNG, WebP",
            "references[1]: has 31457281 bytes; nano-banana-2 takes image files of at most 30 MB (31457280 bytes)",
            "references[2]: this is an MP4 video; nano-banana-2 takes JPEG, PNG, WebP",
            "client_request_id: has 129 characters; at most 128 are allowed",
        ]
    );
    assert!(!checked.may_be_sent());
}

#[test]
fn a_prompt_is_measured_in_code_points() {
    for (code_points, right) in [(20_000, true), (20_001, false)] {
        let mut request = request("nano-banana-2", "{}");
        request.prompt = Some("🙂".repeat(code_points));
        assert_eq!(request.strict().is_empty(), right);
    }
    let mut request = request("z-image", "{}");
    request.prompt = None;
    assert_eq!(request.strict(), ["prompt: is missing; z-image needs one"]);
    request.prompt = Some(String::new());
    assert_eq!(request.strict(), ["prompt: is missing; z-image needs one"]);
}

#[test]
fn select_values_travel_as_strings_where_the_option_exists() {
    for (model, given, sent) in [
        ("nano-banana-2", r#"{"google_search":true}"#, r#"{"google_search":"true"}"#),
        ("nano-banana-2", r#"{"google_search":false}"#, r#"{"google_search":"false"}"#),
        ("kling-2-6", r#"{"duration":5}"#, r#"{"duration":"5"}"#),
        ("kling-2-6", r#"{"duration":7}"#, r#"{"duration":7}"#),
        ("midjourney", r#"{"version":6.1}"#, r#"{"version":"6.1"}"#),
        ("elevenlabs-dialogue-v3", r#"{"stability":0.5}"#, r#"{"stability":"0.5"}"#),
        ("grok-imagine-video", r#"{"duration":6}"#, r#"{"duration":6}"#),
        ("seedream-3-0", r#"{"seed":true}"#, r#"{"seed":true}"#),
        ("brand-new-model", r#"{"google_search":true,"x":null}"#, r#"{"google_search":true,"x":null}"#),
        ("nano-banana-2", r#"{"resolution":null}"#, r#"{}"#),
    ] {
        let checked = request(model, given).check(Mode::Strict);
        assert_eq!(checked.params, fields(sent), "{model} {given}");
    }
    let off = request("kling-2-6", r#"{"duration":5,"sound":"loud"}"#).check(Mode::Off);
    assert_eq!((off.params, off.issues), (fields(r#"{"duration":"5","sound":"loud"}"#), vec![]));
}

#[test]
fn numbers_keep_to_their_range_and_step() {
    for (model, params, issue) in [
        ("seedream-3-0", r#"{"guidance_scale":2.5}"#, None),
        ("seedream-3-0", r#"{"guidance_scale":1.3}"#, None),
        (
            "seedream-3-0",
            r#"{"guidance_scale":2.55}"#,
            Some("2.55 is not a number from 1 to 10 in steps of 0.1"),
        ),
        (
            "seedream-3-0",
            r#"{"guidance_scale":10.1}"#,
            Some("10.1 is not a number from 1 to 10 in steps of 0.1"),
        ),
        (
            "seedream-3-0",
            r#"{"guidance_scale":"2.5"}"#,
            Some("is a string; seedream-3-0 takes a number from 1 to 10 in steps of 0.1"),
        ),
        ("seedream-3-0", r#"{"seed":2147483648}"#, Some("2147483648 is not a number from 0 to 2147483647")),
        ("google-imagen4-fast", r#"{"seed":-1}"#, Some("-1 is not a number from 0 on")),
        ("google-imagen4", r#"{"seed":1}"#, Some("is a number; google-imagen4 takes a string")),
        ("suno-sounds", r#"{"soundTempo":120.5}"#, Some("120.5 is not a number from 1 to 300 in steps of 1")),
        ("elevenlabs-sound-effect-v2", r#"{"duration_seconds":21.5,"prompt_influence":0.35}"#, None),
    ] {
        let request = request(model, params);
        for mode in [Mode::Strict, Mode::Known] {
            let expected: Vec<String> =
                issue.iter().map(|issue| format!("params.{}: {issue}", request.params[0].0)).collect();
            assert_eq!(request.issues(mode), expected, "{model} {params}");
        }
    }
}

#[test]
fn what_is_required_is_asked_for() {
    let issues = request("elevenlabs-turbo-2-5", "{}").strict();
    assert_eq!(issues.len(), 1);
    assert!(
        issues[0].starts_with("params.voice: is missing; elevenlabs-turbo-2-5 needs one of \"TX3L"),
        "{issues:?}"
    );
    assert_eq!(request("elevenlabs-turbo-2-5", r#"{"voice":null}"#).strict(), issues);

    for (params, expected) in [
        ("{}", vec!["params.dialogue: is missing; elevenlabs-dialogue-v3 needs an array of { voice, text }"]),
        (r#"{"dialogue":[{"voice":"Adam","text":"Hi"}]}"#, vec![]),
        (r#"{"dialogue":[]}"#, vec!["params.dialogue: is empty; at least one { voice, text } is needed"]),
        (
            r#"{"dialogue":"Hi"}"#,
            vec!["params.dialogue: is a string; elevenlabs-dialogue-v3 takes an array of { voice, text }"],
        ),
        (
            r#"{"dialogue":[{"voice":"Adam"},7]}"#,
            vec![
                "params.dialogue[0].text: is missing; a string is needed that is not empty",
                "params.dialogue[1].voice: is missing; a string is needed that is not empty",
                "params.dialogue[1].text: is missing; a string is needed that is not empty",
            ],
        ),
    ] {
        let mut request = request("elevenlabs-dialogue-v3", params);
        request.prompt = None;
        assert_eq!(request.strict(), expected, "{params}");
    }
}

#[test]
fn known_mode_warns_of_what_the_catalogue_does_not_list_and_off_is_silent() {
    let request = request("nano-banana-2", r#"{"resolution":"8K","seed":1}"#);
    assert_eq!(
        request.issues(Mode::Known),
        [
            "warning params.resolution: \"8K\" is not one of \"1K\", \"2K\", \"4K\"",
            "warning params.seed: \"seed\" is no parameter of nano-banana-2 in the catalogue; it has aspect_ratio, \
             resolution, output_format, google_search",
        ]
    );
    assert!(request.check(Mode::Known).may_be_sent());
    assert_eq!(request.check(Mode::Known).params, request.params);
    assert_eq!(request.issues(Mode::Off), [""; 0]);
}

#[test]
fn a_key_beyond_a_table_that_was_cut_is_no_error() {
    let issues = request("seedance-1-0-lite", r#"{"aspect_ratio":"16:9","duration":"7"}"#).strict();
    assert_eq!(issues.len(), 2, "{issues:?}");
    assert!(issues[0].starts_with("warning params.aspect_ratio: "), "{issues:?}");
    assert!(issues[1].starts_with("params.duration: \"7\" is not one of \"5\", \"10\""), "{issues:?}");
    // Its upload table was cut, its parameter table was not.
    let issues = request("wan-2-5-video", r#"{"duraton":"5"}"#).strict();
    assert!(issues[0].starts_with("params.duraton: "), "{issues:?}");
}

#[test]
fn chat_models_and_empty_ids_are_refused_unknown_ones_pass() {
    let text = "model: gpt-5.4-codex-chat is a chat model; generations take models that make images, videos or audio";
    assert_eq!(request("gpt-5.4-codex-chat", r#"{"anything":1}"#).strict(), [text]);
    let text = "model: is empty; a model id is needed, such as \"nano-banana-2\"";
    for mode in [Mode::Strict, Mode::Known, Mode::Off] {
        assert_eq!(request("", "{}").issues(mode), [text]);
    }
    let mut unknown = request("brand-new-model", r#"{"anything":{"goes":[1]}}"#)
        .with([seen(Format::Heic, 500 * MB), url("https://a.example/x.mov")]);
    unknown.prompt = None;
    for mode in [Mode::Strict, Mode::Known, Mode::Off] {
        let checked = unknown.check(mode);
        assert_eq!(checked.issues, []);
        assert_eq!(checked.kinds, [Some(MediaKind::Image), Some(MediaKind::Video)]);
    }
}

#[test]
fn what_json_cannot_write_is_refused_in_every_mode() {
    for mode in [Mode::Strict, Mode::Known, Mode::Off] {
        for model in ["brand-new-model", "seedream-3-0"] {
            let mut request = request(model, "{}");
            request.params.push(("seed".to_owned(), Value::Number(f64::NAN)));
            let expected = ["params.seed: holds a number that JSON can't write (NaN or Infinity)"];
            assert_eq!(request.issues(mode), expected, "{model}");
        }
    }
}

#[test]
fn an_object_of_wrong_keys_is_told_of_in_bounded_time() {
    let mut request = request("nano-banana-2", "{}");
    request.params = (0..60_000).map(|at| (format!("aspect_ratios{at}"), Value::Null)).collect();
    assert_eq!(request.strict(), [""; 0]);
    for (_, value) in &mut request.params {
        *value = Value::Bool(true);
    }
    assert_eq!(request.strict().len(), 1_000);
}
