//! A download and a watch, as a caller makes them, and what holds for each by itself.

use std::cell::Cell;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use rivya_wasm::client::{DownloadOptions, DownloadProgress, Engine, Failure, Progress, urls_of};

use super::downloads::Hosts;
use super::executor::Executor;
use super::json::Json;
use super::platform::Tab;
use super::result_files::Wanted;
use super::tally::Tally;

fn id_of(generation: &Json) -> String {
    generation.0["id"].as_str().unwrap_or_default().to_owned()
}

/// Receives the results of a generation, and compares them with what lies there.
pub async fn download(
    engine: &Engine<Tab>,
    generation: &Json,
    timeout: Option<Duration>,
    max_attempts: u32,
) -> Result<String, Failure<Json>> {
    let urls = urls_of(generation)?;
    let last = Cell::new(None);
    let on_progress = |progress: DownloadProgress| last.set(Some(progress));
    let mut options = DownloadOptions::default();
    options.timeout = timeout;
    let downloaded = engine.download(&id_of(generation), &urls, &options, &on_progress).await;
    if let Err(failure) = &downloaded {
        // What asks for over a minute is not waited for.
        let is_repeated =
            failure.retryable && failure.retry_after.is_none_or(|after| after <= Duration::from_secs(60));
        let attempts = if is_repeated { max_attempts } else { failure.attempts };
        assert!(failure.attempts == attempts && attempts > 0, "{failure:?}");
        assert!(!failure.may_have_been_charged && failure.idempotency_key.is_none(), "{failure:?}");
    }
    let files = downloaded?;
    assert_eq!(files.len(), urls.len());
    let mut bytes = 0;
    for (file, url) in files.iter().zip(&urls) {
        let wanted = Wanted::at(url).expect("a result's URL names a result").bytes();
        bytes += wanted.len() as u64;
        assert!(file.content() == Some(wanted), "{url} is not what was handed over");
    }
    let last: DownloadProgress = last.get().expect("a download that has ended was told of");
    assert_eq!(last.loaded_bytes, bytes, "the last progress tells of all bytes");
    assert!(last.total_bytes.is_none_or(|total_bytes| total_bytes == bytes), "{last:?} of {bytes}");
    Ok(id_of(generation))
}

/// The code that a download ends with where nothing fails in passing.
pub fn lasting_failure(hosts: &Hosts, generation: &Json) -> Option<&'static str> {
    let urls = urls_of(generation).unwrap();
    let is_too_long = urls.iter().any(|url| Wanted::at(url).is_some_and(|wanted| wanted.is_too_long()));
    match (hosts.is_readable, hosts.wire.has_route) {
        (true, _) => is_too_long.then_some("invalid_response"),
        // What its route answers as a result, and is none, may be any page: the first failure counts.
        (false, true) => is_too_long.then_some("network_error"),
        (false, false) => Some("network_error"),
    }
}

/// Watches a generation until it ends. A busy reader takes its time between states, and drops a call at times.
pub async fn watch(
    engine: &Engine<Tab>,
    id: &str,
    limit: Duration,
    busy: Option<&Rc<Executor>>,
    tally: &Tally,
) -> Result<String, Failure<Json>> {
    let mut watch = engine.watch(id, limit);
    let on_progress = |progress: Progress<Json>| {
        if let Progress::Queued(seen) | Progress::Processing(seen) = progress {
            assert_eq!(id_of(&seen.generation), id);
        }
    };
    let mut seen: Vec<Json> = Vec::new();
    let last = loop {
        let in_time = match busy {
            Some(executor) => in_time(executor, 700.0, watch.next(&on_progress)).await,
            None => None,
        };
        if busy.is_some() && in_time.is_none() {
            tally.count("watch: a call was dropped");
        }
        let next = match in_time {
            Some(next) => next,
            None => watch.next(&on_progress).await,
        };
        match next.expect("a watch ends with an end") {
            Ok(generation) => {
                let is_new = seen.last().is_none_or(|before| before.0 != generation.0);
                assert!(is_new, "a state is told twice: {generation:?}");
                seen.push(generation.clone());
                let status = generation.0["status"].as_str().unwrap();
                if status == "succeeded" || status == "failed" {
                    break Ok(generation);
                }
            }
            Err(failure) => break Err(failure),
        }
        if let Some(executor) = busy {
            executor.sleep(9_000.0).await;
        }
    };
    for _ in 0..2 {
        assert!(watch.next(&on_progress).await.is_none(), "nothing follows an end");
    }
    last.map(|generation| id_of(&generation))
}

/// What a future comes to within so long; it is dropped else.
async fn in_time<T>(executor: &Rc<Executor>, limit_ms: f64, future: impl Future<Output = T>) -> Option<T> {
    let (mut future, mut timer) = (pin!(future), executor.sleep(limit_ms));
    poll_fn(move |context| match future.as_mut().poll(context) {
        Poll::Ready(value) => Poll::Ready(Some(value)),
        Poll::Pending => timer.as_mut().poll(context).map(|()| None),
    })
    .await
}
