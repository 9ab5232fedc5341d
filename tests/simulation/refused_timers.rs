//! A platform that refuses timers from one of them on.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use rivya_wasm::client::GenerateOptions;

use super::executor::Owner;
use super::handover::{World, kite, world};

const KEY: &str = "order 7";
const LIMIT: Duration = Duration::from_secs(900);

/// Generates where timers are refused behind so many, and takes it up where they are not. Whether any was refused, and
/// whether the submission had been sent by then.
fn generated(timers: u64, separates_calls: bool) -> (bool, bool) {
    let World { executor, server, engine, .. } = world(separates_calls, 0.0);
    let (is_over, was_refused) = (Rc::<Cell<bool>>::default(), Rc::<Cell<(bool, bool)>>::default());
    let (told, refused, served) = (is_over.clone(), was_refused.clone(), server.clone());
    executor.spawn(Owner { tab: 1, call: 1 }, async move {
        let browser = engine.platform().browser.clone();
        let mut options = GenerateOptions::default();
        options.idempotency_key = Some(KEY.to_owned());
        browser.timers_left.set(timers);
        let ended = engine.generate(&kite(), &options, &|_| ()).await;
        browser.timers_left.set(u64::MAX);
        let is_charged = !served.charges().is_empty();
        if let Err(failure) = &ended {
            assert_eq!(failure.code, "network_error", "{}", failure.message);
            assert!(failure.message.ends_with("no timers here"), "{}", failure.message);
            let is_told = failure.may_have_been_charged || failure.generation.is_some();
            assert!(is_told || !is_charged, "a charge is hidden behind {timers} timers");
        }
        refused.set((ended.is_err(), is_charged));
        let again = match is_charged {
            true => engine.resume(KEY, LIMIT, &|_| ()).await.or(ended),
            false => engine.generate(&kite(), &options, &|_| ()).await,
        };
        assert_eq!(again.unwrap().0["status"], "succeeded", "{timers} timers");
        assert_eq!(served.charges().len(), 1);
        told.set(true);
    });
    while !is_over.get() {
        executor.run_ready(|_| 0);
        assert!(is_over.get() || executor.advance(1e9), "behind {timers} timers the call does not end");
    }
    was_refused.get()
}

#[test]
fn a_call_fails_with_the_timer_that_it_is_refused_and_hides_no_charge() {
    for separates_calls in [false, true] {
        let outcomes: Vec<_> = (0..)
            .map(|timers| generated(timers, separates_calls))
            .take_while(|(is_refused, _)| *is_refused)
            .collect();
        let sent = outcomes.iter().filter(|(_, is_charged)| *is_charged).count();
        assert!(sent > 1 && outcomes.len() - sent > 1, "{outcomes:?}");
    }
}
