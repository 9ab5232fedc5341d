//! The states of a generation, as a program in Rust reads them.

use std::future::poll_fn;
use std::pin::Pin;
use std::time::Duration;

use futures_core::{FusedStream, Stream};
use rivya_wasm::api::{Error, Generation, Status, Watch};
use wasm_bindgen_test::wasm_bindgen_test;

use super::scripted::{self, Answer, Scripted};
use super::{client, queued, succeeded};

async fn next(watch: &mut Watch) -> Option<Result<Generation, Error>> {
    poll_fn(|context| Pin::new(&mut *watch).poll_next(context)).await
}

#[wasm_bindgen_test]
async fn a_watch_hands_over_each_state_and_nothing_behind_the_end() {
    let script = Scripted::new([queued(), succeeded()]);
    let client = client(&script).without_store().build().unwrap();
    let mut watch = client.generations().watch("task_1");
    assert!(script.sent().is_empty(), "nothing is asked for before it is polled");
    for status in [Status::Queued, Status::Succeeded] {
        assert_eq!(next(&mut watch).await.unwrap().unwrap().status(), status);
    }
    for _ in 0..2 {
        assert!(next(&mut watch).await.is_none() && watch.is_terminated());
    }
    assert_eq!(script.sent().len(), 2);
}

#[wasm_bindgen_test]
async fn a_watch_ends_behind_an_error() {
    let script = Scripted::new([queued()]);
    let client = client(&script).without_store().build().unwrap();
    let mut watch = client.generations().watch("task_1").wait_timeout(Duration::from_millis(300));
    assert_eq!(next(&mut watch).await.unwrap().unwrap().status(), Status::Queued);
    assert_eq!(next(&mut watch).await.unwrap().unwrap_err().code(), "timeout");
    assert!(next(&mut watch).await.is_none());
    let mut none = client.generations().watch("..");
    assert_eq!(next(&mut none).await.unwrap().unwrap_err().code(), "invalid_option");
    assert!(next(&mut none).await.is_none());
}

#[wasm_bindgen_test]
async fn a_watch_that_is_dropped_aborts_its_poll() {
    let script = Scripted::new([Answer::Never]);
    let client = client(&script).without_store().build().unwrap();
    let mut watch = client.generations().watch("task_1");
    let reading = Box::pin(async move { next(&mut watch).await.map(drop) });
    scripted::poll_until(reading, || !script.sent().is_empty()).await;
    assert!(script.sent()[0].signal.aborted(), "its request is left behind");
}
