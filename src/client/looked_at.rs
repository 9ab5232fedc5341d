//! A file whose first bytes were looked at, and what is known of it.

use std::rc::Rc;

use super::core::Core;
use super::cutting::Cutting;
use super::failure::Failure;
use super::file_failure::unreadable_now;
use super::file_memory::FileMemory;
use crate::contract::media_type::{MediaKind, MediaType};
use crate::contract::validation::Source;
use crate::media::signature::{HEAD_BYTES, detect};
use crate::platform::{Blob, Platform};
use crate::policy::clock::Moment;

/// A file that was looked at so lately is not looked at once more before it is sent.
const UNCHANGED_MS: f64 = 1_000.0;

/// A file that is about to be uploaded.
#[derive(Clone)]
pub(crate) struct LookedAt<B> {
    pub(crate) blob: B,
    /// What the caller knows it by.
    pub(crate) place: String,
    /// Its first bytes.
    pub(crate) head: Rc<[u8]>,
    pub(crate) seen_at: Moment,
    /// What goes out of it; `None` where nobody has gone through it, or where nothing is cut out of its type.
    pub(crate) cutting: Option<Rc<Cutting>>,
    /// Up to how many bytes it is sure to be taken, where it is an image and that is known.
    pub(crate) max_bytes: Option<u64>,
    /// Whether it is encoded anew until it fits.
    pub(crate) shrinks: bool,
}

impl<B: Blob> LookedAt<B> {
    /// Reads a file's first bytes, by which it is known, always as many. Firefox and Bun read a file that was replaced
    /// on disk without a word: so it is compared with how it began when it was read first.
    pub(crate) async fn begin<P: Platform<Blob = B>>(
        core: &Core<P>,
        files: &FileMemory<P>,
        blob: B,
        place: &str,
    ) -> Result<Self, Failure<P::Answer>> {
        let Some(head) = head_of(&blob).await else { return Err(unreadable_now(place)) };
        let seen_at = core.moment();
        if !files.begins_as_before(blob.identity(), seen_at, &head) {
            return Err(unreadable_now(place));
        }
        let place = place.to_owned();
        Ok(Self { blob, place, head, seen_at, cutting: None, max_bytes: None, shrinks: false })
    }

    /// How large it is, as far as that is known: without what goes out of it.
    pub(crate) fn bytes(&self) -> u64 {
        self.cutting.as_ref().map_or_else(|| self.blob.bytes(), |cutting| cutting.bytes)
    }

    /// The same, as far as that is judged: one that is encoded anew will be as large as it may be.
    pub(crate) fn judged_bytes(&self) -> u64 {
        if self.shrinks { 1 } else { self.bytes() }
    }

    /// What its first bytes say.
    pub(crate) fn media(&self) -> Option<MediaType> {
        detect(&self.head)
    }

    /// The media type that it travels as, taken for this kind; `None` where its first bytes don't say.
    pub(crate) fn media_type_as(&self, kind: MediaKind) -> Option<&'static str> {
        self.media().map(|media| media.seen_as(kind).mime())
    }

    /// As a check of the request has it.
    pub(crate) fn source(&self) -> Source {
        Source::File {
            bytes: self.judged_bytes(),
            media: self.media(),
            looked_at: true,
            declared_type: self.blob.declared_type(),
        }
    }

    /// Its name, where it has one.
    pub(crate) fn own_name(&self) -> Option<String> {
        self.blob.name().filter(|name| !name.is_empty())
    }

    /// What was cut out of it, in words.
    pub(crate) fn removed(&self) -> Vec<&'static str> {
        self.cutting.as_ref().map_or_else(Vec::new, |cutting| cutting.removed.clone())
    }

    /// Fails where the file, of which `content` is to be sent, is another one by now, unless it was looked at just now.
    pub(crate) async fn check_lately<P: Platform<Blob = B>>(
        &self,
        core: &Core<P>,
        content: &B,
    ) -> Result<(), Failure<P::Answer>> {
        if self.seen_at.elapsed_ms(core.moment()) <= UNCHANGED_MS {
            return Ok(());
        }
        self.check_unchanged(content).await
    }

    /// Fails where the file is another one by now, or where it, or what is sent of it, can no longer be read. Their
    /// last bytes: a file that was cut short on disk still has its first ones.
    pub(crate) async fn check_unchanged<A>(&self, content: &B) -> Result<(), Failure<A>> {
        let is_same = head_of(&self.blob).await.is_some_and(|head| *head == *self.head);
        if !is_same || !can_be_read_to_its_end(&self.blob).await {
            return Err(unreadable_now(&self.place));
        }
        if content.identity() != self.blob.identity() && !can_be_read_to_its_end(content).await {
            return Err(unreadable_now(&self.place));
        }
        Ok(())
    }
}

async fn head_of(blob: &impl Blob) -> Option<Rc<[u8]>> {
    blob.read(0, HEAD_BYTES as u64).await.map(Rc::from)
}

async fn can_be_read_to_its_end(blob: &impl Blob) -> bool {
    let bytes = blob.bytes();
    blob.read(bytes.saturating_sub(1), bytes).await.is_some()
}
