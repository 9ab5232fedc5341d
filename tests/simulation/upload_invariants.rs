//! What must hold of files after each run.

use std::collections::BTreeMap;

use rivya_wasm::platform::Blob;
use serde_json::Value;

use super::calls::Made;
use super::files::{ENCODED, File, contains};
use super::photos::SECRET;
use super::scenario::Run;
use super::uploads::Upload;

const HOUR_MS: f64 = 3_600_000.0;
/// A file that was looked at within a second is sent without another look, and the disk takes its time.
const UNSEEN_MS: f64 = 1_200.0;

pub fn check(run: &Run) {
    what_is_uploaded_is_the_picture_without_its_metadata(run);
    a_file_that_was_replaced_without_a_word_is_not_sent(run);
    a_file_is_uploaded_once_within_an_hour(run);
    no_more_are_sent_at_once_than_may_be(run);
    what_is_submitted_names_the_uploads_of_its_files(run);
    nothing_is_submitted_where_an_upload_has_failed(run);
    no_file_is_left_open(run);
}

fn call_of<'a>(run: &'a Run, upload: &Upload) -> &'a Made {
    run.calls.iter().find(|call| call.owner == upload.owner).expect("an upload is a call's")
}

fn what_is_uploaded_is_the_picture_without_its_metadata(run: &Run) {
    for upload in &run.server.traffic.borrow().attempts {
        let (disk, call) = (run.folder.chosen(upload.chosen), call_of(run, upload));
        if contains(&upload.head, ENCODED) {
            assert!(
                call.asked.fits && upload.what.3.ends_with(extension_of(&upload.what.4)),
                "{:?}",
                upload.what
            );
            continue;
        }
        // What is read of a file that was replaced without a word is neither the one nor the other.
        let is_changed = !run.browser.features.tells_changes && !disk.changes_ms().is_empty();
        let Some(content) = upload.content.as_ref().filter(|_| !is_changed) else { continue };
        if call.asked.keeps_metadata {
            assert!(disk.was_cut_short() || disk.whole().contains(content), "a file was changed: {disk:?}");
        } else {
            assert!(!contains(content, SECRET), "metadata of {disk:?} is uploaded");
            // Of a picture that breaks off as much is sent as there is.
            assert!(
                disk.was_cut_short() || disk.clean().contains(content),
                "a picture was changed: {disk:?}, of which {} bytes were sent",
                content.len()
            );
        }
    }
}

fn extension_of(media_type: &str) -> &'static str {
    match media_type {
        "image/jpeg" => ".jpg",
        _ => ".webp",
    }
}

fn a_file_that_was_replaced_without_a_word_is_not_sent(run: &Run) {
    let traffic = run.server.traffic.borrow();
    for upload in &traffic.attempts {
        for changed_ms in run.folder.chosen(upload.chosen).changes_ms() {
            let since_ms = upload.began_ms - changed_ms;
            let was_known = traffic.attempts.iter().any(|other| {
                let is_same = other.chosen == upload.chosen && other.owner.tab == upload.owner.tab;
                let is_remembered = upload.began_wall_ms - other.began_wall_ms < HOUR_MS;
                is_same && other.began_ms < changed_ms && is_remembered
            });
            // What was encoded anew lies in memory: a repeat sends it again, whatever has become of the file.
            let is_repeat_from_memory = contains(&upload.head, ENCODED)
                && traffic.attempts.iter().any(|other| {
                    let is_same = other.chosen == upload.chosen && other.owner == upload.owner;
                    is_same && other.began_ms < changed_ms
                });
            if is_repeat_from_memory {
                continue;
            }
            // Known by how it began: one that was cut short is the same file, as long as it can be read.
            assert!(!was_known || since_ms < UNSEEN_MS, "{upload:?} though it has changed");
        }
    }
}

fn a_file_is_uploaded_once_within_an_hour(run: &Run) {
    let traffic = run.server.traffic.borrow();
    let mut same: BTreeMap<_, Vec<&Upload>> = BTreeMap::new();
    for upload in &traffic.attempts {
        let call = call_of(run, upload);
        let key = (upload.owner.tab, upload.chosen, &upload.what, call.asked.keeps_metadata, call.asked.fits);
        same.entry(key).or_default().push(upload);
    }
    for uploads in same.into_values() {
        for stored in uploads.iter().filter_map(|upload| upload.stored.as_ref()) {
            if stored.is_for_one_use {
                run.tally.count("upload: for one use");
                continue;
            }
            for upload in &uploads {
                let is_itself = upload.stored.as_ref().is_some_and(|other| other.url == stored.url);
                // Where calls are apart, one does not know of what another one is uploading.
                let separates_calls = run.browser.features.separates_calls;
                let began_ms = if separates_calls { call_of(run, upload).began_ms } else { upload.began_ms };
                let since_ms = (began_ms - stored.at_ms).max(upload.began_wall_ms - stored.at_wall_ms);
                let is_fine = is_itself || began_ms < stored.at_ms || since_ms >= HOUR_MS;
                assert!(is_fine, "{upload:?} though it was uploaded {since_ms} ms before");
            }
        }
        if !run.browser.features.separates_calls {
            never_twice_at_once(&uploads);
        }
    }
}

