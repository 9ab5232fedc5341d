//! An upload under way, which several calls may wait for. Any of their tasks polls it; it is dropped with the last of
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

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "a test that overflows fails, as it should")]
mod tests {
    use std::cell::Cell;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::Wake;

    use super::*;
    use crate::client::tests::Json;
    use crate::futures::signal::Signal;

    /// A task that counts how often it was woken.
    #[derive(Default)]
    struct Woken(AtomicUsize);

    impl Wake for Woken {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// A call that waits for the upload, in a task of its own.
    struct Caller {
        waiting: Local<UploadOutcome<Json>>,
        woken: Arc<Woken>,
    }

    impl Caller {
        fn of(upload: &Rc<RunningUpload<Json>>) -> Self {
            let waiter = upload.clone().join(&Rc::default(), 0);
            Self { waiting: Box::pin(waiter.ended()), woken: Arc::default() }
        }

        fn poll(&mut self) -> Poll<UploadOutcome<Json>> {
            self.waiting.as_mut().poll(&mut Context::from_waker(&Waker::from(self.woken.clone())))
        }

        fn is_woken(&self) -> bool {
            self.woken.0.swap(0, Ordering::Relaxed) > 0
        }
    }

    /// An upload that has ended when `signal` was raised so many times, and how far it is.
    fn upload_in(steps: usize, signal: &Rc<Signal>) -> (Rc<RunningUpload<Json>>, Rc<Cell<usize>>) {
        let (signal, done) = (signal.clone(), Rc::<Cell<usize>>::default());
        let counted = done.clone();
        let upload = RunningUpload::begin(|_| {
            Box::pin(async move {
                while counted.get() < steps {
                    signal.raised().await;
                    counted.set(counted.get() + 1);
                }
                Err(Failure::new("the end", String::new()))
            })
        });
        (upload, done)
    }

    #[test]
    fn an_upload_that_its_driver_leaves_is_driven_by_another_one_who_waits() {
        for steps in 1..6 {
            for left_at in 0..steps {
                let signal = Rc::<Signal>::default();
                let (upload, done) = upload_in(steps, &signal);
                let (mut leaving, mut staying) = (Some(Caller::of(&upload)), Caller::of(&upload));
                drop(upload);
                assert!(staying.poll().is_pending());
                for step in 0..steps {
                    if step == left_at {
                        // It is the one that the upload was driven by last.
                        assert!(leaving.as_mut().unwrap().poll().is_pending());
                        staying.is_woken();
                        leaving = None;
                        assert!(staying.is_woken(), "whoever is left takes it over");
                        assert!(staying.poll().is_pending());
                    }
                    signal.raise();
                    assert!(staying.is_woken());
                    if let Some(leaving) = &mut leaving {
                        assert!(leaving.poll().is_pending());
                    }
                    let ended = staying.poll();
                    assert_eq!((done.get(), ended.is_ready()), (step + 1, step + 1 == steps));
                }
            }
        }
    }

    #[test]
    fn an_upload_that_everybody_leaves_is_given_up() {
        let signal = Rc::<Signal>::default();
        let (upload, done) = upload_in(1, &signal);
        let (mut one, mut other) = (Caller::of(&upload), Caller::of(&upload));
        drop(upload);
        assert!(one.poll().is_pending() && other.poll().is_pending());
        drop(one);
        assert_eq!(Rc::strong_count(&done), 2, "the other one waits for it");
        drop(other);
        signal.raise();
        assert_eq!((done.get(), Rc::strong_count(&done)), (0, 1));
    }
}
