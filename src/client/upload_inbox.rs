//! What one call hears of its uploads, until its own task tells its caller: an upload may be driven by another call
//! that waits for it, too, and callbacks are not called from there.

use std::collections::VecDeque;
use std::rc::Rc;
use std::sync::Arc;

use super::failure::Failure;
use crate::futures::signal::Bell;
use crate::futures::slot::Slot;

/// A step of an upload.
#[derive(Clone, Debug)]
pub(crate) enum UploadStep {
    /// So much of it has left, from 0 to 1. It begins with 0, after an outage once more.
    Sent { share: f64, bytes: u64, removed: Vec<&'static str> },
    /// The network was lost so long ago, and is waited for.
    Offline { since_ms: f64 },
}

/// What one call has heard of its uploads, and not told yet.
pub(crate) struct UploadInbox<A> {
    steps: Slot<VecDeque<(usize, UploadStep)>>,
    /// The first failure of one of them: the others are given up.
    first_failure: Slot<Option<Failure<A>>>,
}

impl<A> Default for UploadInbox<A> {
    fn default() -> Self {
        Self { steps: Slot::default(), first_failure: Slot::default() }
    }
}

impl<A: Clone> UploadInbox<A> {
    /// What was heard next, of which file.
    pub(crate) fn next(&self) -> Option<(usize, UploadStep)> {
        self.steps.with(VecDeque::pop_front)
    }

    /// What ends the call, if anything does.
    pub(crate) fn failure(&self) -> Option<Failure<A>> {
        self.first_failure.get()
    }

    fn add(&self, file: usize, step: UploadStep) {
        self.steps.with(|steps| {
            // A newer share of the same file replaces an older one, but for its begin at 0.
            if let Some((last_file, UploadStep::Sent { share, .. })) = steps.back()
                && *last_file == file
                && *share > 0.0
            {
                steps.pop_back();
            }
            steps.push_back((file, step));
        });
    }
}

/// Who waits for an upload.
pub(crate) struct Listener<A> {
    inbox: Rc<UploadInbox<A>>,
    /// Which of its files it is.
    file: usize,
}

impl<A> Listener<A> {
    pub(crate) fn new(inbox: &Rc<UploadInbox<A>>, file: usize) -> Rc<Self> {
        Rc::new(Self { inbox: inbox.clone(), file })
    }
}

/// All who wait for one upload.
pub(crate) struct Listeners<A> {
    /// Wakes them: whoever drove the upload last may be gone when what it waits for comes.
    pub(crate) bell: Arc<Bell>,
    list: Slot<Vec<Rc<Listener<A>>>>,
}

impl<A> Default for Listeners<A> {
    fn default() -> Self {
        Self { bell: Arc::default(), list: Slot::default() }
    }
}

impl<A: Clone> Listeners<A> {
    pub(crate) fn add(&self, listener: &Rc<Listener<A>>) {
        self.list.with(|list| list.push(listener.clone()));
    }

    pub(crate) fn remove(&self, listener: &Rc<Listener<A>>) {
        self.list.with(|list| list.retain(|other| !Rc::ptr_eq(other, listener)));
        // Another one drives the upload from now on.
        self.bell.ring();
    }

    pub(crate) fn tell(&self, step: &UploadStep) {
        for listener in self.list.get() {
            listener.inbox.add(listener.file, step.clone());
        }
        self.bell.ring();
    }

    /// The upload has failed, which ends every call that waits for it.
    pub(crate) fn fail(&self, failure: &Failure<A>) {
        for listener in self.list.get() {
            listener.inbox.first_failure.with(|first| {
                first.get_or_insert_with(|| failure.clone());
            });
        }
    }
}
