//! Uploads of one call: each file is freed of its metadata and sent by handle, in a form, in its turn.

use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use super::failure::Failure;
use super::file_memory::EarlierUpload;
use super::looked_at::LookedAt;
use super::paced::Paced;
use super::progress::{OnProgress, Progress};
use super::running_upload::{RunningUpload, UploadOutcome};
use super::sending_file::{Manner, send_file};
use super::shared::Shared;
use super::stored::{Stored, UploadAs};
use super::upload_inbox::{UploadInbox, UploadStep};
use super::upload_queues::Places;
use crate::futures::turnstile::Group;
use crate::millis::duration;
use crate::platform::{Blob, Local, Platform};

/// A file that was looked at and judged.
#[derive(Clone)]
pub(crate) struct JudgedFile<B> {
    pub(crate) file: LookedAt<B>,
    pub(crate) what: UploadAs,
    /// What it travels as, where its bytes tell that.
    pub(crate) media_type: Option<&'static str>,
}

/// How the files of a call are sent.
#[derive(Clone, Copy)]
pub(crate) struct SendOptions {
    /// Of one attempt.
    pub(crate) timeout: Option<Duration>,
    /// Whether anybody wants to know how many bytes have left.
    pub(crate) tells_bytes: bool,
}

/// What came of all files of a call, in their order.
type AllOutcome<A> = Result<Vec<Rc<Stored<A>>>, Failure<A>>;

/// Uploads files, a few at a time, and gives what came of them in their order. The first failure gives the others up,
/// and is the one that is told.
pub(crate) async fn upload_all<P: Platform>(
    shared: &Rc<Shared<P>>,
    jobs: Vec<JudgedFile<P::Blob>>,
    how: SendOptions,
    on_progress: OnProgress<'_, P::Answer>,
) -> AllOutcome<P::Answer> {
    let files = jobs.len();
    let inbox = Rc::default();
    let (places, group) = shared.upload_queues.of_call(&shared.core);
    let parts = jobs.into_iter().enumerate().map(|(file, job)| {
        let queue = Queue { places: places.clone(), group };
        begin(shared, job, how, queue, &inbox, file)
    });
    let parts = parts.collect();
    let telling = Telling { shared, inbox: &inbox, paced: Paced::new(files), files, on_progress };
    let mut uploads = Uploads { parts, telling };
    poll_fn(|context| uploads.poll(context)).await
}

/// Where a file queues, and as whose.
#[derive(Clone)]
struct Queue {
    places: Places,
    group: Group,
}

enum Part<A> {
    Waiting(Local<UploadOutcome<A>>),
    /// It was there before the call.
    Known(Rc<Stored<A>>),
    Ended(Rc<Stored<A>>),
}

/// Joins the upload of a file: one that has ended, one under way, or one that is begun here.
fn begin<P: Platform>(
    shared: &Rc<Shared<P>>,
    job: JudgedFile<P::Blob>,
    how: SendOptions,
    queue: Queue,
    inbox: &Rc<UploadInbox<P::Answer>>,
    file: usize,
) -> Part<P::Answer> {
    let identity = job.file.blob.identity();
    let running = match shared.files.upload(identity, shared.core.moment(), &job.what) {
        Some(EarlierUpload::Ended(stored)) => return Part::Known(stored),
        Some(EarlierUpload::Running(running)) => running,
        None => {
            let running = start(shared, job.clone(), how, queue.clone());
            // Where no call may be woken by another, only uploads that have ended are shared.
            if !shared.core.platform.separates_calls() {
                shared.files.begin_upload(identity, &job.what, &running);
            }
            running
        }
    };
    let (shared, inbox, waiter) = (shared.clone(), inbox.clone(), running.join(inbox, file));
    Part::Waiting(Box::pin(async move {
        let stored = waiter.ended().await?;
        if stored.claim() {
            return Ok(stored);
        }
        // Its answer says that it can be referred to only once, and another call has claimed it: this file is uploaded
        // again, for this call alone.
        start(&shared, job, how, queue).join(&inbox, file).ended().await
    }))
}

