//! One request for a result, from its first byte to its last. What it may be is asked when the answer is there, when
//! enough of it has come to be known, when there is more of it than is taken, and at its end: what is none is not
//! received further.

use std::time::Duration;

use super::core::Core;
use super::result_verdict::{Miss, Refusal};
use crate::futures::race::{First, first};
use crate::media::result::{Compression, Received, flaw, plain_length};
use crate::media::signature::HEAD_BYTES;
use crate::millis::millis;
use crate::platform::{Incoming, Platform, Reception, ResultRequest, ResultSource};

/// Is told how many bytes have come, and how many there are, where that is known.
pub(crate) type OnBytes<'a> = &'a dyn Fn(u64, Option<u64>);

type Missed<P> = Miss<<P as Platform>::Answer>;

/// How much of a result has come.
#[derive(Clone, Copy, PartialEq)]
enum Arrived {
    InPart,
    Whole,
}

/// What stands before the bytes.
struct Head {
    status: u16,
    content_type: String,
    /// The length of the bytes that arrive, where it is surely that.
    length: Option<f64>,
    /// The length that is told to whoever watches.
    total_bytes: Option<u64>,
}

/// Receives a result. What goes without a byte for the client's `stall` is given up.
pub(crate) async fn receive<P: Platform>(
    core: &Core<P>,
    request: ResultRequest,
    on_bytes: OnBytes<'_>,
) -> Result<P::Blob, Missed<P>> {
    let incoming = unless_stalled(core, begin::<P>(core, request)).await?;
    let head = Head::of(&incoming);
    let judge = |arrived| head.judge(&incoming, arrived, core.settings.max_result_bytes);
    judge(Arrived::InPart)?;
    on_bytes(0, head.total_bytes);
    loop {
        let knew_first = knows_first(&incoming);
        let receiving = async { incoming.next().await.map_err(|reason| Miss::Failed { reason }) };
        if !unless_stalled(core, receiving).await? {
            break;
        }
        let received_bytes = incoming.received_bytes();
        if received_bytes > core.settings.max_result_bytes || knows_first(&incoming) != knew_first {
            judge(Arrived::InPart)?;
        }
        on_bytes(received_bytes, head.total_bytes);
    }
    judge(Arrived::Whole)?;
    Ok(incoming.blob(&head.content_type))
}

/// The wait for the next bytes, which may take the client's `stall`.
async fn unless_stalled<P: Platform, T>(
    core: &Core<P>,
    receiving: impl Future<Output = Result<T, Missed<P>>>,
) -> Result<T, Missed<P>> {
    within(core, Some(core.settings.stall), receiving).await
}

/// Work with an end, if it has one.
pub(crate) async fn within<P: Platform, T>(
    core: &Core<P>,
    limit: Option<Duration>,
    work: impl Future<Output = Result<T, Missed<P>>>,
) -> Result<T, Missed<P>> {
    let Some(limit) = limit else { return work.await };
    match first(work, core.sleep(millis(limit))).await {
        First::Left(outcome) => outcome,
        First::Right(()) => Err(Miss::TimedOut),
    }
}

/// The answer, if it may be followed by a result. What the proxy refuses with has words, which are read.
async fn begin<P: Platform>(core: &Core<P>, request: ResultRequest) -> Result<P::Incoming, Missed<P>> {
    let reads_refusal = matches!(request.from, ResultSource::Proxy { .. });
    let incoming = match core.platform.receive(request).await {
        Reception::Answered(incoming) => incoming,
        Reception::Failed { reason } => return Err(Miss::Failed { reason }),
    };
    let status = incoming.status();
    if (200..300).contains(&status) {
        return Ok(incoming);
    }
    let header = |name| incoming.header(name).filter(|value| !value.is_empty());
    let (retry_after, location) = (header("retry-after"), header("location"));
    let said = if reads_refusal && status >= 400 { Some(incoming.json().await) } else { None };
    Err(Miss::Refused(Refusal { status, retry_after, location, said }))
}

/// Whether as many of the first bytes are there as a format is known by.
fn knows_first(incoming: &impl Incoming) -> bool {
    incoming.received_bytes() >= HEAD_BYTES as u64
}

impl Head {
    fn of(incoming: &impl Incoming) -> Self {
        let header = |name| incoming.header(name).unwrap_or_default();
        let (length, is_encoded) = (header("content-length"), !header("content-encoding").is_empty());
        let compression = if incoming.hides_headers() {
            Compression::Hidden
        } else if is_encoded {
            Compression::Some
        } else {
            Compression::None
        };
        Self {
            status: incoming.status(),
            content_type: header("content-type"),
            length: plain_length(&length, compression),
            // The length of a compressed body is not that of the bytes which arrive.
            total_bytes: stated_bytes(&length).filter(|_| !is_encoded),
        }
    }

    fn judge<A>(&self, incoming: &impl Incoming, arrived: Arrived, max_bytes: u64) -> Result<(), Miss<A>> {
        let head = incoming.head(HEAD_BYTES);
        let received = Received {
            status: self.status,
            content_type: &self.content_type,
            length: self.length,
            head: &head,
            bytes: incoming.received_bytes() as f64,
            is_whole: arrived == Arrived::Whole,
        };
        match flaw(&received, max_bytes as f64) {
            None => Ok(()),
            Some(flaw) => Err(Miss::Flawed { status: self.status, flaw }),
        }
    }
}

/// The number that a length begins with: what is told of it need not be exact.
fn stated_bytes(length: &str) -> Option<u64> {
    let length = length.trim_ascii_start();
    let digits = length.bytes().take_while(u8::is_ascii_digit).count();
    length.get(..digits)?.parse().ok()
}
