//! Watches whose reader is busy, or goes.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Poll, Waker};
use std::time::Duration;

use rivya_wasm::client::{GenerateOptions, Progress};

use super::executor::Owner;
use super::handover::{World, kite, world};
use super::world::{PAGE, World as Quiet, edit_of, until};

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

/// Whether work is polled just now, and who is told when it is again.
#[derive(Clone, Default)]
struct Gate(Rc<(Cell<bool>, RefCell<Option<Waker>>)>);

impl Gate {
    fn shut(&self) {
        self.0.0.set(true);
    }

    fn open(&self) {
        self.0.0.set(false);
        self.0.1.borrow_mut().take().unwrap().wake();
    }

    fn is_shut(&self) -> bool {
        self.0.0.get()
    }

    async fn behind<T>(self, work: impl Future<Output = T>) -> T {
        let mut work = Box::pin(work);
        poll_fn(|context| {
            *self.0.1.borrow_mut() = Some(context.waker().clone());
            if self.is_shut() { Poll::Pending } else { work.as_mut().poll(context) }
        })
        .await
    }
}

#[test]
fn whoever_gives_up_in_the_very_poll_that_brings_the_end_was_handed_nothing() {
    // Its generations take a while.
    let world = Quiet::new(3, PAGE, |_| ());
    let (gate, told, is_late) = (Gate::default(), Rc::new(Cell::new(0)), Rc::new(Cell::new(false)));
    let (engine, own_gate, heard, late) = (world.engine.clone(), gate.clone(), told.clone(), is_late.clone());
    let call = world.call(async move {
        let on_progress = |progress| {
            if let Progress::Queued(_) | Progress::Processing(_) = progress {
                heard.set(heard.get() + 1);
            }
        };
        let (request, options) = (edit_of([]), GenerateOptions::default());
        let gives_up = || late.get() && heard.get() > 1;
        until(own_gate.behind(engine.generate(&request, &options, &on_progress)), gives_up).await
    });
    while told.get() == 0 {
        world.go_on_until(world.executor.awake_ms() + 10.0);
    }
    // Nobody polls it for a while, in which its loop goes on: another one drives it.
    gate.shut();
    let (engine, (key, id)) = (world.engine.clone(), world.server.charges().remove(0));
    let watch = world.end_of(&world.call(async move {
        let mut watch = engine.watch(&id, LIMIT);
        assert!(watch.next(&|_| ()).await.is_some_and(|state| state.is_ok()));
        watch
    }));
    world.go_on_until(world.executor.awake_ms() + BUSY_MS);
    assert_eq!(told.get(), 1, "it was not polled");
    is_late.set(true);
    gate.open();
    assert!(world.end_of(&call).is_none(), "it is given up");
    drop(watch);
    world.settle();
    let entry = world.server.entry_of(&key).unwrap();
    assert_eq!((entry["state"].as_str(), entry.get("deliveredMs")), (Some("running"), None));
}

#[test]
fn a_watch_that_nobody_reads_asks_for_nothing() {
    ended(false, |World { executor, server, engine, .. }| async move {
        let _watch = engine.watch("task_1", LIMIT);
        executor.sleep(BUSY_MS).await;
        assert!(server.log.borrow().gets.is_empty());
    });
}
