use std::pin::pin;
use std::task::Poll;

use rivya_wasm::js::concurrent::try_all;
use rivya_wasm::js::promise::Boxed;
use rivya_wasm::js::timer::sleep;
use rivya_wasm::js::turnstile::{Place, Turnstile};
use wasm_bindgen_test::wasm_bindgen_test;

use super::{Dropped, poll_once};

fn entered(poll: Poll<Place>) -> Place {
    match poll {
        Poll::Ready(place) => place,
        Poll::Pending => panic!("still waiting for a place"),
    }
}

#[wasm_bindgen_test]
fn who_asks_first_passes_first() {
    let turnstile = Turnstile::new(1);
    let (mut first, mut second, mut third) =
        (pin!(turnstile.enter()), pin!(turnstile.enter()), pin!(turnstile.enter()));
    let place = entered(poll_once(first.as_mut()));
    assert!(poll_once(second.as_mut()).is_pending());
    assert!(poll_once(third.as_mut()).is_pending());

    drop(place);
    assert!(poll_once(third.as_mut()).is_pending(), "the third one overtook the second");
    let mut late = pin!(turnstile.enter());
    assert!(poll_once(late.as_mut()).is_pending(), "a place that was promised was given away");
    let place = entered(poll_once(second.as_mut()));

    drop(place);
    entered(poll_once(third.as_mut()));
}

#[wasm_bindgen_test]
fn as_many_pass_as_there_are_places() {
    let turnstile = Turnstile::new(2);
    let places: Vec<Place> = (0..2).map(|_| entered(poll_once(pin!(turnstile.enter())))).collect();
    assert!(poll_once(pin!(turnstile.enter())).is_pending());
    drop(places);
    let _places: Vec<Place> = (0..2).map(|_| entered(poll_once(pin!(turnstile.enter())))).collect();
    assert!(poll_once(pin!(turnstile.enter())).is_pending());
}

#[wasm_bindgen_test]
fn who_gives_up_waiting_lets_the_next_one_pass() {
    let turnstile = Turnstile::new(1);
    let place = entered(poll_once(pin!(turnstile.enter())));
    let mut gives_up_early = Box::pin(turnstile.enter());
    let mut gives_up_late = Box::pin(turnstile.enter());
    let mut stays = pin!(turnstile.enter());
    for waiting in [&mut gives_up_early, &mut gives_up_late] {
        assert!(poll_once(waiting.as_mut()).is_pending());
    }
    assert!(poll_once(stays.as_mut()).is_pending());

    drop(gives_up_early);
    // Its place is granted here, and it is dropped before it takes it.
    drop(place);
    drop(gives_up_late);
    entered(poll_once(stays.as_mut()));
}

#[wasm_bindgen_test]
async fn results_come_in_the_order_of_the_jobs_whichever_ends_first() {
    let delays_ms = [20.0, 1.0, 10.0];
    let jobs = delays_ms.map(|delay_ms| -> Boxed<Result<f64, ()>> {
        Box::pin(async move {
            sleep(delay_ms).await;
            Ok(delay_ms)
        })
    });
    assert_eq!(try_all(jobs.into()).await, Ok(delays_ms.to_vec()));
}

#[wasm_bindgen_test]
async fn the_first_failure_drops_the_jobs_beside_it() {
    let (ended, endless) = (Dropped::default(), Dropped::default());
    let (ended_guard, endless_guard) = (ended.guard(), endless.guard());
    let jobs: Vec<Boxed<Result<(), &str>>> = vec![
        Box::pin(async move {
            let _guard = endless_guard;
            std::future::pending().await
        }),
        Box::pin(async move {
            let _guard = ended_guard;
            Ok(())
        }),
        Box::pin(async {
            sleep(1.0).await;
            Err("refused")
        }),
    ];
    assert_eq!(try_all(jobs).await, Err("refused"));
    assert!(ended.is_set() && endless.is_set());
}
