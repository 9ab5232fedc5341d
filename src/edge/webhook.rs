//! Whether a delivery is genuine, fresh, and an event.

use js_sys::{JSON, Object};
use wasm_bindgen::prelude::*;

use super::event::{self, Event, Place};
use super::signature::{self, Encoding, Key};
use crate::js::data::{get, get_text, record, set};
use crate::js::error::{failed, wrong_argument};
use crate::js::handle::Handle;

/// Digits of a time in seconds: the year 33,658 has twelve. A double holds all of them exactly, in milliseconds too.
const MAX_TIMESTAMP_DIGITS: usize = 12;

/// What is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Content {
    IdTimestampBody,
    TimestampBody,
    Body,
}

impl Content {
    fn parse(word: &str) -> Self {
        match word {
            "timestamp.body" => Self::TimestampBody,
            "body" => Self::Body,
            _ => Self::IdTimestampBody,
        }
    }
}

/// A delivery as it arrived, and the form that its signature should have. A header that isn't signed proves nothing,
/// and is not asked for.
struct Delivery<'a> {
    content: Content,
    encoding: Encoding,
    prefix: &'a str,
    id: Option<&'a str>,
    timestamp: Option<&'a str>,
    signatures: Option<&'a str>,
    body: &'a [u8],
}

/// Why a delivery is not taken.
#[derive(Debug, PartialEq, Eq)]
enum Refusal {
    NoId,
    NoTimestamp,
    NoSignature,
    /// Not in whole seconds.
    BadTimestamp,
    TooOld {
        seconds: u64,
    },
    TooNew {
        seconds: u64,
    },
    /// No signature of the scheme's form is there.
    Unsigned,
    /// None fits.
    Forged,
}

/// Whether a delivery is genuine and from within `tolerance_ms` of now, either way.
fn judge(delivery: &Delivery<'_>, keys: &[Key], now_ms: f64, tolerance_ms: f64) -> Result<(), Refusal> {
    let id = || delivery.id.filter(|id| !id.is_empty()).map(str::as_bytes).ok_or(Refusal::NoId);
    let timestamp = || fresh(delivery.timestamp, now_ms, tolerance_ms);
    let parts: &[&[u8]] = match delivery.content {
        Content::IdTimestampBody => &[id()?, timestamp()?, delivery.body],
        Content::TimestampBody => &[timestamp()?, delivery.body],
        Content::Body => &[delivery.body],
    };
    let header = delivery.signatures.ok_or(Refusal::NoSignature)?;
    let signatures = signature::read(header, delivery.prefix, delivery.encoding);
    if signatures.is_empty() {
        return Err(Refusal::Unsigned);
    }
    if signature::is_genuine(&signatures, keys, parts) { Ok(()) } else { Err(Refusal::Forged) }
}

/// The time as it was signed, where it is near enough.
fn fresh(timestamp: Option<&str>, now_ms: f64, tolerance_ms: f64) -> Result<&[u8], Refusal> {
    let written = timestamp.ok_or(Refusal::NoTimestamp)?;
    let is_whole = written.len() <= MAX_TIMESTAMP_DIGITS && written.bytes().all(|byte| byte.is_ascii_digit());
    let seconds = written.parse::<u64>().ok().filter(|_| is_whole).ok_or(Refusal::BadTimestamp)?;
    let age_ms = now_ms - seconds as f64 * 1_000.0;
    let rounded = (age_ms.abs() / 1_000.0).ceil() as u64;
    if age_ms.abs() <= tolerance_ms {
        Ok(written.as_bytes())
    } else if age_ms > 0.0 {
        Err(Refusal::TooOld { seconds: rounded })
    } else {
        Err(Refusal::TooNew { seconds: rounded })
    }
}

impl Refusal {
    /// `names` has the names of the headers.
    fn into_js(self, names: &Handle) -> JsValue {
        let header = |key: &str| ["its header ", &names.text(key)].concat();
        let missing = |key: &str| [header(key).as_str(), " is missing"].concat();
        let why = match self {
            Self::NoId => missing("idHeader"),
            Self::NoTimestamp => missing("timestampHeader"),
            Self::NoSignature => missing("signatureHeader"),
            Self::BadTimestamp => header("timestampHeader") + " is no time in whole seconds since 1970",
            Self::TooOld { seconds } => off(seconds, " s old"),
            Self::TooNew { seconds } => off(seconds, " s ahead of this clock"),
            Self::Unsigned => header("signatureHeader") + " holds no signature of the scheme's form",
            Self::Forged => {
                header("signatureHeader")
                    + " holds none that fits; the body must be given byte for byte as it came, \
                       with the secret of this endpoint"
            }
        };
        failed("webhook_signature", &["The delivery was refused: ", &why])
    }
}

