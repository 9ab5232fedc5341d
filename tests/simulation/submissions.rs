//! Single submissions: what a call says and sends where another one is at it, the time is up, or the store is broken.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use rivya_wasm::client::{Failure, GenerateOptions, Progress};
use rivya_wasm::emulator::settings::Habit;

use super::browser::Features;
use super::calls::phase_of;
use super::exchange_faults::Fault;
use super::json::Json;
use super::world::{Call, PAGE, World, edit_of, until};

pub(super) const KEY: &str = "order-1";
pub(super) const SHORT: Duration = Duration::from_secs(1);
pub(super) const LONG: Duration = Duration::from_secs(900);

pub(super) type Result<T = Json> = std::result::Result<T, Failure<Json>>;

pub(super) fn world() -> World {
    World::new(7, PAGE, |_| ())
}

pub(super) fn generate(world: &World, key: Option<&str>, prompt: &str, limit: Duration) -> Call<Result> {
    let mut request = edit_of([]);
    request.prompt = Some(prompt.to_owned());
    let mut options = GenerateOptions::default();
    options.idempotency_key = key.map(str::to_owned);
    options.wait_timeout = limit;
    let engine = world.engine.clone();
    world.call(async move { engine.generate(&request, &options, &|_| ()).await })
}

pub(super) fn resume(world: &World, limit: Duration) -> Call<Result> {
    let engine = world.engine.clone();
    world.call(async move { engine.resume(KEY, limit, &|_| ()).await })
}

/// Goes on until the first submission is on its way.
pub(super) fn until_sent(world: &World) {
    while world.executor.awake_ms() < 1_000.0 && world.server.in_flight.get() == 0 {
        world.go_on_until(world.executor.awake_ms() + 1.0);
    }
    assert_eq!(world.server.in_flight.get(), 1, "it is on its way");
}

#[test]
fn whoever_waits_for_another_calls_submission_may_have_been_charged_by_it() {
    for is_resumed in [false, true] {
        let world = world();
        world.script_exchanges([Fault::Late]);
        let _first = generate(&world, Some(KEY), "At night", LONG);
        until_sent(&world);
        let second =
            if is_resumed { resume(&world, SHORT) } else { generate(&world, Some(KEY), "At night", SHORT) };
        let failure = world.end_of(&second).unwrap_err();
        assert_eq!(failure.code, "timeout");
        assert!(failure.may_have_been_charged && failure.retryable, "{failure:?}");
        assert_eq!((failure.idempotency_key.as_deref(), failure.attempts), (Some(KEY), 0));
    }
}

#[test]
fn so_may_be_who_has_found_nothing_in_the_journal_before_the_other_one_wrote_there() {
    let world = world();
    world.browser.store_ms.set(300.0);
    world.script_exchanges([Fault::Late]);
    let _first = generate(&world, Some(KEY), "At night", LONG);
    world.go_on_until(100.0);
    let failure = world.end_of(&generate(&world, Some(KEY), "At night", SHORT)).unwrap_err();
    assert_eq!((failure.code.as_str(), failure.attempts), ("timeout", 0));
    assert!(failure.may_have_been_charged, "{failure:?}");
    assert_eq!(world.server.charges().len(), 1);
}

#[test]
fn a_call_with_a_key_of_its_own_that_has_sent_nothing_was_not_charged() {
    let world = world();
    world.browser.set_offline(true);
    let failure = world.end_of(&generate(&world, None, "At night", SHORT)).unwrap_err();
    assert!(!failure.may_have_been_charged && failure.retryable, "{failure:?}");
    assert!(world.bodies().is_empty());
}

#[test]
fn an_answer_that_does_not_come_ends_with_the_limit_of_its_call() {
    let world = world();
    world.script_exchanges([Fault::Late]);
    let failure = world.end_of(&generate(&world, None, "At night", SHORT)).unwrap_err();
    assert!(world.executor.awake_ms() < 5_000.0, "after {} ms", world.executor.awake_ms());
    assert_eq!((failure.code.as_str(), failure.attempts), ("timeout", 1));
    // Made again it would be another submission, under another key.
    assert!(failure.may_have_been_charged && !failure.retryable, "{failure:?}");
    assert!(failure.idempotency_key.is_some());
}

