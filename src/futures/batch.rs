//! Many futures within one task, a few at a time.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;

/// Runs futures, so many at a time, until all have succeeded: their values, in the same order. The first failure drops
/// those that still run, and the rest is never begun.
pub(crate) async fn try_all<'a, T, E>(
    at_once: usize,
    futures: impl Iterator<Item = impl Future<Output = Result<T, E>> + 'a>,
) -> Result<Vec<T>, E> {
    type Running<'a, T, E> = (usize, Pin<Box<dyn Future<Output = Result<T, E>> + 'a>>);
    let mut waiting = futures.enumerate();
    let mut running: Vec<Running<'a, T, E>> = Vec::new();
    let mut ended: Vec<Option<T>> = Vec::new();
    poll_fn(|context| {
        loop {
            let free = at_once.max(1).saturating_sub(running.len());
            running.extend(waiting.by_ref().take(free).map(|(place, future)| (place, Box::pin(future) as _)));
            if running.is_empty() {
                return Poll::Ready(Ok(()));
            }
            let before = running.len();
            let mut left = Vec::with_capacity(before);
            for (place, mut future) in running.drain(..) {
                match future.as_mut().poll(context) {
                    Poll::Ready(Ok(value)) => {
                        ended.resize_with(ended.len().max(place.saturating_add(1)), || None);
                        if let Some(slot) = ended.get_mut(place) {
                            *slot = Some(value);
                        }
                    }
                    Poll::Ready(Err(failure)) => return Poll::Ready(Err(failure)),
                    Poll::Pending => left.push((place, future)),
                }
            }
            running = left;
            // Whoever takes a place that has become free is polled in the same turn.
            if running.len() == before {
                return Poll::Pending;
            }
        }
    })
    .await?;
    Ok(ended.into_iter().flatten().collect())
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::rc::Rc;
    use std::task::{Context, Waker};

    use super::*;

    /// What each future comes to, once it is told.
    type Results = Rc<RefCell<Vec<Option<Result<usize, &'static str>>>>>;

    /// Ends when it is told to; `alive` is counted once more as long as it is there.
    async fn future(place: usize, results: Results, alive: Rc<()>) -> Result<usize, &'static str> {
        let _alive = alive;
        poll_fn(|_| results.borrow().get(place).copied().flatten().map_or(Poll::Pending, Poll::Ready)).await
    }

    fn tell(results: &Results, place: usize, result: Result<usize, &'static str>) {
        for told in results.borrow_mut().iter_mut().skip(place).take(1) {
            *told = Some(result);
        }
    }

    /// How many futures are there.
    fn count(alive: &Rc<()>) -> Option<usize> {
        Rc::strong_count(alive).checked_sub(1)
    }

    #[test]
    fn so_many_run_at_a_time_and_values_keep_their_order() {
        let (results, alive) = (Results::new(RefCell::new(vec![None; 5])), Rc::new(()));
        let futures = (0..5).map(|place| future(place, results.clone(), alive.clone()));
        let mut all = Box::pin(try_all(2, futures));
        let mut context = Context::from_waker(Waker::noop());
        assert!(all.as_mut().poll(&mut context).is_pending());
        assert_eq!(count(&alive), Some(2));
        tell(&results, 1, Ok(1));
        assert!(all.as_mut().poll(&mut context).is_pending());
        assert_eq!(count(&alive), Some(2), "the third one took the free place in the same turn");
        for (place, result) in results.borrow_mut().iter_mut().enumerate() {
            *result = Some(Ok(place));
        }
        assert_eq!(all.as_mut().poll(&mut context), Poll::Ready(Ok(vec![0, 1, 2, 3, 4])));
        assert_eq!(count(&alive), Some(0));
    }

    #[test]
    fn the_first_failure_ends_the_others() {
        let (results, alive) = (Results::new(RefCell::new(vec![None; 4])), Rc::new(()));
        let futures = (0..4).map(|place| future(place, results.clone(), alive.clone()));
        let mut all = Box::pin(try_all(3, futures));
        let mut context = Context::from_waker(Waker::noop());
        assert!(all.as_mut().poll(&mut context).is_pending());
        tell(&results, 1, Err("gone"));
        assert_eq!(all.as_mut().poll(&mut context), Poll::Ready(Err("gone")));
        drop(all);
        assert_eq!(count(&alive), Some(0), "what still runs is dropped, and the rest is not begun");
    }

    #[test]
    fn none_are_done_at_once() {
        let none = std::iter::empty::<std::future::Ready<Result<(), ()>>>();
        let mut all = Box::pin(try_all(4, none));
        assert_eq!(all.as_mut().poll(&mut Context::from_waker(Waker::noop())), Poll::Ready(Ok(vec![])));
    }
}
