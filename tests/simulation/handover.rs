//! What the journal says at the moment in which a call hands something over, and how long a store holds a call up.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use rivya_wasm::client::{DownloadOptions, Engine, GenerateOptions, GenerateRequest, Settings, urls_of};
use rivya_wasm::emulator::settings::Habit;
use serde_json::Value;

use super::browser::{Browser, Features};
use super::executor::{Executor, Owner};
use super::files::File;
use super::platform::Tab;
use super::server::{BASE_URL, KEY, Server};
use super::tally::Tally;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Job {
    Generate,
    Create,
}

pub struct World {
    pub executor: Rc<Executor>,
    pub server: Rc<Server>,
    texts: Rc<RefCell<BTreeMap<String, String>>>,
    pub engine: Engine<Tab>,
}

/// `store_fault_rate`: 0 for a store that answers each question, 2 for one that answers none in time.
pub fn world(separates_calls: bool, store_fault_rate: f64) -> World {
    let executor = Rc::<Executor>::default();
    let texts = Rc::<RefCell<BTreeMap<String, String>>>::default();
    let tally = Rc::<Tally>::default();
    let server = Server::new(executor.clone(), Habit::Replay, 7, texts.clone(), tally.clone());
    let features = Features {
        has_store: true,
        has_locks: false,
        separates_calls,
        tells_causes: false,
        sees_bytes: false,
        tells_changes: true,
    };
    let browser = Browser::new(executor.clone(), server.clone(), texts.clone(), features, 7, tally);
    browser.store_fault_rate.set(store_fault_rate);
    let authorization = ("Authorization".to_owned(), format!("Bearer {KEY}"));
    let settings = Settings { headers: vec![authorization], ..Settings::new(BASE_URL) };
    let engine = Engine::new(Tab::new(browser, 1, 0), settings);
    World { executor, server, texts, engine }
}

pub fn kite() -> GenerateRequest<File> {
    let mut request = GenerateRequest::new("nano-banana-2");
    request.prompt = Some("A kite".to_owned());
    request
}

/// Whether each entry was noted as delivered when the call ended.
fn entries_at_the_end_of(job: Job, separates_calls: bool) -> Vec<bool> {
    let World { executor, texts, engine, .. } = world(separates_calls, 0.0);
    let ended = Rc::new(RefCell::new(None));
    let told = ended.clone();
    executor.spawn(Owner { tab: 1, call: 1 }, async move {
        let (request, options) = (kite(), GenerateOptions::default());
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

#[test]
fn a_download_leaves_the_journal_as_it_is_whatever_it_comes_to() {
    let World { executor, server, texts, engine } = world(true, 0.0);
    let ended = Rc::new(RefCell::new(Vec::new()));
    let told = ended.clone();
    executor.spawn(Owner { tab: 1, call: 1 }, async move {
        server.fault_rate.set(0.0);
        let generation = engine.generate(&kite(), &GenerateOptions::default(), &|_| ()).await.unwrap();
        let id = generation.0["id"].as_str().unwrap();
        let (urls, before) = (urls_of(&generation).unwrap(), texts.borrow().clone());
        assert!(!before.is_empty(), "its entry stays for a day");
        for fault_rate in [1.0, 0.0] {
            server.fault_rate.set(fault_rate);
            let files = engine.download(id, &urls, &DownloadOptions::default(), &|_| ()).await;
            told.borrow_mut().push(files.is_ok());
            assert_eq!(*texts.borrow(), before);
        }
    });
    while ended.borrow().len() < 2 {
        executor.run_ready(|_| 0);
        assert!(ended.borrow().len() == 2 || executor.advance(1e9), "the call does not come to an end");
    }
    assert_eq!(*ended.borrow(), [false, true]);
}

#[test]
fn a_store_that_does_not_answer_holds_a_submission_up_for_its_entry_alone() {
    let World { executor, server, engine, .. } = world(false, 2.0);
    executor.spawn(Owner { tab: 1, call: 1 }, async move {
        drop(engine.generate(&kite(), &GenerateOptions::default(), &|_| ()).await);
    });
    while server.log.borrow().posts.is_empty() {
        executor.run_ready(|_| 0);
        assert!(executor.advance(60_000.0), "nothing is submitted");
    }
    let sent_ms = executor.awake_ms();
    assert!((2_000.0..3_000.0).contains(&sent_ms), "submitted after {sent_ms} ms");
}
