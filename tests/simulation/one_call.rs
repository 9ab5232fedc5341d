//! The uploads of one call, and of calls side by side.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use rivya_wasm::client::{GenerateOptions, Progress, Reference, ReferenceSource, UploadOptions};
use rivya_wasm::contract::validation::Mode;
use rivya_wasm::platform::Blob;
use serde_json::{Value, json};

use super::exchange_faults::Fault;
use super::files::File;
use super::json::Json;
use super::photos::Kind;
use super::world::{PAGE, World, edit_of, until};

const REFUSED: Fault = Fault::Failing { status: 402 };

fn begun(told: &[Progress<Json>]) -> usize {
    let is_begin =
        |progress: &&Progress<Json>| matches!(progress, Progress::Uploading { loaded_bytes: 0, .. });
    told.iter().filter(is_begin).count()
}

#[test]
fn when_one_is_refused_no_further_one_is_sent_and_the_others_are_given_up() {
    for places in [1, 2, 4, 6] {
        let world = World::new(7, PAGE, |settings| settings.max_concurrent_uploads = places);
        world.script([REFUSED].into_iter().chain([Fault::Stalled; 5]));
        let files: Vec<File> = (0..6).map(|_| world.photo(Kind::Jpeg)).collect();
        let generating = world.generate(edit_of(files));
        let failure = world.end_of(&generating.call).unwrap_err();
        assert_eq!(
            (failure.status, failure.attempts, failure.idempotency_key.as_deref()),
            (Some(402), 1, None)
        );
        assert!(world.server.traffic.borrow().is_quiet());
        world.settle();
        assert_eq!(world.uploads().len(), places, "with {places} places");
        assert_eq!(begun(&generating.told.borrow()), places, "no progress of one that was not sent");
        assert!(world.bodies().is_empty());
    }
}

#[test]
fn the_failure_that_came_first_is_told() {
    for seed in 0..20 {
        let world = World::new(seed, PAGE, |_| ());
        world.script([402, 403, 404].map(|status| Fault::Failing { status }));
        let files: Vec<File> = (0..3).map(|_| world.photo(Kind::Png)).collect();
        let failure = world.end_of(&world.generate(edit_of(files)).call).unwrap_err();
        let ended = world.uploads().into_iter().filter_map(|upload| upload.ended);
        let first = ended.min_by(|one, other| one.0.total_cmp(&other.0)).unwrap();
        assert_eq!(failure.status, first.1, "seed {seed}");
    }
}

#[test]
fn its_place_is_free_for_the_next_call() {
    let world = World::new(7, PAGE, |settings| settings.max_concurrent_uploads = 1);
    world.script([REFUSED]);
    let files: Vec<File> = (0..3).map(|_| world.photo(Kind::Jpeg)).collect();
    world.end_of(&world.generate(edit_of(files.clone())).call).unwrap_err();
    world.end_of(&world.generate(edit_of(files)).call).unwrap();
    assert_eq!(world.uploads().len(), 4);
}

#[test]
fn a_call_that_is_given_up_when_it_is_told_of_its_first_file_sends_nothing() {
    for places in [1, 4] {
        let world = World::new(7, PAGE, |settings| settings.max_concurrent_uploads = places);
        let request = edit_of((0..6).map(|_| world.photo(Kind::Jpeg)));
        let (engine, is_over) = (world.engine.clone(), Rc::new(Cell::new(false)));
        let aborts = is_over.clone();
        let call = world.call(until(
            async move {
                let on_progress = |_| aborts.set(true);
                engine.generate(&request, &GenerateOptions::default(), &on_progress).await
            },
            move || is_over.get(),
        ));
        assert!(world.end_of(&call).is_none());
        world.settle();
        assert!(world.uploads().is_empty(), "with {places} places");
    }
}

#[test]
fn one_that_is_given_up_when_it_is_about_to_submit_submits_nothing() {
    let world = World::new(7, PAGE, |_| ());
    let request = edit_of([world.photo(Kind::Jpeg)]);
    let (engine, is_over) = (world.engine.clone(), Rc::new(Cell::new(false)));
    let aborts = is_over.clone();
    let call = world.call(until(
        async move {
            let on_progress = |progress| aborts.set(matches!(progress, Progress::Submitting));
            engine.generate(&request, &GenerateOptions::default(), &on_progress).await
        },
        move || is_over.get(),
    ));
    assert!(world.end_of(&call).is_none());
    world.settle();
    assert_eq!((world.uploads().len(), world.bodies().len()), (1, 0));
}

