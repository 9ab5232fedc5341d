use std::pin::{Pin, pin};
use std::task::Poll;

use rivya_wasm::js::concurrent::{Job, try_all};
use rivya_wasm::js::error::Failure;
use rivya_wasm::js::timer::sleep;
use rivya_wasm::js::turnstile::{Place, Turnstile};
use wasm_bindgen::JsValue;
use wasm_bindgen_test::wasm_bindgen_test;

use super::{Dropped, poll_once, turn};

type Entering = Pin<Box<dyn Future<Output = Place>>>;

/// Asks for a place, once.
fn ask(turnstile: &Turnstile) -> Entering {
    let turnstile = turnstile.clone();
    let mut entering: Entering = Box::pin(async move { turnstile.enter().await });
    assert!(poll_once(entering.as_mut()).is_pending());
    entering
}

/// The place, if it was granted by now.
async fn granted(entering: &mut Entering) -> Option<Place> {
    turn().await;
    match poll_once(entering.as_mut()) {
        Poll::Ready(place) => Some(place),
        Poll::Pending => None,
    }
}

#[wasm_bindgen_test]
async fn who_asks_first_passes_first() {
    let turnstile = Turnstile::new(1);
    let (mut first, mut second, mut third) = (ask(&turnstile), ask(&turnstile), ask(&turnstile));
    let place = granted(&mut first).await.expect("it is free");
    assert!(granted(&mut second).await.is_none());

    drop(place);
    let mut late = ask(&turnstile);
    assert!(granted(&mut third).await.is_none(), "the third one overtook the second");
    let place = granted(&mut second).await.expect("its turn");
    assert!(granted(&mut late).await.is_none());

    drop(place);
    let place = granted(&mut third).await.expect("its turn");
    assert!(granted(&mut late).await.is_none(), "who came last overtook the third");
    drop(place);
    granted(&mut late).await.expect("its turn");
}

#[wasm_bindgen_test]
async fn as_many_pass_as_there_are_places() {
    let turnstile = Turnstile::new(2);
    for _ in 0..2 {
        let (mut first, mut second, mut third) = (ask(&turnstile), ask(&turnstile), ask(&turnstile));
        let _places =
            (granted(&mut first).await.expect("a place"), granted(&mut second).await.expect("a place"));
        assert!(granted(&mut third).await.is_none());
    }
}

#[wasm_bindgen_test]
async fn who_gives_up_waiting_lets_the_next_one_pass() {
    let turnstile = Turnstile::new(1);
    let place = granted(&mut ask(&turnstile)).await.expect("it is free");
    let (gives_up_early, gives_up_late, mut stays) = (ask(&turnstile), ask(&turnstile), ask(&turnstile));
    drop(gives_up_early);
    drop(place);
    // Its place was granted, and it goes before it takes it.
    drop(gives_up_late);
    granted(&mut stays).await.expect("its turn");
}

#[wasm_bindgen_test]
async fn a_place_that_arrives_at_nobody_is_given_on() {
    let turnstile = Turnstile::new(1);
    let place = granted(&mut ask(&turnstile)).await.expect("it is free");
    let (gone, mut stays) = (ask(&turnstile), ask(&turnstile));
    drop(place);
    turn().await;
    drop(gone);
    granted(&mut stays).await.expect("its turn");
}

#[wasm_bindgen_test]
async fn results_come_in_the_order_of_the_jobs_whichever_ends_first() {
    let delays_ms = [20.0, 1.0, 10.0];
    let jobs = delays_ms.map(|delay_ms| -> Job {
        Box::pin(async move {
            sleep(delay_ms).await;
            Ok(JsValue::from_f64(delay_ms))
        })
    });
    let results = try_all(jobs.into()).await.map_err(|failure| failure.message.clone()).expect("none failed");
    let results: Vec<f64> = results.iter().filter_map(|result| result.as_f64()).collect();
    assert_eq!(results, delays_ms);
}

#[wasm_bindgen_test]
async fn the_first_failure_drops_the_jobs_beside_it() {
    let endless = Dropped::default();
    let guard = endless.guard();
    let jobs: Vec<Job> = vec![
        Box::pin(async move {
            let _guard = guard;
            std::future::pending().await
        }),
        Box::pin(async { Ok(JsValue::TRUE) }),
        Box::pin(async {
            sleep(1.0).await;
            Err(Failure::new("refused", &["No."]))
        }),
    ];
    let mut all = pin!(try_all(jobs));
    assert!(poll_once(all.as_mut()).is_pending());
    assert!(!endless.is_set());
    let failure = all.await.expect_err("one failed");
    assert_eq!(failure.code, "refused");
    assert!(endless.is_set());
}
