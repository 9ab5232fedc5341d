//! `upload`, `inspect` and `retrieve_file`: one file by itself.

use rivya_wasm::client::{Failure, Fit, InspectOptions, Inspection, Progress, UploadOptions, Uploaded};
use rivya_wasm::contract::media_type::MediaKind;
use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use super::browser::Features;
use super::exchange_faults::Fault;
use super::files::{ENCODED, File, contains};
use super::json::Json;
use super::photos::{Kind, SECRET};
use super::world::{PAGE, World};

const MODEL: &str = "nano-banana-2";

fn upload(world: &World, file: &File, options: &UploadOptions) -> Result<Uploaded<Json>, Failure<Json>> {
    let (engine, file, options) = (world.engine.clone(), file.clone(), options.clone());
    world.end_of(&world.call(async move { engine.upload(&file, &options, &|_| ()).await }))
}

fn inspect(world: &World, file: &File, options: &InspectOptions) -> Inspection {
    let (engine, file, options) = (world.engine.clone(), file.clone(), options.clone());
    world.end_of(&world.call(async move { engine.inspect(&file, &options).await })).unwrap()
}

fn of_model() -> UploadOptions {
    let mut options = UploadOptions::default();
    options.looked_at.model = Some(MODEL.to_owned());
    options
}

#[test]
fn what_is_cut_out_is_told_and_the_rest_is_sent_under_a_name_that_fits() {
    for (kind, name, removed) in [
        (Kind::Jpeg, "kite.jpg", vec!["Exif (with GPS)", "comment", "data behind the image"]),
        (Kind::Png, "kite.png", vec!["text", "Exif (with GPS)"]),
        (Kind::WebP, "reference.webp", vec!["Exif (with GPS)"]),
    ] {
        let world = World::new(7, PAGE, |_| ());
        let disk = world.disk(kind);
        let file = world.choose(&disk);
        let inspection = inspect(&world, &file, &InspectOptions::default());
        assert!(world.uploads().is_empty() && inspection.issues.is_empty());
        let uploaded = upload(&world, &file, &UploadOptions::default()).unwrap();
        assert_eq!((&inspection.removed, uploaded.removed.as_ref()), (&removed, Some(&removed)));
        let [sent] = &world.uploads()[..] else { panic!("it is sent once") };
        let content = sent.content.as_ref().unwrap();
        assert_eq!((sent.what.3.as_str(), disk.clean()[0].clone()), (name, content.clone()));
        assert!(!contains(content, SECRET));
        assert_eq!(inspection.sent_bytes, Some(content.len() as u64));
        assert_eq!((inspection.kind, inspection.shrinks), (Some(MediaKind::Image), false));
        assert!(inspection.width.is_some() && inspection.height.is_some());
    }
}

#[test]
fn the_same_file_as_something_else_is_another_upload() {
    let world = World::new(7, PAGE, |_| ());
    let file = world.photo(Kind::Jpeg);
    let mut other_model = of_model();
    other_model.looked_at.model = Some("nano-banana-pro".to_owned());
    let mut keeping = of_model();
    keeping.looked_at.keep_metadata = true;
    let mut fitting = of_model();
    fitting.looked_at.fit = Fit::Limit;
    let (mut named, mut traced) = (of_model(), of_model());
    named.name = Some("x.jpg".to_owned());
    traced.client_request_id = Some("x".to_owned());
    let all = [of_model(), other_model, keeping, fitting, named, traced];
    for _ in 0..2 {
        for options in &all {
            upload(&world, &file, options).unwrap();
        }
    }
    assert_eq!(world.uploads().len(), all.len());
    // An hour later by the wall clock, which a machine sleeps through.
    world.executor.sleep_machine(3_600_001.0);
    upload(&world, &file, &all[0]).unwrap();
    assert_eq!(world.uploads().len(), all.len() + 1);
}

#[test]
fn an_upload_is_found_again_however_many_files_were_uploaded_and_looked_at_since() {
    let world = World::new(7, PAGE, |_| ());
    let file = world.photo(Kind::Jpeg);
    upload(&world, &file, &of_model()).unwrap();
    for _ in 0..70 {
        upload(&world, &world.photo(Kind::WebP), &of_model()).unwrap();
    }
    // Only looked at, a file makes room before one that was uploaded.
    for _ in 0..1_100 {
        inspect(&world, &world.photo(Kind::WebP), &InspectOptions::default());
    }
    upload(&world, &file, &of_model()).unwrap();
    assert_eq!(world.uploads().len(), 71);
}

