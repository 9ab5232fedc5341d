//! How far a call is.

use std::time::Duration;

use super::generation::{Generation, parse};
use crate::client::{Progress as Told, Seen as ToldSeen};
use crate::web::JsAnswer;

/// Told while files are uploaded and a generation is made.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Progress {
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
        /// What was cut out of it: `Exif (with GPS)`, `XMP`.
        removed: Vec<&'static str>,
    },
    /// It is about to be submitted: from here on it may be charged.
    Submitting,
    /// It is queued.
    Queued(Seen),
    /// It is processed, or in a state that the API has added since.
    Processing(Seen),
    /// The network was lost; it goes on when it is back.
    Offline {
        /// How long ago it was lost.
        since: Duration,
    },
}

/// A generation that was seen, and has not ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    /// What the API said.
    pub generation: Generation,
    /// Since it was submitted; since it is waited for where that is not known.
    pub elapsed: Duration,
    /// How long it takes most likely, in all, where enough of its model were seen.
    pub expected: Option<Duration>,
}

/// `None` for what has not the form that is documented: it is no progress that could be told.
pub(super) fn progress_of(progress: Told<JsAnswer>) -> Option<Progress> {
    let seen = |seen: ToldSeen<JsAnswer>| {
        Some(Seen {
            generation: parse(&seen.generation).ok()?,
            elapsed: seen.elapsed,
            expected: seen.expected,
        })
    };
    Some(match progress {
        Told::Uploading { file, files, loaded_bytes, total_bytes, removed } => {
            Progress::Uploading { file, files, loaded_bytes, total_bytes, removed }
        }
        Told::Submitting => Progress::Submitting,
        Told::Queued(queued) => Progress::Queued(seen(queued)?),
        Told::Processing(processing) => Progress::Processing(seen(processing)?),
        Told::Offline { since } => Progress::Offline { since },
    })
}
