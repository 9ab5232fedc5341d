//! One exchange over a fetch, from the request to the last byte of its answer.

use std::time::Duration;

use wasm_bindgen::prelude::*;

use super::answer::JsAnswer;
use super::answered::Answered;
use super::failure::describe;
use super::request::Asked;
use super::timer;
use super::transport::Transport;
use crate::futures::race::{First, first};
use crate::platform::Exchange;

/// Asks, and gives up after so long.
pub(super) async fn exchange(
    transport: &Transport,
    asked: Result<Asked, JsValue>,
    timeout: Duration,
) -> Exchange<JsAnswer> {
    // What nothing could end is not sent.
    let limit = timer::begun(timeout).await;
    let attempt = async {
        let asked = asked?;
        let response = transport.send(&asked.url, &asked.init).await?;
        let exchange = Answered::of(response)?.read(&asked.abort).await;
        asked.abort.disarm();
        exchange
    };
    match first(attempt, limit).await {
        First::Left(outcome) => outcome.unwrap_or_else(|thrown| failed(&thrown)),
        First::Right(()) => Exchange::TimedOut,
    }
}

/// No answer came.
pub(super) fn failed(thrown: &JsValue) -> Exchange<JsAnswer> {
    let (reason, causes) = describe(thrown);
    Exchange::Failed { reason, causes }
}
