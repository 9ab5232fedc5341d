//! Several futures at once, boxed and of one type: the loop over them stands in the module once.

use std::future::poll_fn;
use std::task::Poll;

use js_sys::Array;
use wasm_bindgen::prelude::*;

use super::error::Failure;
use super::promise::Boxed;

/// One of several.
pub type Job = Boxed<Result<JsValue, Failure>>;

/// All results in order, or the first failure; then the others are dropped, and what they had under way is aborted.
pub async fn try_all(jobs: Vec<Job>) -> Result<Array, Failure> {
    let results = Array::new_with_length(jobs.len() as u32);
    let mut jobs: Vec<Option<Job>> = jobs.into_iter().map(Some).collect();
    poll_fn(|context| {
        let mut pending = false;
        for (index, slot) in jobs.iter_mut().enumerate() {
            let Some(job) = slot else { continue };
            match job.as_mut().poll(context) {
                Poll::Ready(Ok(value)) => {
                    results.set(index as u32, value);
                    *slot = None;
                }
                Poll::Ready(Err(failure)) => return Poll::Ready(Err(failure)),
                Poll::Pending => pending = true,
            }
        }
        if pending { Poll::Pending } else { Poll::Ready(Ok(())) }
    })
    .await?;
    Ok(results)
}
