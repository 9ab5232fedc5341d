//! What a client remembers of the files that it was given: how each began, what goes out of it, what it was uploaded
//! as. Files are known by identity.

use std::rc::{Rc, Weak};

use super::cutting::Cutting;
use super::remembered::{Memorable, Remembered};
use super::running_upload::RunningUpload;
use super::stored::{Stored, UploadAs};
use crate::contract::fingerprint::hash;
use crate::futures::slot::Slot;
use crate::platform::Platform;
use crate::policy::clock::Moment;
use crate::policy::reuse::may_be_reused;

/// The memory of one client.
pub(crate) struct FileMemory<P: Platform> {
    remembered: Slot<Remembered<FileFacts<P::Answer>>>,
    /// Uploads under way, which are not forgotten however long they take.
    running: Slot<Vec<Running<P::Answer>>>,
}

/// What is known of one file.
struct FileFacts<A> {
    /// What its first bytes come to.
    head_hash: Option<u64>,
    cutting: Option<Rc<Cutting>>,
    uploads: Vec<Ended<A>>,
}

struct Running<A> {
    file: u64,
    what: UploadAs,
    upload: Weak<RunningUpload<A>>,
}

struct Ended<A> {
    what: UploadAs,
    stored: Rc<Stored<A>>,
    at: Moment,
}

/// An upload that need not be begun.
pub(crate) enum EarlierUpload<A> {
    Running(Rc<RunningUpload<A>>),
    Ended(Rc<Stored<A>>),
}

impl<A> Default for FileFacts<A> {
    fn default() -> Self {
        Self { head_hash: None, cutting: None, uploads: Vec::new() }
    }
}

impl<A> Memorable for FileFacts<A> {
    fn is_needed(&self, now: Moment) -> bool {
        self.uploads.iter().any(|ended| may_be_reused(ended.at, now))
    }
}

impl<P: Platform> Default for FileMemory<P> {
    fn default() -> Self {
        Self { remembered: Slot::default(), running: Slot::default() }
    }
}

impl<P: Platform> FileMemory<P> {
    /// Whether a file begins as it did when it was read first, which may be now.
    pub(crate) fn begins_as_before(&self, file: u64, now: Moment, head: &[u8]) -> bool {
        let found = hash(head);
        self.with(file, now, |known| *known.head_hash.get_or_insert(found) == found)
    }

    fn with<R>(&self, file: u64, now: Moment, change: impl FnOnce(&mut FileFacts<P::Answer>) -> R) -> R {
        self.remembered.with(|files| files.with(file, now, change))
    }

    /// What goes out of a file that was gone through before.
    pub(crate) fn cutting(&self, file: u64, now: Moment) -> Option<Rc<Cutting>> {
        self.with(file, now, |known| known.cutting.clone())
    }

    pub(crate) fn keep_cutting(&self, file: u64, now: Moment, cutting: &Rc<Cutting>) {
        self.with(file, now, |known| known.cutting = Some(cutting.clone()));
    }

    /// An upload of a file as the same: one that ended within the hour, or is under way.
    pub(crate) fn upload(&self, file: u64, now: Moment, what: &UploadAs) -> Option<EarlierUpload<P::Answer>> {
        let ended = self.with(file, now, |known| {
            let mut uploads = known.uploads.iter();
            let ended = uploads.find(|ended| ended.what == *what && may_be_reused(ended.at, now));
            ended.map(|ended| EarlierUpload::Ended(ended.stored.clone()))
        });
        ended.or_else(|| {
            self.running.with(|running| {
                let mut same = running.iter().filter(|running| running.file == file && running.what == *what);
                let upload = same.find_map(|running| running.upload.upgrade());
                upload.filter(|upload| upload.is_under_way()).map(EarlierUpload::Running)
            })
        })
    }

    /// An upload is under way: whoever wants the same may wait for it.
    pub(crate) fn begin_upload(&self, file: u64, what: &UploadAs, upload: &Rc<RunningUpload<P::Answer>>) {
        let begun = Running { file, what: what.clone(), upload: Rc::downgrade(upload) };
        self.running.with(|running| {
            // Those that were given up, or have failed.
            running.retain(|other| {
                let is_of_another = other.file != file || other.what != *what;
                is_of_another && other.upload.strong_count() > 0
            });
            running.push(begun);
        });
    }

    /// An upload of a file that began so has ended. One that can be referred to only once is forgotten at once.
    pub(crate) fn end_upload(
        &self,
        file: u64,
        head: &[u8],
        now: Moment,
        what: &UploadAs,
        stored: &Rc<Stored<P::Answer>>,
    ) {
        self.with(file, now, |known| {
            // It may have been forgotten meanwhile. How the file began is known for as long as its upload is.
            known.head_hash.get_or_insert_with(|| hash(head));
            let uploads = &mut known.uploads;
            uploads.retain(|ended| ended.what != *what && may_be_reused(ended.at, now));
            if !stored.is_for_one_use() {
                uploads.push(Ended { what: what.clone(), stored: stored.clone(), at: now });
            }
        });
    }
}
