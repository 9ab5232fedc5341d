//! A store that takes its time, or never answers: how long it holds a call up.

use super::browser::Features;
use super::world::{PAGE, World, edit_of};

const WORKER: Features = Features { separates_calls: true, has_locks: false, ..PAGE };

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
