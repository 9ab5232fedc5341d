//! `files.upload` and `files.inspect`: one file by itself.

use std::rc::Rc;
use std::time::Duration;

use super::failure::Failure;
use super::fit::measure;
use super::looked_at::LookedAt;
use super::metadata::cut_metadata;
use super::progress::{OnProgress, Progress};
use super::reference::{Fit, Treatment};
use super::request::settle;
use super::shared::Shared;
use super::stored::UploadAs;
use super::upload::{JudgedFile, SendOptions, upload_all};
use crate::contract::media_type::{MediaKind, MediaType};
use crate::contract::validation::{Issue, Mode, check_client_request_id, check_upload};
use crate::media::dimensions;
use crate::platform::{Blob, Platform};

/// What a file that is uploaded by itself is called in errors.
const PLACE: &str = "file";

/// Options of [`super::Engine::inspect`].
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct InspectOptions {
    /// What it is. Default: what its first bytes say.
    pub kind: Option<MediaKind>,
    /// Whose limits it is checked against. Default: the Files API's own.
    pub model: Option<String>,
    /// Whether camera, location and other metadata stay in it. Default false.
    pub keep_metadata: bool,
    /// What becomes of an image that is too large. Default: it is refused.
    pub fit: Fit,
}

/// Options of [`super::Engine::upload`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct UploadOptions {
    /// How it is looked at.
    pub looked_at: InspectOptions,
    /// What it is called. Default: its own name.
    pub name: Option<String>,
    /// An id of your own, which the API shows again.
    pub client_request_id: Option<String>,
    /// How long one attempt may take in all. Default: as long as bytes move; see [`super::Settings::stall`].
    pub timeout: Option<Duration>,
    /// Whether progress is told while bytes leave, which platforms may need another way to send for; else at the begin
    /// and the end. Default true.
    pub tells_bytes: bool,
}

impl Default for UploadOptions {
    fn default() -> Self {
        Self {
            looked_at: InspectOptions::default(),
            name: None,
            client_request_id: None,
            timeout: None,
            tells_bytes: true,
        }
    }
}

/// A file that was uploaded.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Uploaded<A> {
    /// What the server said.
    pub answer: A,
    /// What was cut out of it, in words: `Exif (with GPS)`, `XMP`. `None` where nothing is cut out of its type, or it
    /// was to be kept.
    pub removed: Option<Vec<&'static str>>,
}

/// What [`super::Engine::upload`] would make of a file.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Inspection {
    /// What it would travel as; `None` where its first bytes don't say and none was given.
    pub kind: Option<MediaKind>,
    /// Its media type by its first bytes; `None` where they are of no known one.
    pub media_type: Option<&'static str>,
    /// How large the file is.
    pub bytes: u64,
    /// How large what would be sent is; `None` where it would be encoded anew.
    pub sent_bytes: Option<u64>,
    /// In pixels, as stored, whichever way it is turned; `None` where its first bytes don't tell, or it has none.
    pub width: Option<u32>,
    /// The same.
    pub height: Option<u32>,
    /// What would be cut out, in words.
    pub removed: Vec<&'static str>,
    /// Whether it would be encoded anew.
    pub shrinks: bool,
    /// All that is wrong with it.
    pub issues: Vec<Issue>,
}

impl InspectOptions {
    fn treatment(&self) -> Treatment<'_> {
        Treatment { model: self.model.as_deref(), keep_metadata: self.keep_metadata, fit: self.fit }
    }

    /// What a file travels as: what its uploader says, else what its first bytes do.
    fn kind_of<B: Blob>(&self, file: &LookedAt<B>) -> Option<MediaKind> {
        self.kind.or_else(|| file.media().and_then(MediaType::kind))
    }

    fn issues<B: Blob>(&self, file: &LookedAt<B>) -> Vec<Issue> {
        check_upload(self.model.as_deref(), file.judged_bytes(), file.media(), self.kind, PLACE)
    }
}

/// Looks at a file, checks it, sends it.
pub(crate) async fn upload<P: Platform>(
    shared: &Rc<Shared<P>>,
    file: &P::Blob,
    options: &UploadOptions,
    on_progress: OnProgress<'_, P::Answer>,
) -> Result<Uploaded<P::Answer>, Failure<P::Answer>> {
    let (core, files, looked) = (&*shared.core, &shared.files, &options.looked_at);
    let mut file = LookedAt::begin(core, files, file.clone(), PLACE).await?;
    measure(core, files, &mut file, &looked.treatment()).await?;
    if core.settings.validation != Mode::Off {
        let mut issues = looked.issues(&file);
        let id = options.client_request_id.as_deref();
        issues.extend(id.and_then(|id| check_client_request_id(id, "client_request_id")));
        settle(&*core.platform, issues)?;
    }
    let Some(job) = job_of(options, file) else {
        let message = "options.kind must say what the file is: its first bytes don't".to_owned();
        return Err(Failure::new("invalid_option", message));
    };
    let how = SendOptions { timeout: options.timeout, tells_bytes: options.tells_bytes };
    // Of an outage is told while a generation is made alone.
    let tell = |progress| {
        if let Progress::Uploading { .. } = progress {
            on_progress(progress);
        }
    };
    let stored = upload_all(shared, vec![job], how, &tell).await?.into_iter().next();
    let stored = stored.ok_or_else(|| Failure::new("file_unreadable", PLACE.to_owned()))?;
    Ok(Uploaded { answer: stored.answer.clone(), removed: stored.removed.clone() })
}

