use std::pin::pin;
use std::task::Poll;

use js_sys::{Function, Promise, Reflect};
use rivya_wasm::js::error::Error;
use rivya_wasm::js::exchange::held;
use rivya_wasm::js::promise::{Call, abortable};
use rivya_wasm::js::timer::{ends_within, sleep};
use wasm_bindgen::prelude::*;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{AbortController, AbortSignal};

use super::{Dropped, poll_once};

#[wasm_bindgen(inline_js = "
export function watchTimers() {
  const { setTimeout, clearTimeout } = globalThis;
  const running = new Set();
  globalThis.setTimeout = (callback, delay, ...args) => {
    const id = setTimeout(() => { running.delete(id); callback(...args); }, delay);
    running.add(id);
    return id;
  };
  globalThis.clearTimeout = (id) => { running.delete(id); clearTimeout(id); };
  return { count: () => running.size, stop: () => Object.assign(globalThis, { setTimeout, clearTimeout }) };
}
export function watchListeners(signal) {
  const listeners = new Set();
  // On the prototype: a signal's own properties are not asked.
  const { addEventListener, removeEventListener } = EventTarget.prototype;
  EventTarget.prototype.addEventListener = function (type, listener) { if (this === signal) listeners.add(listener); addEventListener.call(this, type, listener); };
  EventTarget.prototype.removeEventListener = function (type, listener) { if (this === signal) listeners.delete(listener); removeEventListener.call(this, type, listener); };
  return { count: () => listeners.size, stop: () => {} };
}
")]
extern "C" {
    type Watch;
    #[wasm_bindgen(js_name = watchTimers)]
    fn watch_timers() -> Watch;
    #[wasm_bindgen(js_name = watchListeners)]
    fn watch_listeners(signal: &AbortSignal) -> Watch;
    #[wasm_bindgen(method)]
    fn count(this: &Watch) -> u32;
    #[wasm_bindgen(method)]
    fn stop(this: &Watch);
}

const LONG_MS: f64 = 60_000.0;

fn endless() -> Call {
    Box::pin(std::future::pending())
}

#[wasm_bindgen_test]
fn a_dropped_sleep_leaves_no_timer() {
    let timers = watch_timers();
    let mut sleeping = Box::pin(sleep(LONG_MS));
    assert!(poll_once(sleeping.as_mut()).is_pending());
    let while_asleep = timers.count();
    drop(sleeping);
    let afterwards = timers.count();
    timers.stop();
    assert_eq!((while_asleep, afterwards), (1, 0));
}

#[wasm_bindgen_test]
async fn a_limit_leaves_no_timer_whether_it_was_kept_or_not() {
    let timers = watch_timers();
    let mut job = pin!(std::future::ready(()));
    let in_time = ends_within(LONG_MS, job.as_mut()).await;
    let mut never = pin!(std::future::pending());
    let too_late = !ends_within(1.0, never.as_mut()).await;
    let left = timers.count();
    timers.stop();
    assert_eq!((in_time, too_late, left), (true, true, 0));
}

#[wasm_bindgen_test]
fn an_abort_ends_the_call_with_the_signals_own_reason_and_leaves_no_listener() {
    let controller = AbortController::new().unwrap();
    let listeners = watch_listeners(&controller.signal());
    let dropped = Dropped::default();
    let guard = dropped.guard();
    let call: Call = Box::pin(async move {
        let _guard = guard;
        std::future::pending().await
    });
    let reason = js_sys::Object::new();
    {
        let mut running = pin!(abortable(Some(controller.signal()), call));
        assert!(poll_once(running.as_mut()).is_pending());
        assert_eq!(listeners.count(), 1);
        controller.abort_with_reason(&reason);
        match poll_once(running.as_mut()) {
            Poll::Ready(Err(Error::Thrown(thrown))) => assert!(js_sys::Object::is(&thrown, &reason)),
            _ => panic!("the call did not end with the reason"),
        }
    }
    assert_eq!(listeners.count(), 0);
    assert!(dropped.is_set());
}

#[wasm_bindgen_test]
fn a_signal_that_has_fired_ends_the_call_before_it_begins() {
    let reason = JsValue::from_str("too late");
    let signal = AbortSignal::abort_with_reason(&reason);
    let begun = Dropped::default();
    let guard = begun.guard();
    let call: Call = Box::pin(async move {
        drop(guard);
        std::future::pending().await
    });
    let mut running = pin!(abortable(Some(signal), call));
    assert!(
        matches!(poll_once(running.as_mut()), Poll::Ready(Err(Error::Thrown(thrown))) if thrown == reason)
    );
}

#[wasm_bindgen_test]
fn neither_a_result_nor_a_dropped_call_leaves_a_listener() {
    let controller = AbortController::new().unwrap();
    let listeners = watch_listeners(&controller.signal());
    {
        let mut running = pin!(abortable(Some(controller.signal()), Box::pin(async { Ok(JsValue::TRUE) })));
        assert!(matches!(poll_once(running.as_mut()), Poll::Ready(Ok(value)) if value.is_truthy()));
    }
    assert_eq!(listeners.count(), 0);
    let mut running = Box::pin(abortable(Some(controller.signal()), endless()));
    assert!(poll_once(running.as_mut()).is_pending());
    assert_eq!(listeners.count(), 1);
    drop(running);
    assert_eq!(listeners.count(), 0);
}

#[wasm_bindgen_test]
async fn an_abort_wakes_a_call_that_nothing_else_would() {
    let controller = AbortController::new().unwrap();
    let abort = Function::new_with_args("controller", "setTimeout(() => controller.abort('enough'))");
    abort.call1(&JsValue::NULL, &controller).unwrap();
    let ended = abortable(Some(controller.signal()), endless()).await;
    assert!(matches!(ended, Err(Error::Thrown(reason)) if reason == "enough"));
}

#[wasm_bindgen_test]
async fn what_was_begun_is_aborted_when_it_is_dropped_and_not_when_it_has_ended() {
    let aborted = |controller: &JsValue| {
        let signal = Reflect::get(controller, &"signal".into()).unwrap();
        Reflect::get(&signal, &"aborted".into()).unwrap().is_truthy()
    };
    let seen = std::cell::RefCell::new(JsValue::UNDEFINED);
    let never = |controller: &JsValue| {
        *seen.borrow_mut() = controller.clone();
        Promise::new(&mut |_, _| {})
    };
    let mut running = Box::pin(held(&never));
    assert!(poll_once(running.as_mut()).is_pending());
    assert!(!aborted(&seen.borrow()));
    drop(running);
    assert!(aborted(&seen.borrow()));

    let at_once = |controller: &JsValue| {
        *seen.borrow_mut() = controller.clone();
        Promise::resolve(&JsValue::from_str("answer"))
    };
    assert_eq!(held(&at_once).await, "answer");
    assert!(!aborted(&seen.borrow()));
}
