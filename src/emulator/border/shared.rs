//! What all requests of one emulator share.

use std::cell::RefCell;
use std::collections::HashMap;

use js_sys::Function;
use web_sys::Blob;

use super::super::world::World;

/// Nothing here stays borrowed over an await or while a caller's function runs.
pub(super) struct Shared {
    pub(super) world: RefCell<World>,
    pub(super) outcome: Option<Function>,
    /// Uploads by file id. Handles only: the bytes stay where the platform keeps them.
    pub(super) uploads: RefCell<HashMap<String, Blob>>,
    /// Painted results by task id and number.
    pub(super) results: RefCell<HashMap<(String, usize), Blob>>,
}