fn off(seconds: u64, how: &str) -> String {
    ["it is ", &seconds.to_string(), how, ", more than options.toleranceMs allows"].concat()
}

/// What a delivery tells: `{ claimId, event }`. `delivery`: `{ id, timestamp, signatures, nowMs, toleranceMs }` and the
/// members of its scheme. Throws `webhook_signature` where it is not genuine or not fresh, `invalid_response` where it
/// is genuine and no event.
#[wasm_bindgen(js_name = openDelivery)]
pub fn open_delivery(delivery: Handle, secrets: Vec<String>, body: &[u8]) -> Result<Object, JsValue> {
    let keys: Option<Vec<Key>> = secrets.iter().map(|secret| Key::new(secret)).collect();
    let keys = keys.ok_or_else(|| wrong_argument(&["options.secret must be a key of at least 16 bytes"]))?;
    let content = Content::parse(&delivery.text("signedContent"));
    let (prefix, id) = (delivery.text("signaturePrefix"), delivery.string("id"));
    let (timestamp, signatures) = (delivery.string("timestamp"), delivery.string("signatures"));
    let given = Delivery {
        content,
        encoding: if delivery.text("encoding") == "hex" { Encoding::Hex } else { Encoding::Base64 },
        prefix: &prefix,
        id: id.as_deref(),
        timestamp: timestamp.as_deref(),
        signatures: signatures.as_deref(),
        body,
    };
    judge(&given, &keys, delivery.amount("nowMs"), delivery.amount("toleranceMs"))
        .map_err(|refusal| refusal.into_js(&delivery))?;
    let (event, raw) = parse(body).ok_or_else(no_event)?;
    let opened = record();
    // An id that isn't signed could be exchanged for a fresh one: the event's own is part of the body.
    let claim_id = id.filter(|_| content == Content::IdTimestampBody);
    set(&opened, "claimId", &claim_id.unwrap_or_else(|| event.id.clone()).into());
    set(&opened, "event", &event_to_js(&event, &raw));
    Ok(opened)
}

fn no_event() -> JsValue {
    let message =
        "The delivery is genuine, but no event: a JSON object with the strings id, type and created_at";
    failed("invalid_response", &[message])
}

/// An event, and the whole that it was read from.
fn parse(body: &[u8]) -> Option<(Event, JsValue)> {
    let raw = JSON::parse(str::from_utf8(body).ok()?).ok()?;
    let event = event::read(&|place, key| get_text(&at(&raw, place), key))?;
    Some((event, raw))
}

fn at(raw: &JsValue, place: Place) -> JsValue {
    place.iter().fold(raw.clone(), |value, key| get(&value, key))
}

