//! The states of a generation, one after the other.

use std::rc::Rc;
use std::time::Duration;

use super::delivery::{mark_lost_entries, note_end_by_id};
use super::failure::Failure;
use super::generate::{limit_at_ms as limit_of, path_of};
use super::poll_inbox::Polled;
use super::progress::OnProgress;
use super::shared::Shared;
use super::wait::{Begin, Wait};
use crate::contract::generation::Status;
use crate::platform::{Answer, Platform};

/// A state, or why there are no more.
type NextState<A> = Result<A, Failure<A>>;

/// Hands over each state of a generation that differs from the one before; see [`super::Engine::watch`]. It begins with
/// the first [`Watch::next`], and from then on polls whether or not somebody asks for the next state, up to a minute
/// beyond its limit; dropped, it polls no more.
pub struct Watch<P: Platform> {
    shared: Rc<Shared<P>>,
    id: String,
    wait_timeout: Duration,
    /// When its time is up, by the monotonic clock; none before it begins.
    limit_at_ms: f64,
    stage: Stage<P>,
}

enum Stage<P: Platform> {
    New,
    Polling {
        wait: Wait<P>,
        /// The last state that was handed over, as text.
        shown: Option<String>,
    },
    /// What is handed over next, as the last item, and noted before that.
    Ending(Result<(P::Answer, Status), Failure<P::Answer>>),
    Over,
}

impl<P: Platform> Watch<P> {
    pub(crate) fn new(shared: Rc<Shared<P>>, id: &str, wait_timeout: Duration) -> Self {
        Self { shared, id: id.to_owned(), wait_timeout, limit_at_ms: f64::INFINITY, stage: Stage::New }
    }

    /// Whether its last state was handed over.
    pub fn is_over(&self) -> bool {
        matches!(self.stage, Stage::Over)
    }

    /// The next state; the last one is the generation's end, or a failure. `None` behind it. A call that is dropped
    /// loses no state: the next one hands it over.
    pub async fn next(&mut self, on_progress: OnProgress<'_, P::Answer>) -> Option<NextState<P::Answer>> {
        let Self { shared, id, wait_timeout, limit_at_ms, stage } = self;
        loop {
            match stage {
                Stage::New => {
                    *limit_at_ms = limit_of(shared, *wait_timeout);
                    *stage = match path_of(id) {
                        Ok(_) => Stage::Polling { wait: begin(shared, id, *limit_at_ms), shown: None },
                        Err(failure) => Stage::Ending(Err(failure)),
                    };
                }
                Stage::Polling { wait, shown } => {
                    let Polled { generation, status, .. } = match wait.next(on_progress).await {
                        Ok(polled) => polled,
                        Err(failure) => {
                            *stage = Stage::Ending(Err(failure));
                            continue;
                        }
                    };
                    if status.is_terminal() {
                        *stage = Stage::Ending(Ok((generation, status)));
                        continue;
                    }
                    let text = Some(generation.to_json());
                    if *shown != text {
                        *shown = text;
                        wait.report(on_progress, generation.clone(), status);
                        return Some(Ok(generation));
                    }
                }
                Stage::Ending(outcome) => {
                    // Kept until it is handed over: where `next` is dropped meanwhile, the next call notes it once
                    // more.
                    let outcome = match outcome.clone() {
                        Ok((generation, status)) => {
                            note_end_by_id(shared, id, status, *limit_at_ms).await;
                            Ok(generation)
                        }
                        Err(failure) => mark_lost_entries(shared, id, Err(failure), *limit_at_ms).await,
                    };
                    *stage = Stage::Over;
                    return Some(outcome.map_err(|failure| shared.secrets.cut_from(failure)));
                }
                Stage::Over => return None,
            }
        }
    }
}

fn begin<P: Platform>(shared: &Shared<P>, id: &str, limit_at_ms: f64) -> Wait<P> {
    let wait = Wait::begin(shared, id, Begin::now(&shared.core, limit_at_ms));
    wait.poll_on();
    wait
}
