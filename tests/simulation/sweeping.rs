//! Entries that have done their service go when the journal is read, and a submission may begin under the key of one at
//! that very moment.

use rivya_wasm::client::GenerateOptions;
use serde_json::Value;

use super::world::{PAGE, World, edit_of};

const KEY: &str = "order-1";
const DAY_MS: f64 = 86_400_000.0;

#[derive(Clone, Copy, Debug)]
enum Reader {
    ThisPage,
    AnotherPage,
}

/// Generates under the key, the journal being read so much later; the entry then, if there is one.
fn entry_of_the_next_day(reader: Reader, journal_read_after_ms: f64) -> Option<Value> {
    let world = World::new(7, PAGE, |_| ());
    let generate = || {
        let (engine, mut options) = (world.engine.clone(), GenerateOptions::default());
        options.idempotency_key = Some(KEY.to_owned());
        world.call(async move { engine.generate(&edit_of([]), &options, &|_| ()).await })
    };
    world.end_of(&generate()).unwrap();
    world.settle();
    world.executor.sleep_machine(DAY_MS + 1.0);
    world.browser.store_ms.set(100.0);
    let generating = generate();
    let engine = match reader {
        Reader::ThisPage => world.engine.clone(),
        Reader::AnotherPage => world.another_page(),
    };
    let executor = world.executor.clone();
    let reading = world.call(async move {
        executor.sleep(journal_read_after_ms).await;
        engine.pending().await
    });
    world.end_of(&generating).unwrap();
    world.end_of(&reading);
    world.settle();
    let texts = world.browser.texts.borrow();
    let entry = texts.iter().find(|(name, _)| name.ends_with(KEY));
    entry.map(|(_, text)| serde_json::from_str(text).unwrap())
}

#[test]
fn an_entry_that_begins_anew_under_the_key_of_one_which_goes_stays() {
    for reader in [Reader::ThisPage, Reader::AnotherPage] {
        for journal_read_after_ms in (0..600).step_by(10) {
            let entry = entry_of_the_next_day(reader, f64::from(journal_read_after_ms));
            let is_delivered = entry.is_some_and(|entry| entry["deliveredMs"].is_number());
            assert!(is_delivered, "{reader:?} takes it off when it reads after {journal_read_after_ms} ms");
        }
    }
}
