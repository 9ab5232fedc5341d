//! Downloads of single results, step by step.

use std::cell::RefCell;
use std::rc::Rc;

use rivya_wasm::client::{DownloadOptions, Failure, GenerateOptions, urls_of};

use super::executor::Owner;
use super::handover::{World, kite, world};
use super::json::Json;

/// What a download comes to whose URLs are those of a generation, changed, and how many requests for results were made.
fn downloaded(change: impl Fn(&mut Vec<String>) + 'static) -> (Result<usize, Failure<Json>>, u64) {
    let World { executor, server, engine, .. } = world(true, 0.0);
    let tally = server.tally.clone();
    let ended = Rc::new(RefCell::new(None));
    let told = ended.clone();
    executor.spawn(Owner { tab: 1, call: 1 }, async move {
        server.fault_rate.set(0.0);
        let generation = engine.generate(&kite(), &GenerateOptions::default(), &|_| ()).await.unwrap();
        let mut urls = urls_of(&generation).unwrap();
        change(&mut urls);
        let id = generation.0["id"].as_str().unwrap();
        let files = engine.download(id, &urls, &DownloadOptions::default(), &|_| ()).await;
        *told.borrow_mut() = Some(files.map(|files| files.len()));
    });
    while ended.borrow().is_none() {
        executor.run_ready(|_| 0);
        assert!(ended.borrow().is_some() || executor.advance(1e9), "the call does not come to an end");
    }
    (ended.take().unwrap(), tally.of("result: as it is"))
}

#[test]
fn all_urls_are_checked_before_the_first_is_fetched() {
    let (result, requests) = downloaded(|_| ());
    assert_eq!((result.is_ok_and(|count| count as u64 == requests), requests > 0), (true, true));
    for (url, told) in [
        ("http://cdn.rivya-media.com/task_0/0.png", "must be https:"),
        ("https://192.168.0.1/0.png?token=7", "must lead to a name in public"),
        ("https://user:pw@cdn.rivya-media.com/0.png", "must have no user name or password in it"),
        ("/results/0.png", "it is no absolute URL"),
    ] {
        let (result, requests) = downloaded(|urls| urls.push(url.to_owned()));
        let failure = result.unwrap_err();
        let (_, why) = failure.message.split_once("] is not fetched: ").expect("it says which one");
        assert!(why.contains(told), "{why}");
        assert!(!failure.message.contains("token"), "{}", failure.message);
        assert_eq!((failure.code.as_str(), failure.retryable, requests), ("invalid_response", false, 0));
    }
}

#[test]
fn what_is_no_list_of_urls_is_refused_by_name() {
    let empty: [fn(&mut Vec<String>); 2] = [Vec::clear, |urls| urls.insert(0, String::new())];
    for change in empty {
        let (result, requests) = downloaded(change);
        let failure = result.unwrap_err();
        assert_eq!((failure.code.as_str(), requests), ("invalid_option", 0));
        assert!(failure.message.contains("generation.result.urls[0]"), "{}", failure.message);
    }
    let (result, requests) = downloaded(|urls| *urls = vec![urls[0].clone(); 101]);
    assert_eq!((result.unwrap_err().code.as_str(), requests), ("invalid_response", 0));
}

#[test]
fn urls_are_the_list_or_the_primary_url_alone() {
    let read = |result: serde_json::Value| {
        urls_of(&Json(Rc::new(serde_json::json!({ "result": result }))))
            .map_err(|failure| failure.into_facts().code)
    };
    let owned = |urls: &[&str]| Ok(urls.iter().map(|url| (*url).to_owned()).collect());
    assert_eq!(read(serde_json::json!({ "urls": ["a", "b"], "primary_url": "c" })), owned(&["a", "b"]));
    assert_eq!(read(serde_json::json!({ "urls": [], "primary_url": "c" })), owned(&["c"]));
    assert_eq!(read(serde_json::json!({ "urls": "a", "primary_url": "c" })), owned(&["c"]));
    assert_eq!(read(serde_json::json!({ "urls": ["a", 7] })), Err("invalid_option".to_owned()));
    assert_eq!(read(serde_json::Value::Null), Err("invalid_option".to_owned()));
}