fn start<P: Platform>(
    shared: &Rc<Shared<P>>,
    job: JudgedFile<P::Blob>,
    how: SendOptions,
    queue: Queue,
) -> Rc<RunningUpload<P::Answer>> {
    let shared = shared.clone();
    RunningUpload::begin(|listeners| {
        Box::pin(async move {
            let JudgedFile { file, what, media_type } = job;
            let (identity, head) = (file.blob.identity(), file.head.clone());
            let manner =
                Manner { what: &what, media_type, timeout: how.timeout, tells_bytes: how.tells_bytes };
            let stored = send_file(&shared, file, &manner, &queue.places, queue.group, &listeners).await?;
            let stored = Rc::new(stored);
            shared.files.end_upload(identity, &head, shared.core.moment(), &what, &stored);
            Ok(stored)
        })
    })
}

struct Uploads<'a, P: Platform> {
    parts: Vec<Part<P::Answer>>,
    telling: Telling<'a, P>,
}

impl<P: Platform> Uploads<'_, P> {
    /// Polls all of them. Before each it is checked whether one has failed: then no other file of the call begins.
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<AllOutcome<P::Answer>> {
        let telling = &mut self.telling;
        for (file, part) in self.parts.iter_mut().enumerate() {
            if let Some(failure) = telling.tell_steps() {
                return Poll::Ready(Err(failure));
            }
            let ended = match part {
                Part::Ended(_) => continue,
                Part::Known(stored) => stored.clone(),
                Part::Waiting(upload) => match upload.as_mut().poll(context) {
                    Poll::Pending => continue,
                    Poll::Ready(outcome) => match (telling.tell_steps(), outcome) {
                        (Some(failure), _) | (None, Err(failure)) => return Poll::Ready(Err(failure)),
                        (None, Ok(stored)) => stored,
                    },
                },
            };
            telling.tell_end(file, &ended);
            *part = Part::Ended(ended);
        }
        if let Some(failure) = telling.tell_steps() {
            return Poll::Ready(Err(failure));
        }
        let ended = self.parts.iter().map(|part| match part {
            Part::Ended(stored) => Some(stored.clone()),
            Part::Known(_) | Part::Waiting(_) => None,
        });
        ended.collect::<Option<_>>().map_or(Poll::Pending, |stored| Poll::Ready(Ok(stored)))
    }
}

/// Tells a caller how its uploads go.
struct Telling<'a, P: Platform> {
    shared: &'a Shared<P>,
    inbox: &'a UploadInbox<P::Answer>,
    paced: Paced,
    files: usize,
    on_progress: OnProgress<'a, P::Answer>,
}

impl<P: Platform> Telling<'_, P> {
    /// Tells what was heard since; answers the failure that ends the call, if there is one.
    fn tell_steps(&mut self) -> Option<Failure<P::Answer>> {
        if let Some(failure) = self.inbox.failure() {
            return Some(failure);
        }
        while let Some((file, step)) = self.inbox.next() {
            match step {
                UploadStep::Sent { share, bytes, removed } => self.tell(file, share, bytes, &removed),
                UploadStep::Offline { since_ms } => {
                    (self.on_progress)(Progress::Offline { since: duration(since_ms) })
                }
            }
        }
        None
    }

    fn tell_end(&mut self, file: usize, stored: &Stored<P::Answer>) {
        let removed = stored.removed.clone().unwrap_or_default();
        self.tell(file, 1.0, stored.bytes, &removed);
    }

    fn tell(&mut self, file: usize, share: f64, total_bytes: u64, removed: &[&'static str]) {
        for loaded_bytes in self.paced.tell(file, share, total_bytes, self.shared.core.now_ms()) {
            (self.on_progress)(Progress::Uploading {
                file,
                files: self.files,
                loaded_bytes,
                total_bytes,
                removed: removed.to_vec(),
            });
        }
    }
}
