//! Single entries of the journal: what is sent, and what stays in the store, where somebody else changes an entry, it
//! can't be read, its generation is lost, or it is too old.

use std::cell::Cell;
use std::rc::Rc;

use rivya_wasm::client::{GenerateOptions, Progress};

use super::exchange_faults::Fault;
use super::garbage::prefix_of;
use super::submissions::{KEY, LONG, Result, generate, resume, until_sent, world};
use super::world::{Call, PAGE, World, edit_of, until};

const DAY_MS: f64 = 86_400_000.0;

/// A submission that was sent, and whose call is gone before it was answered.
fn sent_and_left(world: &World) {
    world.script_exchanges([Fault::LostAfter]);
    let call = generate(world, Some(KEY), "At night", LONG);
    until_sent(world);
    world.executor.drop_task(call.task);
    world.settle();
}

fn wait(world: &World, id: &str) -> Call<Result> {
    let (engine, id) = (world.engine.clone(), id.to_owned());
    world.call(async move { engine.wait(&id, LONG, &|_| ()).await })
}

#[test]
fn what_another_page_has_forgotten_while_it_ran_is_not_written_again() {
    let world = world();
    let call = generate(&world, Some(KEY), "At night", LONG);
    until_sent(&world);
    let other = world.another_page();
    world.end_of(&world.call(async move { other.forget(KEY).await }));
    world.end_of(&call).unwrap();
    world.settle();
    assert!(world.server.entry_of(KEY).is_none(), "it is there again");
}

#[test]
fn what_was_forgotten_while_a_call_waited_for_its_lock_is_not_sent() {
    let world = world();
    world.script_exchanges([Fault::Late]);
    let first = generate(&world, Some(KEY), "At night", LONG);
    until_sent(&world);
    let second = resume(&world, LONG);
    // It has read the entry, and waits for the lock.
    world.go_on_until(world.executor.awake_ms() + 100.0);
    let other = world.another_page();
    world.end_of(&world.call(async move { other.forget(KEY).await }));
    world.executor.drop_task(first.task);
    let failure = world.end_of(&second).unwrap_err();
    assert_eq!((failure.code.as_str(), failure.may_have_been_charged), ("not_found", true));
    world.settle();
    assert_eq!(world.bodies().len(), 1, "it is sent again");
}

#[test]
fn what_can_not_be_read_is_not_overwritten_and_may_have_been_charged() {
    let world = world();
    let (name, strangers) = (prefix_of(0) + KEY, r#"{"version":2,"key":"order-1"}"#);
    world.browser.texts.borrow_mut().insert(name.clone(), strangers.to_owned());
    world.script_exchanges([Fault::Failing { status: 402 }]);
    let failure = world.end_of(&generate(&world, Some(KEY), "At night", LONG)).unwrap_err();
    assert!(failure.may_have_been_charged, "whoever wrote that may have sent it: {failure:?}");
    world.end_of(&generate(&world, Some(KEY), "At night", LONG)).unwrap();
    world.settle();
    assert_eq!(world.browser.texts.borrow().get(&name).map(String::as_str), Some(strangers));
}

#[test]
fn whoever_gives_up_when_told_that_it_is_about_to_be_submitted_has_submitted_nothing() {
    let world = world();
    let (is_told, engine) = (Rc::new(Cell::new(false)), world.engine.clone());
    let told = is_told.clone();
    let call = world.call(async move {
        let on_progress = |progress| told.set(told.get() || matches!(progress, Progress::Submitting));
        let (request, options) = (edit_of([]), GenerateOptions::default());
        until(engine.generate(&request, &options, &on_progress), || told.get()).await
    });
    assert!(world.end_of(&call).is_none() && is_told.get());
    world.settle();
    assert!(world.bodies().is_empty() && world.browser.texts.borrow().is_empty());
}

#[test]
fn the_entry_of_a_generation_that_the_api_knows_no_more_is_lost_and_stays() {
    for is_resumed in [false, true] {
        let world = world();
        sent_and_left(&world);
        let mut entry = world.server.entry_of(KEY).unwrap();
        entry["id"] = "task_unknown".into();
        entry["state"] = "running".into();
        world.browser.texts.borrow_mut().insert(prefix_of(0) + KEY, entry.to_string());
        let call = if is_resumed { resume(&world, LONG) } else { wait(&world, "task_unknown") };
        let failure = world.end_of(&call).unwrap_err();
        assert_eq!((failure.code.as_str(), failure.status), ("not_found", Some(404)));
        world.settle();
        assert_eq!(world.server.entry_of(KEY).unwrap()["state"], "lost");
    }
}

#[test]
fn the_entry_of_a_generation_that_has_failed_goes_when_that_was_told() {
    let mut failed = 0;
    for seed in 0..60 {
        let world = World::new(seed, PAGE, |_| ());
        let Err(failure) = world.end_of(&generate(&world, Some(KEY), "At night", LONG)) else { continue };
        assert_eq!(failure.code, "generation_failed");
        world.settle();
        assert!(world.server.entry_of(KEY).is_none(), "it was told");
        failed += 1;
    }
    assert!(failed > 0, "none has failed");
}

/// A page that is offline holds the POST back, and a pause of the API's does: meanwhile its machine sleeps for a day.
#[test]
fn what_was_held_back_for_a_day_is_not_sent_again() {
    for is_offline in [true, false] {
        let world = world();
        sent_and_left(&world);
        if is_offline {
            world.browser.set_offline(true);
        } else {
            world.script_exchanges([Fault::RateLimited { seconds: 50 }]);
            let other = generate(&world, Some("order-2"), "By day", LONG);
            while world.server.in_flight.get() == 0 {
                world.go_on_until(world.executor.awake_ms() + 1.0);
            }
            world.go_on_until(world.executor.awake_ms() + 1_000.0);
            world.executor.drop_task(other.task);
        }
        let sent = world.bodies().len();
        let call = resume(&world, LONG);
        world.go_on_until(world.executor.awake_ms() + 1_000.0);
        world.executor.sleep_machine(DAY_MS + 60_000.0);
        world.browser.set_offline(false);
        let failure = world.end_of(&call).unwrap_err();
        assert_eq!(world.bodies().len(), sent, "it is sent again");
        assert_eq!((failure.code.as_str(), failure.attempts), ("resume_expired", 0));
        assert!(failure.may_have_been_charged && !failure.retryable, "{failure:?}");
        assert_eq!(failure.idempotency_key.as_deref(), Some(KEY));
    }
}
