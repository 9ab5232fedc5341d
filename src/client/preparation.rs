//! Everything before a submission: files are opened, looked at, judged and uploaded. Nothing is paid yet.

use std::rc::Rc;

use super::core::Core;
use super::failure::Failure;
use super::file_failure::unreadable;
use super::fit::measure;
use super::looked_at::LookedAt;
use super::progress::OnProgress;
use super::reference::{Fit, Reference, ReferenceSource, Treatment, UrlReference};
use super::request::{
    GenerateRequest, body_of, check, described, item_of, item_with_token, place_of, settle,
};
use super::shared::Shared;
use super::stored::{Stored, UploadAs};
use super::upload::{JudgedFile, SendOptions, upload_all};
use crate::contract::media_type::MediaKind;
use crate::contract::validation::{self, Checked, Mode};
use crate::contract::value::Value;
use crate::futures::race::{First, first};
use crate::platform::{Blob, Platform};

const REVOKED: &str = "the blob: URL can't be read; it may have been revoked";

/// How a request is prepared.
pub(crate) struct Preparation<'a, A> {
    pub(crate) mode: Mode,
    pub(crate) tells_bytes: bool,
    pub(crate) on_progress: OnProgress<'a, A>,
}

/// A request whose `blob:` URLs are files: each is another one after a reload, its file is not.
pub(crate) async fn opened<P: Platform>(
    core: &Core<P>,
    request: &GenerateRequest<P::Blob>,
) -> Result<GenerateRequest<P::Blob>, Failure<P::Answer>> {
    let mut request = request.clone();
    let places = request.places();
    for (reference, place) in request.references.iter_mut().zip(places) {
        reference.index = Some(place);
        if let ReferenceSource::BlobUrl(url) = &reference.source {
            let opening = core.platform.open_blob_url(url);
            let opened = match first(opening, core.sleep(core.settings.timeout_ms())).await {
                First::Left(opened) => opened,
                First::Right(()) => None,
            };
            let file = opened.ok_or_else(|| unreadable(&place_of(place), REVOKED))?;
            reference.source = ReferenceSource::File(file);
        }
    }
    Ok(request)
}

/// A reference that was looked at.
enum Seen<B> {
    File(LookedAt<B>),
    Item(UrlReference),
}

/// The body of a request, whose files are uploaded by then.
pub(crate) async fn prepare<P: Platform>(
    shared: &Rc<Shared<P>>,
    request: &GenerateRequest<P::Blob>,
    how: &Preparation<'_, P::Answer>,
) -> Result<String, Failure<P::Answer>> {
    let core = &*shared.core;
    let mut seen = Vec::new();
    for (reference, place) in request.references.iter().zip(request.places()) {
        seen.push(look_at(shared, request, reference, place).await?);
    }
    let references: Vec<validation::Reference> = seen
        .iter()
        .map(|seen| match seen {
            Seen::File(file) => validation::Reference { source: file.source(), kind: None },
            Seen::Item(item) => described(item),
        })
        .collect();
    let Checked { issues, params, kinds } = check(request, &references, how.mode);
    settle(&*core.platform, issues)?;
    let (mut items, mut jobs) = (Vec::new(), Vec::new());
    for (seen, kind) in seen.into_iter().zip(kinds) {
        let kind = kind.unwrap_or(MediaKind::Image);
        match seen {
            Seen::Item(item) => items.push(Some(item_of(&UrlReference { kind: Some(kind), ..item }))),
            Seen::File(file) => {
                items.push(None);
                jobs.push(job_of(request, file, kind));
            }
        }
    }
    let kinds: Vec<MediaKind> = jobs.iter().map(|job| job.what.kind).collect();
    let sending = SendOptions { timeout: None, tells_bytes: how.tells_bytes };
    let stored = upload_all(shared, jobs, sending, how.on_progress).await?;
    let mut uploaded = stored.iter().zip(kinds).map(|(stored, kind)| uploaded_item(stored, kind));
    let items = items.into_iter().filter_map(|item| item.or_else(|| uploaded.next())).collect();
    Ok(body_of(&*core.platform, request, params, items))
}

async fn look_at<P: Platform>(
    shared: &Shared<P>,
    request: &GenerateRequest<P::Blob>,
    reference: &Reference<P::Blob>,
    place: usize,
) -> Result<Seen<P::Blob>, Failure<P::Answer>> {
    let file = match &reference.source {
        ReferenceSource::Item(item) => return Ok(Seen::Item(item.clone())),
        ReferenceSource::File(file) => file.clone(),
        ReferenceSource::BlobUrl(_) => return Err(unreadable(&place_of(place), REVOKED)),
    };
    let treatment =
        Treatment { model: Some(&request.model), keep_metadata: request.keep_metadata, fit: request.fit };
    let mut file = LookedAt::begin(&shared.core, &shared.files, file, &place_of(place)).await?;
    measure(&shared.core, &shared.files, &mut file, &treatment).await?;
    Ok(Seen::File(file))
}

fn job_of<B: Blob>(request: &GenerateRequest<B>, file: LookedAt<B>, kind: MediaKind) -> JudgedFile<B> {
    let media_type = file.media_type_as(kind);
    let what = UploadAs {
        kind,
        model: Some(request.model.clone()),
        client_request_id: None,
        name: None,
        keeps_metadata: request.keep_metadata,
        may_shrink: request.fit == Fit::Limit,
    };
    JudgedFile { file, what, media_type }
}

/// An item of `params.referenceMediaItems` for an upload: `duration_token` becomes `durationToken`, as it came.
fn uploaded_item<A>(stored: &Stored<A>, kind: MediaKind) -> Value {
    let item = UrlReference {
        url: stored.url.clone(),
        kind: Some(kind),
        name: stored.name.clone(),
        mime_type: stored.media_type.clone(),
        duration_seconds: None,
        duration_token: None,
    };
    item_with_token(&item, stored.duration_token.clone())
}
