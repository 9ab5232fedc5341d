//! One upload, from its first place in a queue to what the server says of it.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use super::answers::Expected;
use super::attempts::{Call, Payload, send};
use super::failure::Failure;
use super::file_failure::unreadable_now;
use super::fit::shrink;
use super::looked_at::LookedAt;
use super::metadata::cut_metadata;
use super::observer::Observer;
use super::parcel::Parcel;
use super::sent_attempts::Sent;
use super::shared::Shared;
use super::stored::{Stored, UploadAs};
use super::upload_inbox::{Listeners, UploadStep};
use super::upload_queues::Places;
use crate::contract::value::Value;
use crate::futures::turnstile::Group;
use crate::futures::yield_once::yield_once;
use crate::platform::{Answer, Blob, Platform, Transmission};

/// Where no byte can be seen moving, an upload may take ten times the time that one may go without a byte: 600 s by
/// default (our convention).
const UNSEEN_FACTOR: u32 = 10;

/// How a file is sent.
pub(crate) struct Manner<'a> {
    pub(crate) what: &'a UploadAs,
    /// What it travels as, where its bytes tell that.
    pub(crate) media_type: Option<&'static str>,
    /// Of one attempt.
    pub(crate) timeout: Option<Duration>,
    /// Whether anybody wants to know how many bytes have left.
    pub(crate) tells_bytes: bool,
}

/// Frees a file of its metadata and sends it, each in its turn.
pub(crate) async fn send_file<P: Platform>(
    shared: &Shared<P>,
    mut file: LookedAt<P::Blob>,
    manner: &Manner<'_>,
    places: &Places,
    group: Group,
    listeners: &Rc<Listeners<P::Answer>>,
) -> Result<Stored<P::Answer>, Failure<P::Answer>> {
    let core = &*shared.core;
    if !manner.what.keeps_metadata {
        let _place = places.cutting.enter_as(group).await;
        cut_metadata(core, &shared.files, &mut file).await?;
    }
    let _place = places.sending.enter_as(group).await;
    let mut content = match &file.cutting {
        Some(cutting) => cutting.content_of(&file.blob).await,
        None => Some(file.blob.clone()),
    }
    .ok_or_else(|| unreadable_now(&file.place))?;
    let mut media_type = manner.media_type.map(str::to_owned);
    if file.shrinks {
        let _place = places.encoding.enter().await;
        content = shrink(core, &file, &content, media_type.as_deref().unwrap_or_default()).await?;
        media_type = Some(content.declared_type());
    }
    let (bytes, removed) = (content.bytes(), file.cutting.as_ref().map(|cutting| cutting.removed.clone()));
    let step = {
        let removed = file.removed();
        move |share| UploadStep::Sent { share, bytes, removed: removed.clone() }
    };
    let stall = core.settings.stall;
    let transmission = Transmission {
        timeout: manner.timeout,
        stall,
        unseen: stall.saturating_mul(UNSEEN_FACTOR),
        on_sent: manner.tells_bytes.then(|| on_sent(listeners.clone(), step.clone())),
    };
    let own_name = file.own_name();
    let parcel = Parcel::new(file, content, media_type.as_deref(), manner.what, transmission);
    let observer = UploadObserver { listeners, begins: step(0.0) };
    observer.on_online();
    // Whoever gives the call up when it is told that the file begins has sent nothing of it.
    yield_once().await;
    let sent = Sent::without_a_key();
    let call = Call {
        payload: Payload::File(&parcel),
        observer: &observer,
        ..Call::get("/files", Expected::File, &sent)
    };
    let answer = send(core, &call).await?;
    let url = answer.text(&["url"]).unwrap_or_default();
    let duration_token = Some(answer.value(&["duration_token"])).filter(|token| *token != Value::Null);
    let name = own_name.map(|_| parcel.name.clone());
    let is_claimed = Cell::new(false);
    Ok(Stored { answer, url, duration_token, bytes, removed, name, media_type, is_claimed })
}

/// All of it is there when the server says so.
fn on_sent<A: Clone + 'static>(
    listeners: Rc<Listeners<A>>,
    step: impl Fn(f64) -> UploadStep + 'static,
) -> Rc<dyn Fn(f64)> {
    Rc::new(move |share| {
        if share > 0.0 && share < 1.0 {
            listeners.tell(&step(share));
        }
    })
}

/// Tells of an outage during an upload, after which it begins once more.
struct UploadObserver<'a, A> {
    listeners: &'a Listeners<A>,
    begins: UploadStep,
}

impl<A: Clone> Observer<A> for UploadObserver<'_, A> {
    fn on_offline(&self, _: &Failure<A>, since_ms: f64) {
        self.listeners.tell(&UploadStep::Offline { since_ms });
    }

    fn on_online(&self) {
        self.listeners.tell(&self.begins);
    }
}