/// A file as it travels; `None` where neither its first bytes nor its uploader say what it is.
fn job_of<B: Blob>(options: &UploadOptions, file: LookedAt<B>) -> Option<JudgedFile<B>> {
    let looked = &options.looked_at;
    let kind = looked.kind_of(&file)?;
    let what = UploadAs {
        kind,
        model: looked.model.clone(),
        client_request_id: options.client_request_id.clone(),
        name: options.name.clone(),
        keeps_metadata: looked.keep_metadata,
        may_shrink: looked.fit == Fit::Limit,
    };
    let media_type = file.media_type_as(kind);
    Some(JudgedFile { file, what, media_type })
}

/// What `upload` would do with a file, and why it would not.
pub(crate) async fn inspect<P: Platform>(
    shared: &Shared<P>,
    file: &P::Blob,
    options: &InspectOptions,
) -> Result<Inspection, Failure<P::Answer>> {
    let (core, files) = (&*shared.core, &shared.files);
    let mut file = LookedAt::begin(core, files, file.clone(), PLACE).await?;
    let mut looked = measure(core, files, &mut file, &options.treatment()).await;
    if looked.is_ok() && !options.keep_metadata {
        looked = cut_metadata(core, files, &mut file).await;
    }
    let mut issues = options.issues(&file);
    match looked {
        Ok(()) => {}
        Err(failure) if failure.code == "validation_failed" => issues.extend(failure.into_facts().issues),
        Err(failure) => return Err(failure),
    }
    let media = file.media();
    let size = match &file.cutting {
        Some(cutting) => cutting.dimensions,
        None => media.and_then(|media| dimensions::of(media.format, &file.head)),
    };
    Ok(Inspection {
        kind: options.kind_of(&file),
        media_type: media.map(MediaType::mime),
        bytes: file.blob.bytes(),
        sent_bytes: Some(file.bytes()).filter(|_| !file.shrinks),
        width: size.map(|size| size.width),
        height: size.map(|size| size.height),
        removed: file.removed(),
        shrinks: file.shrinks,
        issues,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::tests::Handle;
    use crate::policy::clock::Moment;

    const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";
    const JPEG: &[u8] = b"\xff\xd8\xff\xe0\0\x10JFIF";
    const MP4: &[u8] = b"\0\0\0\x18ftypisom\0\0\0\0";

    /// A file that says of itself that it is a PNG, whatever its first bytes say.
    fn file(head: &[u8]) -> LookedAt<Handle> {
        LookedAt {
            blob: Handle(Some("kite.png")),
            place: PLACE.to_owned(),
            head: Rc::from(head),
            seen_at: Moment::default(),
            cutting: None,
            max_bytes: None,
            shrinks: false,
        }
    }

    #[test]
    fn a_file_is_what_its_first_bytes_say_unless_its_uploader_says_it() {
        use MediaKind::{Audio, Image, Video};
        for (head, given, travels_as) in [
            (PNG, None, Some((Image, Some("image/png")))),
            (JPEG, None, Some((Image, Some("image/jpeg")))),
            (MP4, None, Some((Video, Some("video/mp4")))),
            (MP4, Some(Audio), Some((Audio, Some("audio/mp4")))),
            (b"no file of a known type", Some(Audio), Some((Audio, None))),
            (b"no file of a known type", None, None),
        ] {
            let looked_at = InspectOptions { kind: given, ..InspectOptions::default() };
            let job = job_of(&UploadOptions { looked_at, ..UploadOptions::default() }, file(head));
            assert_eq!(job.map(|job| (job.what.kind, job.media_type)), travels_as, "{head:?} {given:?}");
        }
    }

    #[test]
    fn a_file_travels_under_the_names_that_its_uploader_gives() {
        let looked_at = InspectOptions {
            model: Some("nano-banana-2".to_owned()),
            keep_metadata: true,
            fit: Fit::Limit,
            ..InspectOptions::default()
        };
        let options = UploadOptions {
            looked_at,
            name: Some("mine.png".to_owned()),
            client_request_id: Some("mine".to_owned()),
            ..UploadOptions::default()
        };
        let what = job_of(&options, file(PNG)).map(|job| job.what);
        let expected = UploadAs {
            kind: MediaKind::Image,
            model: Some("nano-banana-2".to_owned()),
            client_request_id: Some("mine".to_owned()),
            name: Some("mine.png".to_owned()),
            keeps_metadata: true,
            may_shrink: true,
        };
        assert_eq!(what, Some(expected));
    }
}
