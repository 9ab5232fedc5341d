//! Several futures at once, boxed: a type of its own for every list of jobs would stand in the module once for each.

use std::future::poll_fn;
use std::task::Poll;

use super::promise::Boxed;

/// All results in order, or the first failure; then the others are dropped, and what they had under way is aborted.
pub async fn try_all<T, E>(jobs: Vec<Boxed<Result<T, E>>>) -> Result<Vec<T>, E> {
    let mut jobs: Vec<(Option<Boxed<Result<T, E>>>, Option<T>)> =
        jobs.into_iter().map(|job| (Some(job), None)).collect();
    poll_fn(move |context| {
        let mut pending = false;
        for (job, result) in &mut jobs {
            let Some(future) = job else { continue };
            match future.as_mut().poll(context) {
                Poll::Ready(Ok(value)) => {
                    *result = Some(value);
                    *job = None;
                }
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Pending => pending = true,
            }
        }
        if pending {
            Poll::Pending
        } else {
            Poll::Ready(Ok(jobs.iter_mut().filter_map(|(_, result)| result.take()).collect()))
        }
    })
    .await
}
