//! A picture that is too large, encoded anew by the platform until it fits. `media` says how each attempt is made, and
//! what follows from it.

use super::core::Core;
use super::failure::Failure;
use super::file_failure::{refused, unreadable_now};
use super::file_memory::FileMemory;
use super::looked_at::LookedAt;
use super::metadata::cut_metadata;
use super::reference::{Fit, Treatment};
use crate::contract::media_type::{MediaKind, MediaType};
use crate::contract::validation::sure_bytes;
use crate::media::fitting::{Fitting, Outcome, Verdict};
use crate::platform::{Blob, Encoding, Picture, Platform};

/// Sees whether a file is an image that is too large: without its metadata it may not be.
pub(crate) async fn measure<P: Platform>(
    core: &Core<P>,
    files: &FileMemory<P>,
    file: &mut LookedAt<P::Blob>,
    treatment: &Treatment<'_>,
) -> Result<(), Failure<P::Answer>> {
    let is_image = file.media().and_then(MediaType::kind) == Some(MediaKind::Image);
    let max_bytes = if is_image { sure_bytes(treatment.model, MediaKind::Image) } else { None };
    let Some(max_bytes) = max_bytes else { return Ok(()) };
    file.max_bytes = Some(max_bytes);
    if file.bytes() > max_bytes && !treatment.keep_metadata {
        cut_metadata(core, files, file).await?;
    }
    if file.bytes() <= max_bytes || treatment.fit == Fit::Off {
        return Ok(());
    }
    if !core.platform.can_encode() {
        let (bytes, max_bytes) = (file.bytes().to_string(), max_bytes.to_string());
        let what = ["has ", &bytes, " bytes; ", &max_bytes];
        let what =
            [what.concat().as_str(), " are sure to be taken, and there is no OffscreenCanvas"].concat();
        return Err(refused(&file.place, &what));
    }
    file.shrinks = true;
    Ok(())
}

/// One of at most so many bytes made of a picture's content: upright, in sRGB, without any metadata, as JPEG where it
/// was one, else as WebP.
pub(crate) async fn shrink<P: Platform>(
    core: &Core<P>,
    file: &LookedAt<P::Blob>,
    content: &P::Blob,
    media_type: &str,
) -> Result<P::Blob, Failure<P::Answer>> {
    // In one piece: Firefox decodes no Blob that is made of several.
    let Some(whole) = content.in_memory().await else { return Err(unreadable_now(&file.place)) };
    let Some(picture) = core.platform.decode(&whole).await else {
        return Err(refused(&file.place, "can't be decoded to be made smaller"));
    };
    let original = MediaType::of_mime(media_type).map(|media| media.format);
    let max_bytes = file.max_bytes.unwrap_or(u64::MAX);
    let (width, height) = (f64::from(picture.width()), f64::from(picture.height()));
    let mut fitting = Fitting::new(original, width, height, max_bytes as f64);
    loop {
        let attempt = fitting.attempt();
        let media_type = MediaType { format: attempt.format }.mime();
        let encoding = Encoding {
            media_type,
            width: attempt.width as u32,
            height: attempt.height as u32,
            quality: attempt.quality,
        };
        let encoded = picture.encode(&encoding).await.filter(|made| made.declared_type() == media_type);
        let outcome =
            encoded.as_ref().map_or(Outcome::Failed, |made| Outcome::Encoded { bytes: made.bytes() as f64 });
        match (fitting.judge(outcome), encoded) {
            (Verdict::Fits, Some(made)) => return Ok(made),
            (Verdict::Again, _) => {}
            (Verdict::TooLarge, _) => {
                let what = ["can't be made smaller than ", &max_bytes.to_string(), " bytes"].concat();
                return Err(refused(&file.place, &what));
            }
            (Verdict::CanNotEncode | Verdict::Fits, _) => {
                let what = "can't be made smaller: the platform can't encode it, as WebP or as JPEG";
                return Err(refused(&file.place, what));
            }
        }
    }
}
