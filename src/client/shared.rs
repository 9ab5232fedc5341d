//! What all calls of one client share.

use std::rc::Rc;

use super::core::Core;
use super::file_memory::FileMemory;
use super::journal::Journal;
use super::poll_loop::Loops;
use super::secrets::Secrets;
use super::seen_durations::SeenDurations;
use super::settings::Settings;
use super::store::BoundedStore;
use super::upload_queues::UploadQueues;
use crate::platform::Platform;

pub(crate) struct Shared<P: Platform> {
    pub(crate) core: Rc<Core<P>>,
    /// Running loops by the id that they poll.
    pub(crate) loops: Loops<P>,
    pub(crate) journal: Journal<P>,
    pub(crate) durations: SeenDurations<P>,
    pub(crate) secrets: Secrets,
    pub(crate) files: FileMemory<P>,
    pub(crate) upload_queues: UploadQueues,
}

impl<P: Platform> Shared<P> {
    pub(crate) fn new(platform: P, settings: Settings) -> Self {
        let platform = Rc::new(platform);
        let store = Rc::new(BoundedStore::new(platform.clone()));
        Self {
            loops: Loops::default(),
            secrets: Secrets::of(&settings),
            files: FileMemory::default(),
            upload_queues: UploadQueues::new(settings.max_concurrent_uploads),
            journal: Journal::new(platform.clone(), store.clone(), &settings),
            durations: SeenDurations::new(platform.clone(), store, &settings.base_url),
            core: Rc::new(Core::new(platform, settings)),
        }
    }
}
