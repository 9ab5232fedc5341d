use super::*;

#[test]
fn references_and_ready_items_do_not_mix() {
    let item = r#"{"referenceMediaItems":[{"url":"https://a.example/x","kind":"image"}]}"#;
    for mode in [Mode::Strict, Mode::Known, Mode::Off] {
        let mixed = request("nano-banana-2", item).with([url("https://a.example/y.png")]);
        let text = "references: can't be given together with params.referenceMediaItems; put all of them into one of the two";
        assert_eq!(mixed.issues(mode), [text]);
    }
    assert_eq!(request("nano-banana-2", item).strict(), [""; 0]);
}

#[test]
fn ready_items_are_checked_one_by_one() {
    for (items, expected) in [
        (r#"{"url":"x"}"#, vec![": is an object; an array of { url, kind } is needed"]),
        (r#"["x"]"#, vec!["[0]: is a string; an object { url, kind } is needed"]),
        (
            r#"[{"kind":"picture"}]"#,
            vec![
                "[0].url: is missing; a string is needed that is not empty",
                "[0].kind: is missing or unknown; one of \"image\", \"video\", \"audio\" is needed",
            ],
        ),
        (
            r#"[{"url":"x","kind":"audio"}]"#,
            vec!["[0].kind: is of kind \"audio\"; nano-banana-2 takes image"],
        ),
        (
            r#"[{"url":"x","kind":"image"},{"url":"x","kind":"image","name":1,"mimeType":[],"durationSeconds":"3","durationToken":{}}]"#,
            vec![
                "[1].name: is a number; a string is needed",
                "[1].mimeType: is an array; a string is needed",
                "[1].durationSeconds: is a string; a number of seconds is needed",
                "[1].durationToken: is an object; a string is needed",
            ],
        ),
        (
            r#"[{"url":"x","kind":"image","name":null,"durationSeconds":3.5,"durationToken":"t","mimeType":"image/png"}]"#,
            vec![],
        ),
    ] {
        let request = request("nano-banana-2", &format!(r#"{{"referenceMediaItems":{items}}}"#));
        let expected: Vec<String> =
            expected.iter().map(|text| format!("params.referenceMediaItems{text}")).collect();
        assert_eq!(request.strict(), expected, "{items}");
        assert_eq!(request.issues(Mode::Off), [""; 0]);
    }
    let casing = r#"{"referenceMediaItems":[{"url":"x","kind":"image","duration_token":"t"}]}"#;
    assert_eq!(
        request("brand-new-model", casing).strict(),
        [
            "warning params.referenceMediaItems[0].duration_token: is no documented field of an item; did you mean \"durationToken\"?"
        ]
    );
}

#[test]
fn models_take_so_many_references_and_no_more() {
    use MediaKind::{Audio, Image, Video};
    for (model, kinds, right) in [
        ("nano-banana-2", vec![Image; 14], true),
        ("nano-banana-2", vec![Image; 15], false),
        ("4o-image", vec![Image], false),
        ("4o-image", vec![], true),
        ("flux-kontext-max", vec![Image; 2], false),
        ("flux-kontext-pro", vec![Image; 30], true),
        ("wan-2-6", vec![Image], true),
        ("wan-2-6", vec![Video], true),
        ("wan-2-6", vec![Image, Video], false),
        ("wan-2-6", vec![Audio], false),
        ("happyhorse-1-0", vec![Image; 9], true),
        ("happyhorse-1-0", vec![Image; 10], false),
        ("happyhorse-1-0", [vec![Video], vec![Image; 5]].concat(), true),
        ("happyhorse-1-0", [vec![Image; 5], vec![Video]].concat(), true),
        ("happyhorse-1-0", [vec![Video], vec![Image; 6]].concat(), false),
        ("happyhorse-1-0", vec![Video; 2], false),
    ] {
        let by_reference = request(model, "{}").with(kinds.iter().copied().map(of_kind)).strict();
        assert_eq!(by_reference.is_empty(), right, "{model} {kinds:?} {by_reference:?}");
        let item = |kind: &MediaKind| format!(r#"{{"url":"x","kind":"{}"}}"#, kind.as_str());
        let items: Vec<String> = kinds.iter().map(item).collect();
        let by_item = request(model, &format!(r#"{{"referenceMediaItems":[{}]}}"#, items.join(","))).strict();
        assert_eq!(by_item.is_empty(), right, "{model} {kinds:?} {by_item:?}");
    }
    assert_eq!(
        request("4o-image", "{}").with([url("x"), url("y")]).strict(),
        ["references: 4o-image takes no references; 2 given"]
    );
}

#[test]
fn a_url_gets_the_models_only_kind_else_that_of_its_extension_else_is_asked_for() {
    let kinds = |model, address: &str| request(model, "{}").with([url(address)]).check(Mode::Strict);
    assert_eq!(kinds("nano-banana-2", "https://a.example/x").kinds, [Some(MediaKind::Image)]);
    assert_eq!(kinds("wan-2-6", "https://a.example/x.mov").kinds, [Some(MediaKind::Video)]);
    let asked = kinds("wan-2-6", "https://a.example/x");
    assert_eq!(asked.kinds, [None]);
    assert_eq!(asked.issues[0].path, "references[0]");
    assert!(asked.issues[0].message.contains("give { url, kind }"), "{asked:?}");
    let refused = request("nano-banana-2", "{}").with([of_kind(MediaKind::Video)]).strict();
    assert_eq!(refused, ["references[0]: is of kind \"video\"; nano-banana-2 takes image"]);
}

#[test]
fn a_megabyte_is_refused_only_above_the_larger_reading() {
    for (bytes, right) in
        [(10_000_000, true), (10_000_001, true), (10 * MB, true), (10 * MB + 1, false), (0, false)]
    {
        let issues = request("midjourney", "{}").with([seen(Format::Png, bytes)]).strict();
        assert_eq!(issues.is_empty(), right, "{bytes} {issues:?}");
        let png = Some(MediaType { format: Format::Png });
        assert_eq!(check_upload(Some("midjourney"), bytes, png, None, "file").is_empty(), right);
        assert_eq!(check_upload(None, bytes, png, None, "file").is_empty(), right);
        assert!(check_upload(Some("brand-new-model"), bytes, png, None, "file").is_empty());
    }
}

#[test]
fn files_that_a_model_does_not_take_are_named() {
    let message = |model, reference| request(model, "{}").with([reference]).strict().join("; ");
    let taken = "nano-banana-2 takes JPEG, PNG, WebP";
    for (reference, expected) in [
        (seen(Format::Gif, 1), format!("references[0]: this is a GIF image; {taken}")),
        (seen(Format::Pdf, 1), format!("references[0]: this is a PDF document; {taken}")),
        (
            unknown_file(true, "image/png"),
            format!("references[0]: this is a file of no known type by its first bytes; {taken}"),
        ),
        (unknown_file(false, "image/heic"), format!("warning references[0]: this is a HEIC image; {taken}")),
        (unknown_file(false, "image/png"), String::new()),
        (unknown_file(false, ""), String::new()),
    ] {
        assert_eq!(message("nano-banana-2", reference), expected);
    }
    assert!(message("wan-2-6", seen(Format::Matroska, 1)).is_empty());
    assert!(
        message("wan-2-6", seen(Format::WebM, 1)).contains("takes JPEG, PNG, WebP, MP4, QuickTime, Matroska")
    );
    // Its upload table was cut: the defaults of the Files API hold.
    assert!(message("seedream-4-0", seen(Format::Heic, 1)).contains("HEIC"));
    assert!(message("seedream-4-0", seen(Format::Png, 11 * MB)).contains("at most 10 MB"));
    let unknown = request("brand-new-model", "{}").with([unknown_file(true, "")]);
    for mode in [Mode::Strict, Mode::Off] {
        assert!(unknown.issues(mode)[0].contains("its kind must be given"));
    }
}

#[test]
fn uploads_by_themselves_are_held_to_the_files_api() {
    let of = |format| Some(MediaType { format });
    let messages = |model, media, kind| -> Vec<String> {
        check_upload(model, 1, media, kind, "file")
            .into_iter()
            .map(|issue| issue.path + ": " + &issue.message)
            .collect()
    };
    let defaults =
        "without a model the Files API takes JPEG, PNG, WebP, MP4, QuickTime, WebM, MP3, M4A, WAV, AAC, Ogg";
    assert_eq!(messages(None, of(Format::Heic), None), [format!("file: this is a HEIC image; {defaults}")]);
    assert_eq!(messages(None, of(Format::Wav), None), [""; 0]);
    assert_eq!(messages(None, of(Format::Mp4), Some(MediaKind::Audio)), [""; 0]);
    assert_eq!(
        messages(None, of(Format::Png), Some(MediaKind::Video)),
        ["file: is given as \"video\", but this is a PNG image"]
    );
    assert_eq!(messages(Some("4o-image"), of(Format::Png), None), ["model: 4o-image takes no references"]);
    assert_eq!(messages(Some("gpt-5-2-chat"), of(Format::Png), None), [""; 0]);
    assert_eq!(messages(Some("brand-new-model"), of(Format::Heic), None), [""; 0]);
    assert!(messages(Some("brand-new-model"), None, None)[0].contains("its kind must be given"));
    assert_eq!(messages(Some("brand-new-model"), None, Some(MediaKind::Audio)), [""; 0]);
}