#[test]
fn a_slow_store_uses_up_no_time_of_a_submission_and_what_was_answered_is_not_given_up_for_it() {
    let world = world();
    world.browser.store_ms.set(1_500.0);
    let generation = world.end_of(&generate(&world, Some(KEY), "At night", SHORT)).unwrap();
    assert_eq!(world.bodies().len(), 1);
    assert_eq!(world.server.entry_of(KEY).unwrap()["id"], generation.0["id"]);
}

#[test]
fn a_repeat_by_the_browser_is_waited_out_where_nobody_else_can_have_used_the_key() {
    for (key, code) in [(None, None), (Some(KEY), Some("idempotency_conflict"))] {
        let world = World::with_habit(Habit::ConflictWhileRunning, 7, PAGE, |_| ());
        world.script_exchanges([Fault::Repeated]);
        let result = world.end_of(&generate(&world, key, "At night", LONG));
        assert_eq!(result.as_ref().err().map(|failure| failure.code.as_str()), code, "{result:?}");
        assert_eq!(world.server.charges().len(), 1);
    }
}

#[test]
fn what_another_request_has_begun_under_the_same_key_is_not_delivered_where_the_store_is_broken() {
    let world = world();
    let first = generate(&world, Some(KEY), "At night", LONG);
    until_sent(&world);
    world.browser.store_fault_rate.set(2.0);
    let second = generate(&world, Some(KEY), "By day", LONG);
    world.end_of(&first).unwrap();
    let failure = world.end_of(&second).unwrap_err();
    assert_eq!((failure.code.as_str(), failure.status), ("idempotency_conflict", Some(409)));
    assert_eq!(world.server.charges().len(), 1);
}

#[test]
fn a_day_begins_with_the_first_call_of_a_key_and_not_with_the_next_one() {
    let world = world();
    world.browser.store_ms.set(300.0);
    world.script_exchanges([Fault::Late]);
    let first = generate(&world, Some(KEY), "At night", LONG);
    world.go_on_until(100.0);
    let second = generate(&world, Some(KEY), "At night", LONG);
    world.go_on_until(1_000.0);
    let started_ms = world.server.entry_of(KEY).unwrap()["startedMs"].clone();
    world.executor.drop_task(first.task);
    world.end_of(&second).unwrap();
    let entry = world.server.entry_of(KEY).unwrap();
    assert_eq!(entry["startedMs"], started_ms);
    assert!(entry["id"].is_string(), "the entry is the second one's to write, too: {entry}");
    assert_eq!((world.bodies().len(), world.server.charges().len()), (2, 1));
}

#[test]
fn an_id_that_the_store_could_not_write_down_is_known_to_the_calls_of_its_client() {
    let world = world();
    let first = generate(&world, Some(KEY), "At night", LONG);
    until_sent(&world);
    let second = resume(&world, LONG);
    // It has read the entry, and waits for the lock.
    world.go_on_until(world.executor.awake_ms() + 20.0);
    world.browser.store_fault_rate.set(2.0);
    let ids = [world.end_of(&first), world.end_of(&second)].map(|result| result.unwrap().0["id"].clone());
    assert_eq!(ids[0], ids[1]);
    assert_eq!(world.bodies().len(), 1, "it is not sent again");
}

#[test]
fn a_submission_is_sent_again_for_a_day_and_then_it_is_said_that_it_may_have_been_charged() {
    for (hours, is_sent) in [(23.0, true), (25.0, false)] {
        let world = world();
        world.script_exchanges([Fault::LostAfter]);
        let first = generate(&world, Some(KEY), "At night", LONG);
        until_sent(&world);
        world.executor.drop_task(first.task);
        world.settle();
        world.executor.sleep_machine(hours * 3_600_000.0);
        let result = world.end_of(&resume(&world, LONG));
        let sent = world.bodies().len();
        assert_eq!((result.is_ok(), sent), (is_sent, if is_sent { 2 } else { 1 }), "{result:?}");
        assert_eq!(world.server.charges().len(), 1);
        if let Err(failure) = result {
            assert_eq!(failure.code, "resume_expired");
            assert!(failure.may_have_been_charged && !failure.retryable, "{failure:?}");
            assert_eq!(failure.idempotency_key.as_deref(), Some(KEY));
        }
    }
}