fn event_to_js(event: &Event, raw: &JsValue) -> JsValue {
    let object = Object::new();
    set(&object, "id", &event.id.as_str().into());
    set(&object, "type", &event.what.as_str().into());
    set(&object, "created_at", &event.created_at.as_str().into());
    set(&object, "generation", &event.generation.map_or(JsValue::NULL, |place| at(raw, place)));
    set(&object, "raw", raw);
    object.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The example of the Standard Webhooks specification's libraries, and its time.
    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const NOW_MS: f64 = 1_614_265_330_000.0;
    const TOLERANCE_MS: f64 = 300_000.0;
    const DELIVERY: Delivery<'_> = Delivery {
        content: Content::IdTimestampBody,
        encoding: Encoding::Base64,
        prefix: "v1,",
        id: Some("msg_p5jXN8AQM9LWM0D4loKWxJek"),
        timestamp: Some("1614265330"),
        signatures: Some("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="),
        body: b"{\"test\": 2432232314}",
    };

    fn judged(delivery: &Delivery<'_>, now_ms: f64) -> Result<(), Refusal> {
        judge(delivery, &[Key::new(SECRET).unwrap()], now_ms, TOLERANCE_MS)
    }

    #[test]
    fn the_published_example_is_genuine() {
        assert_eq!(judged(&DELIVERY, NOW_MS), Ok(()));
        let other = Key::new("whsec_b3RoZXIgc2VjcmV0IG9mIDI0IGJ5dGVz").unwrap();
        assert_eq!(judge(&DELIVERY, &[other], NOW_MS, TOLERANCE_MS), Err(Refusal::Forged));
        assert_eq!(judge(&DELIVERY, &[], NOW_MS, TOLERANCE_MS), Err(Refusal::Forged));
    }

    #[test]
    fn whatever_is_changed_or_missing_is_told_apart() {
        for (delivery, refusal) in [
            (Delivery { id: None, ..DELIVERY }, Refusal::NoId),
            (Delivery { id: Some(""), ..DELIVERY }, Refusal::NoId),
            (Delivery { timestamp: None, ..DELIVERY }, Refusal::NoTimestamp),
            (Delivery { signatures: None, ..DELIVERY }, Refusal::NoSignature),
            (Delivery { signatures: Some(""), ..DELIVERY }, Refusal::Unsigned),
            (Delivery { signatures: Some("v1a,AAEC v2,AAEC"), ..DELIVERY }, Refusal::Unsigned),
            (Delivery { encoding: Encoding::Hex, ..DELIVERY }, Refusal::Unsigned),
            (Delivery { signatures: Some("v1,AAEC"), ..DELIVERY }, Refusal::Forged),
            (Delivery { id: Some("msg_2"), ..DELIVERY }, Refusal::Forged),
            (Delivery { timestamp: Some("1614265331"), ..DELIVERY }, Refusal::Forged),
            (Delivery { timestamp: Some("01614265330"), ..DELIVERY }, Refusal::Forged),
            (Delivery { body: b"{\"test\":2432232314}", ..DELIVERY }, Refusal::Forged),
            (Delivery { body: b"", ..DELIVERY }, Refusal::Forged),
            (Delivery { content: Content::TimestampBody, ..DELIVERY }, Refusal::Forged),
            (Delivery { content: Content::Body, ..DELIVERY }, Refusal::Forged),
        ] {
            assert_eq!(judged(&delivery, NOW_MS), Err(refusal));
        }
    }

    #[test]
    fn what_is_signed_is_all_that_is_asked_for() {
        let with = |content, signature| Delivery {
            content,
            prefix: "",
            encoding: Encoding::Hex,
            id: None,
            signatures: Some(signature),
            ..DELIVERY
        };
        let body = "e2cb4f5251572539d458bfb8a7adb533b08801e6a794467e06f771debbb0818b";
        let timestamp_body = "e96203c6de850e7dc1fde7489ef6140b402d3a5a64fe250cd2eef9830fac1cef";
        assert_eq!(judged(&Delivery { timestamp: None, ..with(Content::Body, body) }, 0.0), Ok(()));
        assert_eq!(judged(&with(Content::TimestampBody, timestamp_body), NOW_MS), Ok(()));
        let undated = Delivery { timestamp: None, ..with(Content::TimestampBody, timestamp_body) };
        assert_eq!(judged(&undated, NOW_MS), Err(Refusal::NoTimestamp));
    }

    #[test]
    fn the_tolerance_holds_both_ways_and_to_the_millisecond() {
        for (off_ms, judgement) in [
            (0.0, Ok(())),
            (300_000.0, Ok(())),
            (-300_000.0, Ok(())),
            (300_001.0, Err(Refusal::TooOld { seconds: 301 })),
            (-300_001.0, Err(Refusal::TooNew { seconds: 301 })),
            (86_400_000.0, Err(Refusal::TooOld { seconds: 86_400 })),
        ] {
            assert_eq!(judged(&DELIVERY, NOW_MS + off_ms), judgement, "{off_ms}");
        }
    }

    #[test]
    fn a_time_is_written_in_whole_seconds() {
        for written in [
            "",
            " ",
            "1614265330.0",
            "+1614265330",
            "-1",
            "1e9",
            "0x60",
            "1614265330 ",
            "٣",
            "soon",
            "1614265330000",
        ] {
            let delivery = Delivery { timestamp: Some(written), ..DELIVERY };
            assert_eq!(judged(&delivery, NOW_MS), Err(Refusal::BadTimestamp), "{written}");
        }
        let ancient = Delivery { timestamp: Some("0"), ..DELIVERY };
        assert_eq!(judged(&ancient, NOW_MS), Err(Refusal::TooOld { seconds: 1_614_265_330 }));
        let far = Delivery { timestamp: Some("999999999999"), ..DELIVERY };
        assert!(matches!(judged(&far, NOW_MS), Err(Refusal::TooNew { .. })));
    }

    proptest! {
        #[test]
        fn nothing_but_the_signed_text_is_genuine(
            id in ".*", timestamp in "[0-9]{0,14}|.*", signatures in ".*", body: Vec<u8>, now_ms: f64,
        ) {
            let arbitrary = Delivery {
                id: Some(&id), timestamp: Some(&timestamp), signatures: Some(&signatures), body: &body, ..DELIVERY
            };
            prop_assert!(judged(&arbitrary, now_ms).is_err());
            let undated = Delivery { content: Content::Body, ..arbitrary };
            prop_assert!(judged(&undated, now_ms).is_err());
        }

        #[test]
        fn a_genuine_one_is_taken_within_the_tolerance_and_never_outside(off_ms in -900_000i32..900_000) {
            let taken = judged(&DELIVERY, NOW_MS + f64::from(off_ms)).is_ok();
            prop_assert_eq!(taken, off_ms.abs() <= 300_000);
        }
    }
}
