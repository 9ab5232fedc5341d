//! What the journal says at the moment in which a call hands something over.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use rivya_wasm::client::{Engine, GenerateOptions, GenerateRequest, Settings};
use rivya_wasm::emulator::settings::Habit;
use serde_json::Value;

use super::executor::{Executor, Owner};
use super::platform::{Browser, Features, Tab};
use super::server::{BASE_URL, KEY, Server};
use super::tally::Tally;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Job {
    Generate,
    Create,
}

/// Whether each entry was noted as delivered when the call ended.
fn entries_at_the_end_of(job: Job, separates_calls: bool) -> Vec<bool> {
    let executor = Rc::<Executor>::default();
    let texts = Rc::<RefCell<BTreeMap<String, String>>>::default();
    let tally = Rc::<Tally>::default();
    let server = Server::new(executor.clone(), Habit::Replay, 7, texts.clone(), tally.clone());
    let features = Features { has_store: true, has_locks: false, separates_calls, tells_causes: false };
    let browser = Browser::new(executor.clone(), server, texts.clone(), features, 7, tally);
    browser.store_fault_rate.set(0.0);
    let authorization = ("Authorization".to_owned(), format!("Bearer {KEY}"));
    let settings = Settings { headers: vec![authorization], ..Settings::new(BASE_URL) };
    let engine = Engine::new(Tab::new(browser, 1), settings);
    let ended = Rc::new(RefCell::new(None));
    let told = ended.clone();
    executor.spawn(Owner { tab: 1, call: 1 }, async move {
        let mut request = GenerateRequest::new("nano-banana-2");
        request.prompt = Some("A kite".to_owned());
        let options = GenerateOptions::default();
        match job {
            Job::Generate => engine.generate(&request, &options, &|_| ()).await.map(drop).unwrap(),
            Job::Create => engine.create(&request, &options, None).await.map(drop).unwrap(),
        }
        let entries =
            texts.borrow().values().filter_map(|text| serde_json::from_str::<Value>(text).ok()).collect();
        *told.borrow_mut() = Some(entries);
    });
    while ended.borrow().is_none() {
        executor.run_ready(|_| 0);
        assert!(ended.borrow().is_some() || executor.advance(1e9), "the call does not come to an end");
    }
    let entries: Vec<Value> = ended.take().unwrap();
    entries.iter().filter(|entry| entry.is_object()).map(|entry| entry["deliveredMs"].is_number()).collect()
}

#[test]
fn a_worker_notes_what_it_hands_over_before_it_does_and_a_page_afterwards() {
    for job in [Job::Generate, Job::Create] {
        // A Worker may be stopped as soon as its answer has left.
        assert_eq!(entries_at_the_end_of(job, true), [true], "{job:?}");
        // A page may be closed in between: it shall get its picture again.
        assert_eq!(entries_at_the_end_of(job, false), [false], "{job:?}");
    }
}
