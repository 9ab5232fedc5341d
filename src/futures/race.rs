//! Futures that run side by side within one task.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::Poll;

/// Which of two futures ended first.
pub(crate) enum First<A, B> {
    /// The first one, or both.
    Left(A),
    /// The second one.
    Right(B),
}

/// Runs two futures until one has ended; the other one is dropped.
pub(crate) async fn first<A, B>(
    left: impl Future<Output = A>,
    right: impl Future<Output = B>,
) -> First<A, B> {
    let (mut left, mut right) = (pin!(left), pin!(right));
    poll_fn(move |context| {
        if let Poll::Ready(value) = left.as_mut().poll(context) {
            return Poll::Ready(First::Left(value));
        }
        right.as_mut().poll(context).map(First::Right)
    })
    .await
}

/// Runs futures until all have ended; their values, in the same order.
pub(crate) async fn all<'a, T>(futures: impl Iterator<Item = impl Future<Output = T> + 'a>) -> Vec<T> {
    enum Part<'a, T> {
        Running(Pin<Box<dyn Future<Output = T> + 'a>>),
        Ended(T),
    }
    let mut parts: Vec<Part<'a, T>> = futures.map(|future| Part::Running(Box::pin(future) as _)).collect();
    poll_fn(|context| {
        let mut is_over = true;
        for part in &mut parts {
            if let Part::Running(future) = part {
                match future.as_mut().poll(context) {
                    Poll::Ready(value) => *part = Part::Ended(value),
                    Poll::Pending => is_over = false,
                }
            }
        }
        if is_over { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    let ended = parts.into_iter().filter_map(|part| match part {
        Part::Ended(value) => Some(value),
        Part::Running(_) => None,
    });
    ended.collect()
}
