//! Watches whose reader is busy, or goes.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use rivya_wasm::client::GenerateOptions;

use super::executor::Owner;
use super::handover::{World, kite, world};

const LIMIT: Duration = Duration::from_secs(900);
const BUSY_MS: f64 = 200_000.0;

/// Runs a call to its end.
fn ended<F: Future<Output = ()> + 'static>(separates_calls: bool, call: impl FnOnce(World) -> F) {
    let world = world(separates_calls, 0.0);
    let (executor, is_over) = (world.executor.clone(), Rc::new(Cell::new(false)));
    world.server.fault_rate.set(0.0);
    let (call, told) = (call(world), is_over.clone());
    executor.spawn(Owner { tab: 1, call: 1 }, async move {
        call.await;
        told.set(true);
    });
    while !is_over.get() {
        executor.run_ready(|_| 0);
        assert!(is_over.get() || executor.advance(1e9), "the call does not come to an end");
    }
}

#[test]
fn a_watch_polls_on_while_its_reader_is_busy_and_no_state_is_lost() {
    for separates_calls in [false, true] {
        ended(separates_calls, |World { executor, server, engine, .. }| async move {
            let options = GenerateOptions::default();
            let id =
                engine.create(&kite(), &options, None).await.unwrap().0["id"].as_str().unwrap().to_owned();
            let mut watch = engine.watch(&id, LIMIT);
            assert!(watch.next(&|_| ()).await.is_some_and(|state| state.is_ok()));
            executor.sleep(BUSY_MS).await;
            let (polls, since_ms) = (server.log.borrow().gets.len(), executor.awake_ms());
            assert!(polls > 1, "it polls while its reader is busy");
            let mut last = None;
            while let Some(state) = watch.next(&|_| ()).await {
                last = Some(state.unwrap().0["status"].clone());
            }
            assert_eq!(last.as_ref().and_then(|status| status.as_str()), Some("succeeded"));
            assert!(executor.awake_ms() - since_ms < 1_000.0, "what has come is there already");
            assert_eq!(server.log.borrow().gets.len(), polls, "nothing is asked for behind the end");
        });
    }
}

#[test]
fn a_watch_that_is_dropped_between_two_states_polls_no_more() {
    for separates_calls in [false, true] {
        ended(separates_calls, |World { executor, server, engine, .. }| async move {
            let options = GenerateOptions::default();
            let id =
                engine.create(&kite(), &options, None).await.unwrap().0["id"].as_str().unwrap().to_owned();
            let mut watch = engine.watch(&id, LIMIT);
            assert!(watch.next(&|_| ()).await.is_some_and(|state| state.is_ok()));
            drop(watch);
            executor.sleep(BUSY_MS).await;
            assert_eq!(server.log.borrow().gets.len(), 1);
            assert_eq!(executor.owners().len(), 1, "nothing but this very call is left");
        });
    }
}

#[test]
fn a_watch_that_nobody_reads_asks_for_nothing() {
    ended(false, |World { executor, server, engine, .. }| async move {
        let _watch = engine.watch("task_1", LIMIT);
        executor.sleep(BUSY_MS).await;
        assert!(server.log.borrow().gets.is_empty());
    });
}
