//! How far a call is.

use std::time::Duration;

/// Told while files are uploaded and a generation is made.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Progress<A> {
    /// A file is on its way; told at most 20 times a second, and at its begin and end in any case.
    Uploading {
        /// Which of the files, from 0.
        file: usize,
        /// How many are uploaded in all.
        files: usize,
        /// Of this file: 0 when it begins, all of it when it is there.
        loaded_bytes: u64,
        /// Of this file, as it is sent.
        total_bytes: u64,
        /// What was cut out of it, in words: `Exif (with GPS)`, `XMP`.
        removed: Vec<&'static str>,
    },
    /// It is about to be submitted: from here on it may be charged.
    Submitting,
    /// A poll, or the answer to the submission, says that it is queued.
    Queued(Seen<A>),
    /// The same, that it is processed; also for a status that the API has added since.
    Processing(Seen<A>),
    /// The network was lost; it goes on when it is back.
    Offline {
        /// How long ago the network was lost.
        since: Duration,
    },
}

/// A generation that was seen, and has not ended.
#[derive(Clone, Debug)]
pub struct Seen<A> {
    /// What the API said.
    pub generation: A,
    /// How long ago it was submitted; since when it is waited for where that is not known.
    pub elapsed: Duration,
    /// How long it takes most likely, in all, where enough of its model were seen.
    pub expected: Option<Duration>,
}

/// Who is told of progress. It may call the client again, but must not panic.
pub type OnProgress<'a, A> = &'a dyn Fn(Progress<A>);
