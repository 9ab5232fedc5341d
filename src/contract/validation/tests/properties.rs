use super::*;
use proptest::prelude::*;
use proptest::sample::{Index, select};

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<f64>().prop_map(Value::Number),
        ".{0,8}".prop_map(Value::String),
        prop_oneof![Just("image"), Just("true"), Just("1K"), Just("5")]
            .prop_map(|text| Value::String(text.to_owned())),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        let key = prop_oneof![Just("url"), Just("kind"), Just("voice"), Just("durationSeconds"), Just("x")];
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::List),
            proptest::collection::vec((key.prop_map(str::to_owned), inner), 0..4).prop_map(Value::Record),
        ]
    })
}

fn any_reference() -> impl Strategy<Value = Reference> {
    let kind = proptest::option::of(select(MediaKind::ALL.to_vec()));
    let format = proptest::option::of(select(vec![Format::Png, Format::Pdf, Format::Mp4, Format::Heic]));
    let file = (any::<u64>(), format, any::<bool>(), ".{0,12}").prop_map(
        |(bytes, format, looked_at, declared_type)| Source::File {
            bytes,
            media: format.map(|format| MediaType { format }),
            looked_at,
            declared_type,
        },
    );
    let source = prop_oneof![file, ".{0,20}".prop_map(|url| Source::Url { url })];
    (source, kind).prop_map(|(source, kind)| Reference { source, kind })
}

fn any_model() -> impl Strategy<Value = String> {
    let known: Vec<String> = models().iter().map(|model| model.id().to_owned()).collect();
    prop_oneof![proptest::sample::select(known), ".{0,10}"]
}

proptest! {
    #[test]
    fn no_request_breaks_the_check(
        model in any_model(),
        prompt in proptest::option::of(".{0,40}"),
        key in select(vec!["referenceMediaItems", "dialogue", "seed", "aspect_ratio", "duration", ""]),
        value in any_value(),
        other in (".{0,8}", any_value()),
        references in proptest::collection::vec(any_reference(), 0..12),
    ) {
        let params = [(key.to_owned(), value), other];
        let draft = Draft {
            model: &model, prompt: prompt.as_deref(), params: &params, references: &references, client_request_id: None,
        };
        for mode in [Mode::Strict, Mode::Known, Mode::Off] {
            let checked = check(&draft, mode);
            prop_assert_eq!(checked.kinds.len(), references.len());
            prop_assert!(checked.issues.iter().all(|issue| !issue.path.is_empty() && !issue.message.is_empty()));
            let asks = checked.issues.iter().filter(|issue| issue.severity == Severity::Error).count();
            prop_assert_eq!(asks == 0, checked.may_be_sent());
            // What passed once passes again as it travels.
            if checked.may_be_sent() {
                let again = check(&Draft { params: &checked.params, ..draft }, mode);
                prop_assert_eq!(again.params, checked.params);
                prop_assert_eq!(again.issues, checked.issues);
            }
        }
    }

    #[test]
    fn every_seeded_problem_is_reported(
        long: bool, option: bool, key: bool, count: bool, heic: bool, size: bool, id: bool,
    ) {
        let prompt = "é".repeat(if long { 2_001 } else { 2_000 });
        let mut params = vec![("speed".to_owned(), Value::String(if option { "slow" } else { "fast" }.to_owned()))];
        if key {
            params.push(("seed".to_owned(), Value::Number(1.0)));
        }
        let mut references = vec![seen(Format::Png, if size { 10 * MB + 1 } else { 10 * MB })];
        references.push(seen(if heic { Format::Heic } else { Format::Jpeg }, 1));
        references.extend(std::iter::repeat_n(url("https://a.example/x"), if count { 3 } else { 2 }));
        let trace_id = "x".repeat(if id { 129 } else { 128 });
        let draft = Draft {
            model: "midjourney",
            prompt: Some(&prompt),
            params: &params,
            references: &references,
            client_request_id: Some(&trace_id),
        };
        let checked = check(&draft, Mode::Strict);
        let paths: Vec<&str> = checked.issues.iter().map(|issue| issue.path.as_str()).collect();
        let seeded = [
            ("prompt", long),
            ("params.speed", option),
            ("params.seed", key),
            ("references", count),
            ("references[0]", size),
            ("references[1]", heic),
            ("client_request_id", id),
        ];
        let expected: Vec<&str> = seeded.iter().filter(|(_, is_seeded)| *is_seeded).map(|(path, _)| *path).collect();
        prop_assert_eq!(paths, expected);
    }

    #[test]
    fn every_documented_option_passes_and_its_neighbour_does_not(which in any::<Index>(), at in any::<Index>()) {
        let models: Vec<&Model> = models().iter().filter(|model| model.capability() != Capability::Chat).collect();
        let model = which.get(&models);
        let param = at.get(model.params());
        if let ParamKind::Select(options) = param.kind() {
            let option = *at.get(options);
            for (text, right) in [(option.to_owned(), true), (format!("{option}?"), false)] {
                let params = [(param.key().to_owned(), Value::String(text))];
                let draft = Draft {
                    model: model.id(), prompt: None, params: &params, references: &[], client_request_id: None,
                };
                let path = format!("params.{}", param.key());
                prop_assert_eq!(check(&draft, Mode::Strict).issues.iter().all(|issue| issue.path != path), right);
            }
        }
    }
}