#[test]
fn an_upload_under_way_is_shared_and_lives_until_the_last_one_has_left() {
    let world = World::new(7, PAGE, |_| ());
    let photo = world.photo(Kind::Jpeg);
    let [first, second, third] = [(); 3].map(|()| world.generate(edit_of([photo.clone()])));
    world.go_on_until(100.0);
    assert_eq!(world.uploads().len(), 1);
    world.executor.drop_task(first.call.task);
    assert!(!world.server.traffic.borrow().is_quiet());
    world.executor.drop_task(third.call.task);
    world.end_of(&second.call).unwrap();
    assert_eq!(world.uploads().len(), 1);
    assert_eq!(begun(&second.told.borrow()), 1);
}

#[test]
fn an_upload_that_nobody_waits_for_any_more_is_given_up_and_begun_anew_by_the_next() {
    let world = World::new(7, PAGE, |_| ());
    let photo = world.photo(Kind::WebP);
    let calls = [(); 2].map(|()| world.generate(edit_of([photo.clone()])));
    world.go_on_until(100.0);
    for generating in calls {
        world.executor.drop_task(generating.call.task);
    }
    assert!(world.server.traffic.borrow().is_quiet());
    world.end_of(&world.generate(edit_of([photo])).call).unwrap();
    assert_eq!(world.uploads().len(), 2);
}

#[test]
fn one_that_fails_fails_for_all_who_share_it_and_their_other_uploads_are_given_up() {
    let world = World::new(7, PAGE, |_| ());
    let photo = world.photo(Kind::Jpeg);
    world.script([REFUSED, Fault::Stalled, Fault::Stalled]);
    let calls = [(); 2].map(|()| world.generate(edit_of([photo.clone(), world.photo(Kind::Jpeg)])));
    for generating in &calls {
        assert_eq!(world.end_of(&generating.call).unwrap_err().status, Some(402));
    }
    assert!(world.server.traffic.borrow().is_quiet());
    // A failure is nothing to be shared.
    world.settle();
    world.end_of(&world.generate(edit_of([photo])).call).unwrap();
}

#[test]
fn behind_one_that_another_call_saw_failing_no_other_begins() {
    for seed in 0..20 {
        let world = World::new(seed, PAGE, |settings| settings.max_concurrent_uploads = 1);
        let shared = world.photo(Kind::Jpeg);
        world.script([REFUSED]);
        let first = world.generate(edit_of([shared.clone()]));
        while world.uploads().is_empty() {
            world.go_on_until(world.executor.awake_ms() + 1.0);
        }
        let second = world.generate(edit_of([world.photo(Kind::Jpeg), shared]));
        for generating in [&first, &second] {
            assert_eq!(world.end_of(&generating.call).unwrap_err().status, Some(402));
        }
        world.settle();
        assert_eq!(world.uploads().len(), 1, "the other file of the second call is not sent, seed {seed}");
        let told = second.told.borrow();
        let of_other = told.iter().filter(|told| matches!(told, Progress::Uploading { file: 0, .. }));
        assert_eq!(of_other.count(), 0, "and nothing is told of it, seed {seed}");
    }
}

#[test]
fn places_go_round_between_calls() {
    let world = World::new(7, PAGE, |settings| settings.max_concurrent_uploads = 1);
    let many = world.generate(edit_of((0..10).map(|_| world.photo(Kind::Jpeg))));
    world.go_on_until(500.0);
    let single = world.photo(Kind::Png);
    let (engine, file) = (world.engine.clone(), single.clone());
    let call = world.call(async move { engine.upload(&file, &UploadOptions::default(), &|_| ()).await });
    world.end_of(&call).unwrap();
    world.end_of(&many.call).unwrap();
    let order: Vec<u64> = world.uploads().iter().map(|upload| upload.chosen).collect();
    let place = order.iter().position(|chosen| *chosen == single.identity());
    assert!(
        place.is_some_and(|place| place <= 2),
        "behind the one on its way and the one that was next: {place:?}"
    );
}