/// Who wants the same while it is on its way waits for it. Once an answer has said that such an upload is for one use,
/// each makes his own, and no longer waits for others.
fn never_twice_at_once(uploads: &[&Upload]) {
    let for_one_use =
        uploads.iter().filter_map(|upload| upload.stored.as_ref()).filter(|stored| stored.is_for_one_use);
    let shared_until_ms = for_one_use.map(|stored| stored.at_ms).fold(f64::INFINITY, f64::min);
    let uploads: Vec<_> = uploads.iter().filter(|upload| upload.began_ms < shared_until_ms).collect();
    let spans = uploads.iter().filter_map(|upload| Some((upload.began_ms, upload.stored.as_ref()?.at_ms)));
    for (began_ms, ended_ms) in spans {
        let within = uploads.iter().filter(|other| other.began_ms > began_ms && other.began_ms < ended_ms);
        assert_eq!(within.count(), 0, "one file is uploaded twice at once: {uploads:?}");
    }
}

fn no_more_are_sent_at_once_than_may_be(run: &Run) {
    let most = run.server.traffic.borrow().most();
    assert!(most <= run.max_concurrent_uploads, "{most} uploads at once of {}", run.max_concurrent_uploads);
    if most > 1 {
        run.tally.count("upload: several at once");
    }
}

/// Where the files of a call lie, by what the server has answered.
fn what_is_submitted_names_the_uploads_of_its_files(run: &Run) {
    let (log, traffic) = (run.server.log.borrow(), run.server.traffic.borrow());
    for post in log.posts.values().flatten() {
        let Some(call) = run.calls.iter().find(|call| call.owner == post.owner) else { continue };
        if call.asked.files.is_empty() {
            continue;
        }
        let body: Value = serde_json::from_str(&post.body).unwrap();
        let items = body["params"]["referenceMediaItems"].as_array().expect("files are referred to");
        assert_eq!(items.len(), call.asked.files.len());
        run.tally.count("submission: with files");
        for (item, file) in items.iter().zip(&call.asked.files) {
            let upload = upload_of(item, file, &traffic.attempts);
            if upload.owner != call.owner {
                run.tally.count("upload: used again");
            }
        }
    }
}

fn upload_of<'a>(item: &Value, file: &File, uploads: &'a [Upload]) -> &'a Upload {
    let url = item["url"].as_str().unwrap();
    let is_its = |upload: &&Upload| upload.stored.as_ref().is_some_and(|stored| stored.url == url);
    let upload = uploads.iter().find(is_its).expect("what is submitted was uploaded");
    assert_eq!(upload.chosen, file.identity(), "a submission names another file");
    let members: Vec<&str> = item.as_object().unwrap().keys().map(String::as_str).collect();
    let named = ["kind", "mimeType", "name", "url"];
    assert_eq!(members, if file.name().is_some() { &named[..] } else { &["kind", "mimeType", "url"] });
    assert_eq!(item["mimeType"].as_str(), Some(upload.what.4.as_str()));
    upload
}

fn nothing_is_submitted_where_an_upload_has_failed(run: &Run) {
    let log = run.server.log.borrow();
    for call in run.calls.iter().filter(|call| !call.asked.files.is_empty()) {
        let has_posted = log.posts.values().flatten().any(|post| post.owner == call.owner);
        let Some(Err(failure)) = call.ended.borrow().as_ref().map(|ended| ended.result.clone()) else {
            continue;
        };
        if failure.idempotency_key.is_none() {
            assert!(!has_posted, "submitted though {failure:?}");
            assert!(!failure.may_have_been_charged);
            run.tally.count("submission: none, for a file has failed");
        }
    }
}

fn no_file_is_left_open(run: &Run) {
    assert_eq!(run.browser.machine.open.get(), 0, "files or pictures are left open");
    assert!(run.server.traffic.borrow().is_quiet(), "uploads are left");
}