#[test]
fn what_was_refused_at_each_attempt_leaves_no_entry_and_what_was_not_does() {
    for (faults, is_in_doubt, stays) in [
        (vec![Fault::Failing { status: 402 }], false, false),
        // A pause passes.
        (vec![Fault::RateLimited { seconds: 900 }], false, true),
        (vec![Fault::LostAfter, Fault::Failing { status: 402 }], true, true),
    ] {
        let world = world();
        world.script_exchanges(faults.clone());
        let failure = world.end_of(&generate(&world, Some(KEY), "At night", LONG)).unwrap_err();
        assert_eq!(failure.attempts as usize, faults.len());
        assert_eq!(failure.may_have_been_charged, is_in_doubt, "{faults:?}: {failure:?}");
        assert_eq!(world.server.entry_of(KEY).is_some(), stays, "{faults:?}");
    }
}

#[test]
fn a_key_that_is_none_is_refused_before_anything_is_sent() {
    let long = "k".repeat(129);
    for key in ["", "two\nlines", "schlüssel", long.as_str()] {
        let world = world();
        let failure = world.end_of(&generate(&world, Some(key), "At night", LONG)).unwrap_err();
        assert_eq!(failure.code, "invalid_option");
        assert!(failure.message.contains("1 to 128 characters"), "{}", failure.message);
        assert!(world.bodies().is_empty());
    }
}

#[test]
fn nothing_is_known_of_a_key_that_the_journal_does_not_have() {
    let world = world();
    let failure = world.end_of(&resume(&world, LONG)).unwrap_err();
    assert_eq!((failure.code.as_str(), failure.may_have_been_charged), ("not_found", false));
    // Of a store that does not answer nobody can tell.
    world.browser.store_fault_rate.set(2.0);
    let failure = world.end_of(&resume(&world, LONG)).unwrap_err();
    assert_eq!((failure.code.as_str(), failure.may_have_been_charged), ("not_found", true));
    assert!(failure.retryable && world.bodies().is_empty());
}

#[test]
fn two_pages_without_locks_send_one_key_with_one_body_and_are_charged_once() {
    let world = World::new(7, Features { has_locks: false, ..PAGE }, |_| ());
    let other = Rc::new(world.another_page());
    let calls = [&world.engine, &*other].map(|engine| {
        let engine = engine.clone();
        let mut options = GenerateOptions::default();
        options.idempotency_key = Some(KEY.to_owned());
        world.call(async move { engine.generate(&edit_of([]), &options, &|_| ()).await })
    });
    let ids = calls.map(|call| world.end_of(&call).unwrap().0["id"].clone());
    assert_eq!(ids[0], ids[1]);
    let bodies = world.bodies();
    assert!(bodies.iter().all(|body| *body == bodies[0]));
    assert_eq!(world.server.charges().len(), 1);
}

#[test]
fn a_create_gives_each_attempt_the_time_that_its_caller_says() {
    let world = World::new(7, PAGE, |settings| settings.max_retries = 0);
    world.script_exchanges([Fault::Late]);
    let engine = world.engine.clone();
    let call = world.call(async move {
        engine.create(&edit_of([]), &GenerateOptions::default(), Some(Duration::from_secs(3))).await
    });
    let failure = world.end_of(&call).unwrap_err();
    assert_eq!(failure.code, "timeout");
    assert!((3_000.0..4_000.0).contains(&world.executor.awake_ms()), "{}", world.executor.awake_ms());
}

#[test]
fn a_pause_that_the_api_asks_for_is_slept_out_where_the_limit_leaves_time_for_it() {
    for (limit, attempts) in [(LONG, None), (Duration::from_secs(20), Some(1))] {
        let world = world();
        world.script_exchanges([Fault::RateLimited { seconds: 40 }]);
        let result = world.end_of(&generate(&world, None, "At night", limit));
        assert_eq!(result.as_ref().err().map(|failure| failure.attempts), attempts, "{result:?}");
        let waited_ms = world.executor.awake_ms();
        assert!(attempts.is_none() || waited_ms < 2_000.0, "it ends at once: after {waited_ms} ms");
    }
}

#[test]
fn what_may_be_sent_no_more_after_a_pause_is_not_sent() {
    let world = world();
    world.script_exchanges([Fault::LostAfter]);
    let call = generate(&world, Some(KEY), "At night", LONG);
    until_sent(&world);
    while world.server.in_flight.get() > 0 {
        world.go_on_until(world.executor.awake_ms() + 1.0);
    }
    // The machine sleeps through the pause before the next attempt.
    world.executor.sleep_machine(25.0 * 3_600_000.0);
    let failure = world.end_of(&call).unwrap_err();
    assert_eq!((failure.code.as_str(), failure.attempts), ("network_error", 1));
    assert!(failure.may_have_been_charged, "{failure:?}");
    assert_eq!(world.bodies().len(), 1);
}

