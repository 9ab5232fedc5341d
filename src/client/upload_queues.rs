//! Where uploads queue.

use std::cell::Cell;

use super::core::Core;
use crate::futures::turnstile::{Group, Turnstile};
use crate::platform::Platform;

/// One file is gone through while the one before it is on its way: more at once would only share the same thread.
const CUTTING_PLACES: usize = 2;
/// Decoded, a picture takes hundreds of megabytes.
const ENCODING_PLACES: usize = 1;

/// Places of uploads. Clones share them.
#[derive(Clone)]
pub(crate) struct Places {
    /// To be gone through.
    pub(crate) cutting: Turnstile,
    /// To be sent.
    pub(crate) sending: Turnstile,
    /// To be encoded anew.
    pub(crate) encoding: Turnstile,
}

/// The places of one client.
pub(crate) struct UploadQueues {
    shared: Places,
    last_group: Cell<u64>,
}

impl Places {
    fn new(sending_places: usize) -> Self {
        Self {
            cutting: Turnstile::new(CUTTING_PLACES),
            sending: Turnstile::new(sending_places.max(1)),
            encoding: Turnstile::new(ENCODING_PLACES),
        }
    }
}

impl UploadQueues {
    pub(crate) fn new(sending_places: usize) -> Self {
        Self { shared: Places::new(sending_places), last_group: Cell::new(0) }
    }

    /// Where the files of one call queue, and as whom. Where no call may be woken by another, each has places of its
    /// own.
    pub(crate) fn of_call<P: Platform>(&self, core: &Core<P>) -> (Places, Group) {
        let group = self.last_group.get().wrapping_add(1);
        self.last_group.set(group);
        let places = if core.platform.separates_calls() {
            Places::new(core.settings.max_concurrent_uploads)
        } else {
            self.shared.clone()
        };
        (places, Group(group))
    }
}