#[test]
fn a_body_has_the_items_in_the_order_of_the_references() {
    let world = World::new(7, PAGE, |_| ());
    let (named, nameless) = (world.photo(Kind::Png), world.photo(Kind::WebP));
    let mut request = edit_of([named.clone()]);
    request.references.push(Reference::url("https://pictures.example.org/1.png"));
    let url = world.engine.platform().make_blob_url(&nameless);
    request.references.push(Reference { source: ReferenceSource::BlobUrl(url), index: None });
    request.client_request_id = Some("mine".to_owned());
    world.end_of(&world.generate(request).call).unwrap();
    let url_of = |file: &File| {
        let uploads = world.uploads();
        let upload = uploads.iter().find(|upload| upload.chosen == file.identity()).unwrap();
        upload.stored.clone().unwrap().url
    };
    let (first, third) = (url_of(&named), url_of(&nameless));
    let items = [
        format!(r#"{{"url":"{first}","kind":"image","name":"kite.png","mimeType":"image/png"}}"#),
        r#"{"url":"https://pictures.example.org/1.png","kind":"image"}"#.to_owned(),
        format!(r#"{{"url":"{third}","kind":"image","mimeType":"image/webp"}}"#),
    ];
    let expected = format!(
        r#"{{"model":"nano-banana-2","prompt":"At night","params":{{"referenceMediaItems":[{}]}},"client_request_id":"mine"}}"#,
        items.join(",")
    );
    assert_eq!(world.bodies(), [expected]);
}

/// The items of all submissions.
fn items_sent(world: &World) -> Vec<Value> {
    let bodies = world.bodies().into_iter().map(|body| serde_json::from_str::<Value>(&body).unwrap());
    bodies.flat_map(|body| body["params"]["referenceMediaItems"].as_array().unwrap().clone()).collect()
}

#[test]
fn a_file_that_can_be_referred_to_once_is_uploaded_for_each_of_its_places() {
    let world = World::new(7, PAGE, |_| ());
    world.server.traffic.borrow_mut().duration_token = Some(json!("a token"));
    let photo = world.photo(Kind::Jpeg);
    let calls = [(); 2].map(|()| world.generate(edit_of([photo.clone(), photo.clone()])));
    for generating in &calls {
        // The emulator refuses a token of an image, once it has seen what was sent.
        world.end_of(&generating.call).unwrap_err();
    }
    let mut urls: Vec<String> = items_sent(&world).iter().map(|item| item["url"].to_string()).collect();
    urls.sort();
    urls.dedup();
    assert_eq!((world.uploads().len(), urls.len()), (4, 4), "{urls:?}");
}

#[test]
fn a_token_is_sent_as_it_came_and_whatever_it_is_it_is_for_one_use() {
    for (token, uploads) in
        [(json!("text"), 2), (json!(7), 2), (json!(false), 2), (json!({ "v": [1] }), 2), (Value::Null, 1)]
    {
        let world = World::new(7, PAGE, |_| ());
        world.server.traffic.borrow_mut().duration_token = Some(token.clone());
        let photo = world.photo(Kind::Jpeg);
        for _ in 0..2 {
            drop(world.end_of(&world.generate(edit_of([photo.clone()])).call));
        }
        assert_eq!(world.uploads().len(), uploads, "{token}");
        for item in items_sent(&world) {
            assert_eq!(item.get("durationToken"), Some(&token).filter(|token| !token.is_null()), "{item}");
        }
    }
}

#[test]
fn what_is_wrong_is_named_by_the_callers_places_and_nothing_is_sent() {
    let world = World::new(7, PAGE, |_| ());
    let mut request = edit_of([world.photo(Kind::Sound)]);
    request.references[0].index = Some(4);
    request.unknown = vec!["promt".to_owned()];
    let paths = |issues: &[rivya_wasm::contract::validation::Issue]| -> Vec<String> {
        issues.iter().map(|issue| issue.path.clone()).collect()
    };
    assert_eq!(paths(&world.engine.validate(&request)), ["references[4]", "promt"]);
    let failure = world.end_of(&world.generate(request.clone()).call).unwrap_err();
    assert_eq!(
        (failure.code.as_str(), paths(&failure.issues)),
        ("validation_failed", vec!["references[4]".to_owned(), "promt".to_owned()])
    );
    assert!(world.uploads().is_empty() && world.bodies().is_empty());

    let mut revoked = edit_of([]);
    let source = ReferenceSource::BlobUrl("blob:https://page.example/gone".to_owned());
    revoked.references.push(Reference { source, index: Some(2) });
    let failure = world.end_of(&world.generate(revoked).call).unwrap_err();
    assert_eq!(failure.code, "file_unreadable");
    assert!(failure.message.starts_with("references[2]: "), "{}", failure.message);
}

#[test]
fn the_same_key_goes_on_with_the_same_files_and_uploads_nothing() {
    let world = World::new(7, PAGE, |_| ());
    let disk = world.disk(Kind::Jpeg);
    let mut options = GenerateOptions::default();
    options.idempotency_key = Some("order-1".to_owned());
    options.validation = Some(Mode::Strict);
    let generate = |file: File| {
        let (engine, options) = (world.engine.clone(), options.clone());
        world.end_of(&world.call(async move { engine.generate(&edit_of([file]), &options, &|_| ()).await }))
    };
    let first = generate(world.choose(&disk)).unwrap();
    // Chosen again, it is another file, known by size, type and name.
    let again = generate(world.choose(&disk)).unwrap();
    assert_eq!((first.0["id"].as_str(), world.uploads().len()), (again.0["id"].as_str(), 1));
    let conflict = generate(world.photo(Kind::WebP)).unwrap_err();
    assert_eq!((conflict.code.as_str(), world.uploads().len()), ("idempotency_conflict", 1));
}

#[test]
fn an_outage_is_told_and_then_the_file_begins_once_more() {
    let world = World::new(7, PAGE, |_| ());
    let generating = world.generate(edit_of([world.photo(Kind::Jpeg)]));
    world.go_on_until(15.0);
    world.browser.set_offline(true);
    world.go_on_until(5_000.0);
    world.browser.set_offline(false);
    world.end_of(&generating.call).unwrap();
    let told = generating.told.borrow();
    let offline = told.iter().position(|progress| matches!(progress, Progress::Offline { .. })).unwrap();
    assert_eq!(begun(&told[..offline]), 1);
    assert_eq!(begun(&told[offline..]), 1);
    let sequence = Rc::new(RefCell::new(0));
    for progress in told.iter() {
        if let Progress::Uploading { loaded_bytes, total_bytes, removed, .. } = progress {
            assert!(loaded_bytes <= total_bytes && removed.contains(&"Exif (with GPS)"), "{removed:?}");
            *sequence.borrow_mut() += 1;
        }
    }
    assert!(*sequence.borrow() >= 3);
}

#[test]
fn after_a_429_uploads_go_one_by_one_until_one_is_answered() {
    let world = World::new(7, PAGE, |_| ());
    world.script([Fault::RateLimited { seconds: 5 }; 3]);
    let generating = world.generate(edit_of((0..3).map(|_| world.photo(Kind::Jpeg))));
    world.end_of(&generating.call).unwrap();
    let uploads = world.uploads();
    assert_eq!(uploads.len(), 6);
    let (answered_ms, _) = uploads[3].ended.unwrap();
    let later = uploads[4..].iter().map(|upload| upload.began_ms - answered_ms);
    assert!(
        later.clone().all(|after_ms| (0.0..100.0).contains(&after_ms)),
        "{:?}",
        later.collect::<Vec<_>>()
    );
}

#[test]
fn after_a_429_no_other_call_waits_for_an_upload() {
    let world = World::new(7, PAGE, |_| ());
    world.script([Fault::RateLimited { seconds: 2 }, Fault::Stalled]);
    let generating = world.generate(edit_of([world.photo(Kind::Jpeg)]));
    while world.uploads().len() < 2 {
        world.go_on_until(world.executor.awake_ms() + 100.0);
    }
    let (engine, began_ms) = (world.engine.clone(), world.executor.awake_ms());
    world.end_of(&world.call(async move { engine.credits(None).await })).unwrap();
    assert!(world.executor.awake_ms() - began_ms < 1_000.0);
    assert!(!world.server.traffic.borrow().is_quiet());
    world.end_of(&generating.call).unwrap();
}
