use super::*;
use crate::client::tests::{Json, answered, answered_text};
use crate::policy::retry::MAX_RETRY_AFTER;
use std::time::Duration;

const WHAT: &str = "POST https://rivya.ai/api/v1/generations";

const CALL: Call = Call {
    repeatable: true,
    attempts: 1,
    max_retries: 4,
    is_own_key: false,
    patience: MAX_RETRY_AFTER,
    place_within: None,
};

fn reading() -> Reading<'static> {
    Reading {
        what: WHAT,
        expected: Expected::Generation,
        tells_causes: true,
        is_offline: &|| false,
        now_ms: &|| 0.0,
        date_ms: &|_| f64::NAN,
    }
}

fn failed(exchange: Exchange<Json>) -> Failed<Json> {
    read(exchange, &reading()).expect_err("this attempt has failed")
}

/// What follows from a first attempt.
fn judged(exchange: Exchange<Json>) -> Verdict<Json> {
    failed(exchange).judge(&CALL, 0, 1.0)
}

fn lost(causes: &[&str]) -> Exchange<Json> {
    Exchange::Failed {
        reason: "fetch failed".to_owned(),
        causes: causes.iter().map(|cause| (*cause).to_owned()).collect(),
    }
}

fn refusal(status: u16, code: &str) -> Exchange<Json> {
    answered(status, &format!(r#"{{"error":{{"code":"{code}","message":"No.","request_id":"req_1"}}}}"#))
}

#[test]
fn what_was_asked_for_is_handed_on() {
    for (status, json) in [
        (200, r#"{"id":"task_1","status":"queued","new":[1]}"#),
        (202, r#"{"id":"task_1","status":"a word of tomorrow"}"#),
        (299, r#"{"id":"task_1","status":"failed"}"#),
    ] {
        let answer = read(answered(status, json), &reading()).ok();
        assert_eq!(answer, Some(Json::read(json)), "{status}");
    }
}

#[test]
fn a_success_that_is_none_is_repeated_and_leaves_doubt() {
    let wrong = ["null", "[]", "7", r#"{"id":7,"status":"queued"}"#, r#"{"id":"","status":"queued"}"#];
    let wrong = wrong.into_iter().chain([r#"{"id":"x"}"#]).map(|json| (json, answered(200, json)));
    let page = "<html>";
    for (text, exchange) in wrong.chain([(page, answered_text(200, None, page))]) {
        let verdict = judged(exchange);
        let failure = &verdict.failure;
        assert_eq!((failure.code.as_str(), failure.status), ("invalid_response", Some(200)), "{text}");
        assert!(failure.retryable && failure.message.starts_with(WHAT), "{text}");
        assert!(failure.message.ends_with(text), "{}", failure.message);
        assert_eq!(verdict.delay_ms, Some(500.0), "{text}");
        assert!(verdict.has_answer && verdict.leaves_doubt && !verdict.is_refusal, "{text}");
    }
}

#[test]
fn a_success_that_nests_too_deep_is_not_repeated_and_leaves_doubt() {
    let answer = |levels: usize| {
        let nested = "[".repeat(levels) + &"]".repeat(levels);
        answered(200, &format!(r#"{{"id":"task_1","status":"queued","more":{nested}}}"#))
    };
    assert!(read(answer(63), &reading()).is_ok());
    for levels in [64, 100] {
        let verdict = judged(answer(levels));
        assert_eq!(verdict.failure.code, "invalid_response");
        assert!(verdict.failure.message.ends_with("nests deeper than 64 levels"));
        assert_eq!((verdict.delay_ms, verdict.failure.retryable), (None, false));
        assert!(verdict.has_answer && verdict.leaves_doubt && !verdict.is_refusal);
    }
}

#[test]
fn a_refusal_says_what_the_envelope_says_and_is_not_repeated() {
    let verdict = judged(refusal(400, "validation_failed"));
    let failure = &verdict.failure;
    assert_eq!((failure.code.as_str(), failure.message.as_str()), ("validation_failed", "No."));
    assert_eq!((failure.request_id.as_deref(), failure.status), (Some("req_1"), Some(400)));
    assert_eq!((failure.retryable, verdict.delay_ms), (false, None));
    assert!(verdict.has_answer && verdict.is_refusal && !verdict.leaves_doubt);
}

#[test]
fn an_envelope_of_wrong_types_falls_back_to_the_status() {
    for json in [r#"{"error":{"code":7,"message":[]}}"#, r#"{"error":"nope"}"#, "null", r#""text""#] {
        assert_eq!(judged(answered(418, json)).failure.code, "http_418", "{json}");
    }
    assert_eq!(judged(answered_text(418, None, "")).failure.code, "http_418");
}

#[test]
fn a_server_that_fails_is_asked_again_and_leaves_doubt() {
    for status in [500, 503, 520] {
        let verdict = judged(answered_text(status, None, "<html>"));
        assert_eq!((verdict.failure.retryable, verdict.delay_ms), (true, Some(500.0)), "{status}");
        assert!(verdict.leaves_doubt && !verdict.is_refusal, "{status}");
    }
}

#[test]
fn a_conflict_is_waited_out_where_it_may_be_with_this_very_submission() {
    let conflict = || failed(refusal(409, CONFLICT));
    let verdict = conflict().judge(&CALL, 0, 1.0);
    assert_eq!(verdict.delay_ms, None, "a caller's own key, sent once: somebody else has used it");
    assert!(verdict.leaves_doubt && !verdict.is_refusal);
    assert_eq!(conflict().judge(&Call { attempts: 2, ..CALL }, 0, 1.0).delay_ms, Some(1_000.0));
    assert_eq!(conflict().judge(&Call { is_own_key: true, ..CALL }, 0, 1.0).delay_ms, Some(500.0));
    assert_eq!(failed(refusal(409, "other")).judge(&Call { attempts: 2, ..CALL }, 0, 1.0).delay_ms, None);
}

#[test]
fn a_pause_longer_than_the_calls_patience_ends_it_with_its_length() {
    let verdict = judged(answered_text(503, Some("61"), ""));
    assert_eq!((verdict.delay_ms, verdict.failure.retry_after), (None, Some(Duration::from_secs(61))));
    let verdict = judged(answered_text(503, Some("7"), ""));
    assert_eq!((verdict.delay_ms, verdict.failure.retry_after), (Some(7_000.0), None));
}

#[test]
fn a_pause_until_a_date_is_counted_from_the_wall_clock() {
    let at_noon = Reading { now_ms: &|| 40_000.0, date_ms: &|_| 60_000.0, ..reading() };
    let exchange = answered_text(429, Some("Fri, 01 Jan 2027 12:00:00 GMT"), "");
    let failed = read(exchange, &at_noon).expect_err("it is a refusal");
    assert_eq!(failed.heard(), Heard::RateLimited { retry_after: Some(Duration::from_secs(20)) });
}

#[test]
fn no_answer_and_a_redirect_are_told_apart() {
    let verdict = judged(lost(&[]));
    assert_eq!((verdict.failure.code.as_str(), verdict.failure.status), ("network_error", None));
    assert_eq!(verdict.failure.message, [WHAT, " failed: fetch failed"].concat());
    assert_eq!((verdict.failure.retryable, verdict.delay_ms), (true, Some(500.0)));
    assert!(!verdict.has_answer && verdict.leaves_doubt);

    let verdict = judged(Exchange::TimedOut);
    assert_eq!((verdict.failure.code.as_str(), verdict.failure.retryable), ("timeout", true));
    assert_eq!(verdict.delay_ms, Some(500.0));
    assert!(!verdict.has_answer && verdict.leaves_doubt);

    for (status, told) in [(0, None), (307, Some(307))] {
        let verdict = judged(Exchange::Redirected { status });
        let failure = &verdict.failure;
        assert_eq!((failure.code.as_str(), failure.status), ("invalid_response", told));
        assert!(failure.message.ends_with("baseUrl must name the API itself"), "{}", failure.message);
        assert_eq!((failure.retryable, verdict.delay_ms), (false, None));
        assert!(verdict.has_answer && verdict.leaves_doubt);
    }
}

#[test]
fn what_was_never_sent_leaves_no_doubt_where_the_platform_tells_causes() {
    let refused = || lost(&["ECONNREFUSED"]);
    assert!(!judged(refused()).leaves_doubt);
    assert!(judged(lost(&["ECONNRESET"])).leaves_doubt);
    let silent = Reading { tells_causes: false, ..reading() };
    let failed = read(refused(), &silent).expect_err("there is no answer");
    assert!(failed.judge(&CALL, 0, 1.0).leaves_doubt, "a page may be told anything by a caller's fetch");
}

#[test]
fn an_outage_of_this_machine_is_named() {
    let offline = Reading { is_offline: &|| true, ..reading() };
    let failed = read(lost(&[]), &offline).expect_err("there is no answer");
    assert!(failed.failure.message.ends_with("this machine is offline)"), "{}", failed.failure.message);
}

#[test]
fn a_429_asks_for_a_pause_unless_the_proxy_says_that_its_caller_has_too_many_under_way() {
    let limited = |retry_after| Heard::RateLimited { retry_after };
    for (exchange, heard) in [
        (answered_text(429, Some("5"), ""), limited(Some(Duration::from_secs(5)))),
        (refusal(429, "rate_limited"), limited(None)),
        (refusal(429, TOO_MANY_AT_ONCE), Heard::Nothing),
        (lost(&[]), Heard::Nothing),
        (lost(&["ECONNREFUSED"]), Heard::Nothing),
        (Exchange::TimedOut, Heard::Nothing),
        (answered_text(503, Some("5"), ""), Heard::Answer),
        (answered_text(200, None, "<html>"), Heard::Answer),
        (Exchange::Redirected { status: 0 }, Heard::Answer),
    ] {
        let text = format!("{exchange:?}");
        assert_eq!(failed(exchange).heard(), heard, "{text}");
    }
}

#[test]
fn who_waits_for_a_place_is_counted_and_nobody_doubts() {
    let crowded = || failed(refusal(429, TOO_MANY_AT_ONCE));
    let waits = Call { place_within: Some(Duration::from_secs(900)), max_retries: 0, ..CALL };
    let verdict = crowded().judge(&waits, 0, 1.0);
    assert_eq!(verdict.delay_ms, Some(5_000.0));
    assert!(verdict.is_crowded && verdict.has_answer && !verdict.leaves_doubt && !verdict.is_refusal);
    assert_eq!(crowded().judge(&waits, 1, 1.0).delay_ms, Some(6_000.0));
    assert_eq!(crowded().judge(&CALL, 0, 1.0).delay_ms, None);
}
