//! The calls of a run.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use rivya_wasm::client::{Failure, Progress};

use super::asked::Asked;
use super::executor::Owner;
use super::json::Json;

#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    Generate,
    Create,
    /// Under a key of the caller's, which other calls may have used before or use at the same time.
    GenerateUnder {
        key: String,
    },
    /// `id`: what `pending` has told of it.
    Resume {
        key: String,
        id: Option<String>,
    },
    ResumeId {
        id: String,
    },
    Wait {
        id: String,
    },
    Watch {
        id: String,
        is_busy: bool,
    },
    Forget {
        key: String,
    },
    Upload,
    Inspect,
    /// Of one of the results, by its place.
    Download {
        place: usize,
    },
}

impl Kind {
    pub fn name(&self) -> &'static str {
        match self {
            Self::Generate => "generate",
            Self::Create => "create",
            Self::GenerateUnder { .. } => "generate under a key",
            Self::Resume { id: None, .. } => "resume",
            Self::Resume { id: Some(_), .. } => "resume with an id",
            Self::ResumeId { .. } => "resume by id",
            Self::Wait { .. } => "wait",
            Self::Watch { is_busy: false, .. } => "watch",
            Self::Watch { is_busy: true, .. } => "busy watch",
            Self::Forget { .. } => "forget",
            Self::Upload => "upload",
            Self::Inspect => "inspect",
            Self::Download { .. } => "download",
        }
    }

    /// Whether it ends within a limit of its own. A busy reader comes late.
    pub fn has_limit(&self) -> bool {
        match self {
            Self::Generate
            | Self::GenerateUnder { .. }
            | Self::Resume { .. }
            | Self::ResumeId { .. }
            | Self::Wait { .. } => true,
            Self::Watch { is_busy, .. } => !is_busy,
            Self::Create | Self::Forget { .. } | Self::Upload | Self::Inspect | Self::Download { .. } => {
                false
            }
        }
    }
}

/// What a call came to.
#[derive(Clone, Debug)]
pub struct Ended {
    pub at_ms: f64,
    /// The id of the generation, where it is about one.
    pub result: Result<String, Failure<Json>>,
}

/// One call of a client.
#[derive(Debug)]
pub struct Made {
    pub owner: Owner,
    pub kind: Kind,
    pub began_ms: f64,
    pub limit_ms: Option<f64>,
    pub was_dropped: bool,
    pub ended: Rc<RefCell<Option<Ended>>>,
    pub asked: Asked,
    /// When it said that it is about to submit.
    pub submitting_ms: Rc<Cell<Option<f64>>>,
    pub task: u64,
}

impl Made {
    /// What it came to, as far as it has.
    pub fn result(&self) -> Option<Result<String, Failure<Json>>> {
        self.ended.borrow().as_ref().map(|ended| ended.result.clone())
    }

    pub fn failure(&self) -> Option<Failure<Json>> {
        self.result()?.err()
    }
}

pub fn phase_of(progress: &Progress<Json>) -> &'static str {
    match progress {
        Progress::Uploading { file, files, loaded_bytes, total_bytes, .. } => {
            assert!(file < files && loaded_bytes <= total_bytes, "{progress:?}");
            let is_between = *loaded_bytes > 0 && loaded_bytes < total_bytes;
            if is_between { "progress: part of a file" } else { "progress: uploading" }
        }
        Progress::Submitting => "progress: submitting",
        Progress::Queued(_) => "progress: queued",
        Progress::Processing(_) => "progress: processing",
        Progress::Offline { .. } => "progress: offline",
        _ => "progress: other",
    }
}
