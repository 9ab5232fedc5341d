//! A store that takes its time, or never answers: how long it holds a call up.

use std::time::Duration;

use rivya_wasm::client::GenerateOptions;

use super::browser::Features;
use super::world::{PAGE, World, edit_of};

const WORKER: Features = Features { separates_calls: true, has_locks: false, ..PAGE };
const SHORT: Duration = Duration::from_secs(1);
const LONG: Duration = Duration::from_secs(900);
/// The key of the one entry that a call has written.
const KEY: &str = "order-1";
/// What the keys of the others begin with.
const OTHERS: &str = "order-of-yesterday-";

/// A journal of so many entries that were not delivered, and the id of the generation of one of them.
fn world_with_entries(features: Features, count: usize) -> (World, String) {
    let world = World::new(7, features, |_| ());
    let (engine, mut options) = (world.engine.clone(), GenerateOptions::default());
    options.idempotency_key = Some(KEY.to_owned());
    options.wait_timeout = SHORT;
    let call = world.call(async move { engine.generate(&edit_of([]), &options, &|_| ()).await });
    assert_eq!(world.end_of(&call).unwrap_err().code, "timeout");
    world.settle();
    let mut texts = world.browser.texts.borrow_mut();
    let (name, entry) = texts.iter().find(|(name, _)| name.ends_with(KEY)).unwrap();
    let (name, entry) = (name.clone(), entry.clone());
    let id = serde_json::from_str::<serde_json::Value>(&entry).unwrap()["id"].as_str().unwrap().to_owned();
    for number in 1..count {
        let key = format!("{OTHERS}{number:04}");
        let its_id = format!("task_of_yesterday_{number}");
        let text = entry.replace(KEY, &key).replace(&id, &its_id);
        texts.insert(name.replace(KEY, &key), text);
    }
    drop(texts);
    (world, id)
}

/// How long the work of a call takes, and what it comes to.
fn timed<T: 'static>(world: &World, work: impl Future<Output = T> + 'static) -> (f64, T) {
    let began_ms = world.executor.awake_ms();
    let ended = world.end_of(&world.call(work));
    (world.executor.awake_ms() - began_ms, ended)
}

#[test]
fn what_a_worker_notes_at_the_end_is_written_side_by_side() {
    let world = World::new(7, WORKER, |_| ());
    world.browser.store_ms.set(500.0);
    let generating = world.generate(edit_of([]));
    world.end_of(&generating.call).unwrap();
    let polled_ms = world.server.log.borrow().gets.last().unwrap().ended_ms;
    let took_ms = world.executor.awake_ms() - polled_ms;
    // Each of the two notes reads and writes.
    assert!((1_000.0..1_100.0).contains(&took_ms), "{took_ms} ms behind the last poll");
    let texts = world.browser.texts.borrow();
    assert!(texts.keys().any(|name| name.contains("/durations/")), "{texts:?}");
    assert!(texts.values().any(|text| text.contains("deliveredMs")), "{texts:?}");
}

#[test]
fn a_journal_that_answers_no_question_costs_the_time_of_one() {
    for features in [PAGE, WORKER] {
        let (world, id) = world_with_entries(features, 2_000);
        *world.browser.hanging_key.borrow_mut() = Some("order-".to_owned());
        let engine = world.engine.clone();
        let (took_ms, pending) = timed(&world, async move { engine.pending().await });
        assert!(pending.is_empty() && took_ms < 2_500.0, "pending took {took_ms} ms");

        let engine = world.engine.clone();
        let (took_ms, unknown) = timed(&world, async move { engine.retrieve("task_unknown", None).await });
        assert_eq!(unknown.unwrap_err().code, "not_found");
        assert!(took_ms < 3_000.0, "an id that is unknown took {took_ms} ms");

        // By now the generation has ended.
        world.executor.sleep_machine(600_000.0);
        let (engine, asked) = (world.engine.clone(), id.clone());
        let (took_ms, ended) = timed(&world, async move { engine.wait(&asked, LONG, &|_| ()).await });
        assert!(ended.is_ok() && took_ms < 3_000.0, "to wait by id took {took_ms} ms");

        let engine = world.engine.clone();
        let (took_ms, ended) = timed(&world, async move { engine.resume_id(&id, LONG, &|_| ()).await });
        // Where it is noted before the end is handed over, the journal is asked twice.
        assert!(ended.is_ok() && took_ms < 5_000.0, "to resume by id took {took_ms} ms");
    }
}

#[test]
fn a_journal_that_answers_slowly_is_read_whole_and_one_entry_that_hangs_costs_that_one() {
    let (world, _) = world_with_entries(PAGE, 500);
    // Eight rows of questions.
    world.browser.store_ms.set(700.0);
    let engine = world.engine.clone();
    let (took_ms, pending) = timed(&world, async move { engine.pending().await });
    assert_eq!(pending.len(), 500, "in {took_ms} ms");
    *world.browser.hanging_key.borrow_mut() = Some(format!("{OTHERS}0100"));
    let engine = world.engine.clone();
    let (_, pending) = timed(&world, async move { engine.pending().await });
    assert_eq!(pending.len(), 499);
}

#[test]
fn a_limit_bounds_what_is_read_and_noted_for_a_wait() {
    for features in [PAGE, WORKER] {
        let (world, id) = world_with_entries(features, 1_000);
        // All of it takes 16 s.
        world.browser.store_ms.set(1_000.0);
        world.executor.sleep_machine(600_000.0);
        let (engine, asked) = (world.engine.clone(), id.clone());
        let (took_ms, ended) = timed(&world, async move { engine.wait(&asked, SHORT, &|_| ()).await });
        assert!(ended.is_ok() && took_ms < 3_000.0, "to wait by id took {took_ms} ms");
        let engine = world.engine.clone();
        let (took_ms, unknown) =
            timed(&world, async move { engine.wait("task_unknown", SHORT, &|_| ()).await });
        assert_eq!(unknown.unwrap_err().code, "not_found");
        assert!(took_ms < 3_000.0, "to wait for an unknown id took {took_ms} ms");
        let engine = world.engine.clone();
        let (took_ms, ended) = timed(&world, async move { engine.resume_id(&id, SHORT, &|_| ()).await });
        assert!(ended.is_ok() && took_ms < 5_500.0, "to resume by id took {took_ms} ms");
        // What is noted goes on by itself.
        world.settle();
        assert!(world.server.entry_of(KEY).unwrap()["deliveredMs"].is_number());
    }
}
