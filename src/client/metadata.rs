//! A picture is gone through for its metadata: `media` says what it wants to see, the platform brings it.

use std::rc::Rc;

use super::breaks::Breaks;
use super::core::Core;
use super::cutting::Cutting;
use super::failure::Failure;
use super::file_failure::{refused, unreadable_now};
use super::file_memory::FileMemory;
use super::looked_at::LookedAt;
use crate::media::metadata::{Next, Walk};
use crate::platform::{Blob, Platform, Scan};

/// More than a header is: several that follow each other are seen at once.
const GLANCE_BYTES: usize = 64;
/// WebAssembly counts in 32 bits.
const MAX_BYTES: u64 = 4_294_967_294;

/// Cuts a file's metadata out, once. Left alone where nothing is cut out of its type; it fails where the file is
/// damaged.
pub(crate) async fn cut_metadata<P: Platform>(
    core: &Core<P>,
    files: &FileMemory<P>,
    file: &mut LookedAt<P::Blob>,
) -> Result<(), Failure<P::Answer>> {
    if file.cutting.is_none() {
        file.cutting = match files.cutting(file.blob.identity(), core.moment()) {
            Some(found) => Some(found),
            None => find(core, file).await?.map(Rc::new),
        };
        if let Some(found) = &file.cutting {
            files.keep_cutting(file.blob.identity(), core.moment(), found);
        }
    }
    Ok(())
}

async fn find<P: Platform>(
    core: &Core<P>,
    file: &LookedAt<P::Blob>,
) -> Result<Option<Cutting>, Failure<P::Answer>> {
    let file_bytes = file.blob.bytes();
    let uncut = |why: &str| {
        let what = [why, ": its metadata can't be cut out; `keepMetadata: true` sends it as it is"];
        refused(&file.place, &what.concat())
    };
    let Some(media) = file.media() else { return Ok(None) };
    let counted = usize::try_from(file_bytes).unwrap_or(usize::MAX);
    let Some(mut walk) = Walk::new(media.format, counted) else { return Ok(None) };
    if file_bytes > MAX_BYTES {
        return Err(uncut("is too large"));
    }
    let scan = file.blob.scan();
    // A crafted file has millions of parts, all of which may be at hand: nothing in the walk would ever wait.
    let breaks = Breaks::begin(core);
    let mut next = Walk::FIRST;
    loop {
        breaks.take_if_due(core).await;
        let (at, wanted) = match next {
            Next::Read { at, bytes } => (at as u64, bytes),
            Next::Marker { from } => {
                let found = scan.next_marker(from as u64).await;
                (found.ok_or_else(|| unreadable_now(&file.place))?, 0)
            }
            Next::End => return Ok(Some(Cutting::of(walk, file_bytes))),
        };
        let Some(bytes) = read(&file.head, &scan, at, wanted.max(GLANCE_BYTES)).await else {
            return Err(unreadable_now(&file.place));
        };
        next = walk.step(usize::try_from(at).unwrap_or(usize::MAX), &bytes).map_err(|damage| {
            uncut(&["is damaged at byte ", &damage.at.to_string(), ", where ", damage.what].concat())
        })?;
    }
}

/// Bytes from a position on. The first ones were read before; where the rest is one large part, nothing is scanned.
async fn read(head: &[u8], scan: &impl Scan, at: u64, bytes: usize) -> Option<Vec<u8>> {
    let start = usize::try_from(at).unwrap_or(usize::MAX);
    if let Some(found) = head.get(start..start.saturating_add(bytes)) {
        return Some(found.to_vec());
    }
    if let Some(found) = scan.at_hand(at, bytes) {
        return Some(found);
    }
    if !scan.load(at, bytes).await {
        return None;
    }
    scan.at_hand(at, bytes)
}
