//! An upload under way, which several calls may wait for. Any of their tasks drives it; it is given up with the last of
//! them.

use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use super::failure::Failure;
use super::stored::Stored;
use super::upload_inbox::{Listener, Listeners, UploadInbox};
use crate::futures::slot::Slot;
use crate::platform::Local;

/// What an upload comes to.
pub(crate) type UploadOutcome<A> = Result<Rc<Stored<A>>, Failure<A>>;

/// An upload under way.
pub(crate) struct RunningUpload<A> {
    listeners: Rc<Listeners<A>>,
    work: Slot<Option<Local<UploadOutcome<A>>>>,
    outcome: Slot<Option<UploadOutcome<A>>>,
}

impl<A: Clone + 'static> RunningUpload<A> {
    /// `work` makes the upload, which tells its listeners how it goes.
    pub(crate) fn begin(work: impl FnOnce(Rc<Listeners<A>>) -> Local<UploadOutcome<A>>) -> Rc<Self> {
        let listeners = Rc::<Listeners<A>>::default();
        let work = Slot::new(Some(work(listeners.clone())));
        Rc::new(Self { listeners, work, outcome: Slot::default() })
    }

    /// Whether somebody who comes now can still wait for it.
    pub(crate) fn is_under_way(&self) -> bool {
        self.outcome.with(|outcome| outcome.is_none())
    }

    /// Waits for it, as one file of a call.
    pub(crate) fn join(self: Rc<Self>, inbox: &Rc<UploadInbox<A>>, file: usize) -> Waiter<A> {
        let listener = Listener::new(inbox, file);
        self.listeners.add(&listener);
        Waiter { upload: self, listener }
    }

    /// Goes on with it, as far as that is possible now.
    fn drive(&self) {
        let Some(mut work) = self.work.take() else { return };
        let waker = Waker::from(self.listeners.bell.clone());
        match work.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Pending => self.work.set(Some(work)),
            Poll::Ready(outcome) => {
                drop(work);
                if let Err(failure) = &outcome {
                    self.listeners.fail(failure);
                }
                self.outcome.set(Some(outcome));
                self.listeners.bell.ring();
            }
        }
    }
}

/// One who waits for an upload. Dropped, it waits no longer.
pub(crate) struct Waiter<A: Clone> {
    upload: Rc<RunningUpload<A>>,
    listener: Rc<Listener<A>>,
}

impl<A: Clone + 'static> Waiter<A> {
    pub(crate) async fn ended(self) -> UploadOutcome<A> {
        poll_fn(|context| {
            self.upload.listeners.bell.add(context.waker());
            self.upload.drive();
            self.upload.outcome.get().map_or(Poll::Pending, Poll::Ready)
        })
        .await
    }
}

impl<A: Clone> Drop for Waiter<A> {
    fn drop(&mut self) {
        self.upload.listeners.remove(&self.listener);
    }
}
