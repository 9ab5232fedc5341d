//! What all requests of one emulator share.

use std::collections::HashMap;
use std::rc::Rc;

use web_sys::Blob;

use super::super::checks::Accepted;
use super::super::problem::Problem;
use super::super::settings::Outcome;
use super::super::world::World;
use crate::futures::slot::Slot;

/// A caller's function that decides how the task of a submission ends: from what was accepted, or from the body that
/// said so. The error is what the submission is answered with.
pub(super) type Decide = Rc<dyn Fn(&Accepted, &str) -> Result<Outcome, Problem>>;

/// The state. No slot is open while something is awaited, or while a caller's function runs.
pub(super) struct Shared {
    pub(super) world: Slot<World>,
    pub(super) decide: Option<Decide>,
    /// Uploads by file id. Handles only: the bytes stay where the platform keeps them.
    pub(super) uploads: Slot<HashMap<String, Blob>>,
    /// Painted results by task id and number.
    pub(super) results: Slot<HashMap<(String, usize), Blob>>,
}
