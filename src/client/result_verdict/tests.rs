use super::*;
use crate::client::tests::Json;
use std::time::Duration;

fn refused(status: u16, retry_after: Option<&str>, said: Option<Body<Json>>) -> Miss<Json> {
    let retry_after = retry_after.map(str::to_owned);
    Miss::Refused(Refusal { status, retry_after, location: None, said })
}

fn envelope(members: &[(&str, &str)]) -> Option<Body<Json>> {
    let members: serde_json::Map<_, _> =
        members.iter().map(|(name, value)| ((*name).to_owned(), (*value).into())).collect();
    Some(Body::Json { answer: Json(serde_json::json!({ "error": members })), excerpt: String::new() })
}

/// The failure of an attempt, and whether another one follows.
fn judged(miss: Miss<Json>, attempts: u32, max_retries: u32) -> (Failure<Json>, Option<f64>) {
    miss.judge(&Attempted {
        attempts,
        max_retries,
        max_bytes: 1_000,
        is_offline: false,
        now_ms: 0.0,
        date_ms: &|_| f64::NAN,
        random: 1.0,
    })
}

#[test]
fn what_passes_is_repeated_with_a_backoff_until_no_attempt_is_left() {
    let passing: [fn() -> Miss<Json>; 8] = [
        || Miss::Failed { reason: "reset".to_owned() },
        || Miss::TimedOut,
        || Miss::Flawed { status: 200, flaw: Flaw::Text },
        || Miss::Flawed { status: 200, flaw: Flaw::CutShort },
        || Miss::Flawed { status: 202, flaw: Flaw::Status },
        || refused(503, None, None),
        || refused(429, None, None),
        || refused(520, None, None),
    ];
    for miss in passing {
        let (failure, delay_ms) = judged(miss(), 1, 2);
        assert!(failure.retryable, "{failure:?}");
        assert_eq!((failure.attempts, delay_ms), (1, Some(500.0)), "{failure:?}");
        assert_eq!(judged(miss(), 2, 2).1, Some(1_000.0));
        let (failure, delay_ms) = judged(miss(), 3, 2);
        assert_eq!((failure.attempts, delay_ms), (3, None), "{failure:?}");
    }
}

#[test]
fn what_does_not_pass_ends_it_at_once() {
    for (miss, code, status) in [
        (refused(404, None, None), "not_found", Some(404)),
        (refused(410, None, None), "not_found", Some(410)),
        (refused(403, None, None), "http_403", Some(403)),
        (refused(501, None, None), "http_501", Some(501)),
        (refused(302, None, None), "http_302", Some(302)),
        (Miss::Flawed { status: 200, flaw: Flaw::TooLong }, "invalid_response", Some(200)),
        (Miss::Misled(Failure::new("invalid_response", String::new())), "invalid_response", None),
    ] {
        let (failure, delay_ms) = judged(miss, 1, 4);
        assert_eq!((failure.code.as_str(), failure.status, delay_ms), (code, status, None));
        assert_eq!((failure.retryable, failure.attempts), (false, 1), "{failure:?}");
    }
    let (failure, _) = judged(Miss::Flawed { status: 200, flaw: Flaw::TooLong }, 1, 4);
    assert!(failure.message.contains("maxResultBytes takes 1000 bytes"), "{}", failure.message);
}

#[test]
fn a_host_is_given_the_time_that_it_asks_for_up_to_a_minute() {
    assert_eq!(judged(refused(503, Some("7"), None), 1, 4).1, Some(7_000.0));
    let (failure, delay_ms) = judged(refused(503, Some("61"), None), 1, 4);
    assert_eq!((failure.retry_after, delay_ms), (Some(Duration::from_secs(61)), None));
}

#[test]
fn the_proxy_is_heeded_where_it_speaks_of_the_result_or_of_its_caller() {
    for (miss, is_heeded) in [
        (refused(404, None, envelope(&[("code", "not_found"), ("resource", "result")])), true),
        (refused(401, None, envelope(&[("code", "unauthorized")])), true),
        (refused(404, None, envelope(&[("code", "not_found")])), false),
        (refused(503, None, envelope(&[])), false),
        (refused(503, None, Some(Body::Other { excerpt: "<html>".to_owned() })), false),
        (refused(302, None, None), false),
        (Miss::Flawed { status: 200, flaw: Flaw::Text }, false),
        (Miss::Flawed { status: 202, flaw: Flaw::Status }, false),
        (Miss::Failed { reason: String::new() }, false),
        (Miss::TimedOut, false),
    ] {
        assert_eq!(miss.is_heeded(), is_heeded);
    }
}

#[test]
fn the_proxys_own_words_are_told() {
    let said = envelope(&[("code", "unauthorized"), ("message", "Log in."), ("requestId", "req_1")]);
    let (failure, delay_ms) = judged(refused(401, None, said), 1, 4);
    assert_eq!((failure.code.as_str(), failure.message.as_str()), ("unauthorized", "Log in."));
    assert_eq!((failure.request_id.as_deref(), failure.status, delay_ms), (Some("req_1"), Some(401), None));
    let crowded = envelope(&[("code", "too_many_at_once")]);
    assert_eq!(judged(refused(429, None, crowded), 1, 4).1, None, "nobody waits for a place with a result");
}

#[test]
fn only_a_host_of_which_nothing_came_sends_a_page_to_its_proxy() {
    let none: [Miss<Json>; 2] = [Miss::Failed { reason: String::new() }, Miss::TimedOut];
    assert!(none.iter().all(Miss::is_unanswered));
    for miss in [refused(404, None, None), Miss::Flawed { status: 200, flaw: Flaw::Text }] {
        assert!(!miss.is_unanswered());
    }
}
