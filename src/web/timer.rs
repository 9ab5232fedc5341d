//! Timers, and turns of the event loop.
//!
//! The platform may refuse a timer: a Worker sets none outside of a request, and any script of a page can put a
//! function that throws in the place of `setTimeout`. `gloo-timers` throws then, through all that waits in Rust. So the
//! timers are set here, where it is caught: whoever polls one that was refused fails with it (`client/timers.rs`).

use std::cell::Cell;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use js_sys::{Function, Promise};
use wasm_bindgen::prelude::*;

use super::failure::describe;
use super::guarded::guarded;
use super::promise::Settling;
use crate::futures::slot::Slot;
use crate::platform::Local;

#[wasm_bindgen(module = "/src/web/turn.js")]
extern "C" {
    #[wasm_bindgen(js_name = eventLoopTurn)]
    fn event_loop_turn() -> Promise;
}

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = setTimeout, catch)]
    fn set_timeout(on_end: &Function, delay_ms: u32) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(js_name = clearTimeout, catch)]
    fn clear_timeout(timer: &JsValue) -> Result<(), JsValue>;
}

thread_local! {
    /// How many timers were refused so far.
    static REFUSED: Cell<u64> = const { Cell::new(0) };
    /// What was thrown then, in words.
    static REASON: Slot<String> = Slot::default();
}

/// The longest delay that `setTimeout` takes: a longer one would end at once.
const MAX_DELAY_MS: u32 = 2_147_483_647;

/// Whether a timer has ended, and whom that wakes.
#[derive(Default)]
struct Ended {
    has_ended: Cell<bool>,
    waker: Cell<Option<Waker>>,
}

/// A timer that was set. Dropped, it is cleared.
struct Timer {
    id: JsValue,
    /// Kept as long as JavaScript may call it.
    on_end: Option<Closure<dyn FnMut()>>,
}

impl Timer {
    fn set(delay_ms: u32, ended: &Rc<Ended>) -> Result<Self, JsValue> {
        let ended = ended.clone();
        let on_end = Closure::<dyn FnMut()>::new(move || {
            ended.has_ended.set(true);
            if let Some(waker) = ended.waker.take() {
                waker.wake();
            }
        });
        let id = set_timeout(&guarded(&on_end), delay_ms)?;
        Ok(Self { id, on_end: Some(on_end) })
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        // One that can't be cleared still ends, and finds nobody.
        if clear_timeout(&self.id).is_err()
            && let Some(on_end) = self.on_end.take()
        {
            on_end.forget();
        }
    }
}

/// Ends after so long. Its timer is set when it is polled first, and where it was refused, with each poll once more: it
/// may be shared by several calls, of which each fails by itself.
pub(super) struct Sleep {
    delay_ms: u32,
    ended: Rc<Ended>,
    timer: Option<Timer>,
}

impl Sleep {
    fn new(delay: Duration) -> Self {
        let delay_ms = u32::try_from(delay.as_millis()).unwrap_or(MAX_DELAY_MS).min(MAX_DELAY_MS);
        Self { delay_ms, ended: Rc::default(), timer: None }
    }

    /// Whether its timer is set, now or before.
    fn begin(&mut self) -> bool {
        if self.timer.is_none() {
            match Timer::set(self.delay_ms, &self.ended) {
                Ok(timer) => self.timer = Some(timer),
                Err(thrown) => {
                    REFUSED.with(|refused| refused.set(refused.get().wrapping_add(1)));
                    REASON.with(|reason| reason.set(describe(&thrown).0));
                }
            }
        }
        self.timer.is_some()
    }
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.ended.has_ended.get() {
            return Poll::Ready(());
        }
        self.begin();
        self.ended.waker.set(Some(context.waker().clone()));
        Poll::Pending
    }
}

/// Ends after so long, or after 25 days. Dropped, it leaves no timer behind.
pub(super) fn sleep(delay: Duration) -> Local<()> {
    Box::pin(Sleep::new(delay))
}

/// The same with its timer set already: for what must not be begun where nothing could end it.
pub(super) async fn begun(delay: Duration) -> Sleep {
    let mut sleep = Sleep::new(delay);
    poll_fn(|_| if sleep.begin() { Poll::Ready(()) } else { Poll::Pending }).await;
    sleep
}

/// How many timers the platform has refused so far.
pub(super) fn refused() -> u64 {
    REFUSED.with(Cell::get)
}

/// Why it has refused the last one.
pub(super) fn refusal() -> String {
    REASON.with(Slot::get)
}

/// Ends when everything else on this thread has had its turn.
pub(super) fn turn() -> Local<()> {
    Box::pin(async { drop(Settling::of(&event_loop_turn()).await) })
}