#[test]
fn one_that_can_be_referred_to_once_is_uploaded_each_time() {
    let world = World::new(7, PAGE, |_| ());
    let sound = world.photo(Kind::Sound);
    let tokens = [(); 2].map(|()| {
        let uploaded = upload(&world, &sound, &UploadOptions::default()).unwrap();
        assert_eq!(uploaded.removed, None, "nothing is cut out of a sound");
        uploaded.answer.0["duration_token"].is_string()
    });
    assert_eq!((tokens, world.uploads().len()), ([true; 2], 2));
}

#[test]
fn calls_that_run_together_each_get_one_of_their_own_where_it_can_be_referred_to_once() {
    let world = World::new(7, PAGE, |_| ());
    let sound = world.photo(Kind::Sound);
    let calls = [(); 3].map(|()| {
        let (engine, file) = (world.engine.clone(), sound.clone());
        world.call(async move { engine.upload(&file, &UploadOptions::default(), &|_| ()).await })
    });
    let mut urls = calls.map(|call| world.end_of(&call).unwrap().answer.0["url"].to_string());
    urls.sort();
    assert!(urls[0] != urls[1] && urls[1] != urls[2], "{urls:?}");
    // It turns out with the first one: the others are sent side by side.
    let began: Vec<f64> = world.uploads().iter().map(|upload| upload.began_ms).collect();
    assert_eq!(began.len(), 3);
    assert!(began[2] - began[1] < 10.0, "{began:?}");
}

/// What becomes of an upload whose file is replaced while its first attempt is on its way.
fn replaced_during(fault: Fault, tells_changes: bool, max_retries: u32) -> (World, File, Failure<Json>) {
    let features = Features { tells_changes, ..PAGE };
    let world = World::new(7, features, |settings| settings.max_retries = max_retries);
    let disk = world.disk(Kind::Jpeg);
    let file = world.choose(&disk);
    world.script([fault]);
    let (engine, sent) = (world.engine.clone(), file.clone());
    let call = world.call(async move { engine.upload(&sent, &UploadOptions::default(), &|_| ()).await });
    while world.uploads().is_empty() {
        world.go_on_until(world.executor.awake_ms() + 1.0);
    }
    disk.replace(&mut world.random.borrow_mut(), world.executor.awake_ms());
    let failure = world.end_of(&call).unwrap_err();
    (world, file, failure)
}

#[test]
fn a_file_that_has_changed_is_not_sent_again() {
    // What the network says of it is no reason: a browser fails to send a file that has changed. And what a server has
    // answered says nothing of the file, which is looked at before it is sent again.
    for (fault, max_retries) in [
        (Fault::LostBefore, 4),
        (Fault::LostBefore, 0),
        (Fault::RateLimited { seconds: 3 }, 4),
        (Fault::Failing { status: 503 }, 4),
    ] {
        for tells_changes in [true, false] {
            let (world, file, failure) = replaced_during(fault, tells_changes, max_retries);
            let why = format!("{fault:?}, {tells_changes}: {}", failure.message);
            assert_eq!((failure.code.as_str(), failure.attempts), ("file_unreadable", 1), "{why}");
            assert!(failure.message.starts_with("file: "));
            assert_eq!(world.uploads().len(), 1);
            let failure = upload(&world, &file, &UploadOptions::default()).unwrap_err();
            assert_eq!(failure.code, "file_unreadable");
        }
    }
}

#[test]
fn one_that_stands_still_is_given_up_after_a_minute_and_after_ten_where_nobody_sees_it() {
    for (sees_bytes, tells_bytes, limit_ms) in
        [(true, true, 60_000.0), (true, false, 600_000.0), (false, true, 600_000.0)]
    {
        let world = World::new(7, Features { sees_bytes, ..PAGE }, |settings| settings.max_retries = 0);
        world.script([Fault::Stalled]);
        let mut options = UploadOptions::default();
        options.tells_bytes = tells_bytes;
        let failure = upload(&world, &world.photo(Kind::Jpeg), &options).unwrap_err();
        assert_eq!(failure.code, "timeout");
        let took_ms = world.executor.awake_ms();
        assert!((limit_ms..limit_ms + 5_000.0).contains(&took_ms), "after {took_ms} ms");
        options.timeout = Some(Duration::from_secs(5));
        world.script([Fault::Stalled]);
        upload(&world, &world.photo(Kind::Jpeg), &options).unwrap_err();
        assert!(world.executor.awake_ms() - took_ms < 6_000.0, "a caller's own limit comes first");
    }
}

