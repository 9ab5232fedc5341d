//! The flows in the executor that native programs have: tokio's, of one thread. The world's own tasks and timers go on
//! beside them.

use std::cell::RefCell;
use std::rc::Rc;

use rivya_wasm::client::{GenerateOptions, Progress};
use rivya_wasm::platform::Answer;
use tokio::runtime::Builder;
use tokio::task::{LocalSet, spawn_local, yield_now};

use super::handover::{World, kite, world};

#[test]
fn an_engine_makes_a_picture_in_a_local_set() {
    let World { executor, server, engine, .. } = world(false, 0.0);
    server.fault_rate.set(0.0);
    let told = Rc::<RefCell<Vec<&str>>>::default();
    let phases = told.clone();
    let making = async move {
        let tell = |progress| {
            phases.borrow_mut().push(match progress {
                Progress::Submitting => "submitting",
                Progress::Queued(_) => "queued",
                _ => "another",
            });
        };
        engine.generate(&kite(), &GenerateOptions::default(), &tell).await
    };
    let runtime = Builder::new_current_thread().build().unwrap();
    let made = LocalSet::new().block_on(&runtime, async move {
        let making = spawn_local(making);
        while !making.is_finished() {
            executor.run_ready(|_| 0);
            yield_now().await;
            if executor.has_timers() {
                executor.advance(1e9);
            }
        }
        making.await.unwrap()
    });
    assert_eq!(made.unwrap().text(&["status"]).as_deref(), Some("succeeded"));
    assert_eq!(server.charges().len(), 1);
    assert_eq!(told.borrow().iter().take(2).copied().collect::<Vec<_>>(), ["submitting", "queued"]);
}