#[test]
fn a_submission_that_is_held_back_says_that_the_machine_is_offline_and_that_it_goes_on() {
    let world = world();
    world.browser.set_offline(true);
    let generating = world.generate(edit_of([]));
    world.go_on_until(3_500.0);
    assert!(world.bodies().is_empty());
    world.browser.set_offline(false);
    world.end_of(&generating.call).unwrap();
    let told = generating.told.borrow();
    let phases: Vec<&str> = told.iter().map(phase_of).collect();
    let wanted = ["submitting", "offline", "offline", "offline", "offline", "submitting", "queued"];
    let wanted = wanted.map(|phase| format!("progress: {phase}"));
    assert_eq!(phases[..wanted.len()], wanted);
    assert_eq!(world.bodies().len(), 1);
}

#[test]
fn whoever_gives_up_when_the_network_is_back_has_submitted_nothing_more() {
    // One that was held back, and one that is about to be repeated.
    for is_sent_before in [false, true] {
        let world = world();
        let submitting = Rc::new(Cell::new(0));
        let (told, counted, engine) = (submitting.clone(), submitting.clone(), world.engine.clone());
        world.browser.set_offline(!is_sent_before);
        let call = world.call(async move {
            let on_progress = |progress| {
                if let Progress::Submitting = progress {
                    told.set(told.get() + 1);
                }
            };
            let (request, options) = (edit_of([]), GenerateOptions::default());
            until(engine.generate(&request, &options, &on_progress), || counted.get() > 1).await
        });
        if is_sent_before {
            until_sent(&world);
            world.browser.set_offline(true);
        }
        world.go_on_until(3_500.0);
        let sent = world.browser.tally.of("fault: none");
        world.browser.set_offline(false);
        assert!(world.end_of(&call).is_none(), "it is given up");
        assert_eq!((submitting.get(), sent), (2, u64::from(is_sent_before)));
        assert_eq!(world.browser.tally.of("fault: none"), sent, "nothing is sent behind it");
    }
}

#[test]
fn a_wait_that_is_over_leaves_an_entry_that_runs_and_is_made_again_under_a_key_of_the_callers_alone() {
    for key in [None, Some(KEY)] {
        // Its generations take a while.
        let world = World::new(3, PAGE, |_| ());
        let failure = world.end_of(&generate(&world, key, "At night", SHORT)).unwrap_err();
        assert_eq!((failure.code.as_str(), failure.retryable), ("timeout", key.is_some()));
        assert!(failure.generation.is_some(), "{failure:?}");
        let entry = world.server.entry_of(failure.idempotency_key.as_deref().unwrap()).unwrap();
        assert_eq!(entry["state"], "running");
    }
}

#[test]
fn whether_a_poll_comes_through_the_network_says_and_not_the_platform() {
    let world = world();
    world.browser.set_offline(true);
    let engine = world.engine.clone();
    let call = world.call(async move { engine.retrieve("task_0", None).await });
    world.go_on_until(1_000.0);
    assert_eq!(world.server.log.borrow().gets.len(), 1, "it is sent all the same");
    let failure = world.end_of(&call).unwrap_err();
    assert_eq!((failure.code.as_str(), failure.may_have_been_charged), ("network_error", false));
}

#[test]
fn a_call_that_is_given_up_while_its_id_is_written_lets_no_other_page_submit_before() {
    let mut accepted = 0;
    for given_up_after_ms in (0..1_500).step_by(20) {
        let mut world = World::with_habit(Habit::Ignored, 7, PAGE, |_| ());
        world.browser.store_ms.set(100.0);
        let first = generate(&world, Some(KEY), "At night", LONG);
        // It has read the journal, and has the lock, when the other one comes for it.
        world.go_on_until(world.executor.awake_ms() + 50.0);
        world.engine = world.another_page();
        let second = generate(&world, Some(KEY), "At night", LONG);
        world.go_on_until(world.executor.awake_ms() + f64::from(given_up_after_ms));
        let is_accepted = world.bodies().len() == 1 && world.server.in_flight.get() == 0;
        world.executor.drop_task(first.task);
        world.end_of(&second).unwrap();
        world.settle();
        let submissions = world.bodies().len();
        accepted += usize::from(is_accepted);
        assert!(!is_accepted || submissions == 1, "{submissions} submissions at {given_up_after_ms} ms");
    }
    assert!(accepted > 3, "accepted in {accepted} cases");
}