#[test]
fn progress_is_of_bytes_and_of_nothing_else() {
    let world = World::new(7, PAGE, |_| ());
    let (engine, file) = (world.engine.clone(), world.photo(Kind::Jpeg));
    let told = Rc::new(RefCell::new(Vec::new()));
    let heard = told.clone();
    let call = world.call(async move {
        let on_progress = |progress| match progress {
            Progress::Uploading { file: 0, files: 1, loaded_bytes, total_bytes, .. } => {
                heard.borrow_mut().push((loaded_bytes, total_bytes));
            }
            progress => panic!("{progress:?}"),
        };
        engine.upload(&file, &UploadOptions::default(), &on_progress).await
    });
    world.go_on_until(15.0);
    world.browser.set_offline(true);
    world.go_on_until(2_000.0);
    world.browser.set_offline(false);
    world.end_of(&call).unwrap();
    let told = told.borrow();
    let total = told[0].1;
    assert_eq!((told.first(), told.last()), (Some(&(0, total)), Some(&(total, total))));
    assert!(told.iter().any(|(loaded, _)| *loaded > 0 && *loaded < total), "{told:?}");
}

#[test]
fn a_picture_that_is_too_large_is_refused_or_encoded_anew() {
    let world = World::new(7, PAGE, |_| ());
    let large = world.photo(Kind::Large);
    let mut options = of_model();
    let report = inspect(&world, &large, &options.looked_at);
    assert!(report.issues.iter().any(|issue| issue.message.contains("30 MB")), "{:?}", report.issues);
    assert_eq!(upload(&world, &large, &options).unwrap_err().code, "validation_failed");
    options.looked_at.fit = Fit::Limit;
    let report = inspect(&world, &large, &options.looked_at);
    assert_eq!((report.shrinks, report.sent_bytes, report.issues.len()), (true, None, 0));
    // The platform may fail at it: then it says so.
    let uploaded = (0..20).find_map(|_| upload(&world, &world.photo(Kind::Large), &options).ok()).unwrap();
    assert!(uploaded.answer.0["size_bytes"].as_u64().unwrap() <= 30_000_000);
    let sent = world.uploads().pop().unwrap();
    assert!(contains(&sent.head, ENCODED));
    assert_eq!((sent.what.3.as_str(), sent.what.4.as_str()), ("large.webp", "image/webp"));

    // Workers have no canvas.
    let worker = World::new(7, Features { separates_calls: true, has_locks: false, ..PAGE }, |_| ());
    let failure = upload(&worker, &worker.photo(Kind::Large), &options).unwrap_err();
    assert!(failure.message.contains("there is no OffscreenCanvas"), "{}", failure.message);
    let report = inspect(&worker, &worker.photo(Kind::Large), &options.looked_at);
    assert!(
        report.issues.iter().any(|issue| issue.message.contains("OffscreenCanvas")),
        "{:?}",
        report.issues
    );
}

#[test]
fn a_damaged_picture_is_sent_only_as_it_is() {
    let world = World::new(7, PAGE, |_| ());
    let damaged = world.photo(Kind::Damaged);
    let failure = upload(&world, &damaged, &UploadOptions::default()).unwrap_err();
    assert_eq!(failure.code, "validation_failed");
    assert!(failure.message.starts_with("file is damaged at byte "), "{}", failure.message);
    let report = inspect(&world, &damaged, &InspectOptions::default());
    assert_eq!(report.issues.len(), 1, "{:?}", report.issues);
    let mut keeping = UploadOptions::default();
    keeping.looked_at.keep_metadata = true;
    assert_eq!(upload(&world, &damaged, &keeping).unwrap().removed, None);
}

#[test]
fn what_the_api_says_of_a_file_is_asked_by_its_id() {
    let world = World::new(7, PAGE, |_| ());
    let uploaded = upload(&world, &world.photo(Kind::Jpeg), &UploadOptions::default()).unwrap();
    let id = uploaded.answer.0["id"].as_str().unwrap().to_owned();
    let retrieve = |id: String| {
        let engine = world.engine.clone();
        world.end_of(&world.call(async move { engine.retrieve_file(&id, None).await }))
    };
    assert_eq!(retrieve(id).unwrap().0["url"], uploaded.answer.0["url"]);
    assert_eq!(retrieve("file_unknown".to_owned()).unwrap_err().code, "not_found");
    assert_eq!(retrieve("..".to_owned()).unwrap_err().code, "invalid_option");
}
