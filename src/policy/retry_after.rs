//! What `Retry-After` asks for.

use std::time::Duration;

use crate::millis::duration;

/// A `Retry-After` beyond this is taken for nonsense: 30 years.
const MAX_SENSIBLE_MS: f64 = 30.0 * 365.0 * 86_400_000.0;

/// Reads `Retry-After` (RFC 9110, section 10.2.3): seconds or an HTTP date. Platforms join a header that was sent twice
/// with a comma: the longest delay counts. Some servers write a fraction: it is rounded up to a whole second. A date
/// that has passed means at once; `None` for anything else.
///
/// `date_ms` is the platform's reader of dates: milliseconds since 1970, or `NaN` where the text is none. `now_ms` is
/// the same clock's now.
pub fn parse_retry_after(header: &str, date_ms: impl Fn(&str) -> f64, now_ms: f64) -> Option<Duration> {
    let mut longest_ms: Option<f64> = None;
    let mut rest = header;
    while !rest.is_empty() {
        let (value, behind) = first_value(rest);
        rest = behind;
        let delay_ms = seconds_ms(value).or_else(|| until_date_ms(value, &date_ms, now_ms));
        longest_ms = delay_ms.map_or(longest_ms, |delay_ms| {
            longest_ms.map(|longest| longest.max(delay_ms)).or(Some(delay_ms))
        });
    }
    longest_ms.filter(|delay_ms| *delay_ms <= MAX_SENSIBLE_MS).map(duration)
}

/// The first of several values that a platform has joined with commas, trimmed, and what follows it. A date holds a
/// comma itself, behind its weekday.
fn first_value(header: &str) -> (&str, &str) {
    let (first, rest) = header.split_once(',').unwrap_or((header, ""));
    if !is_weekday(first.trim_ascii()) {
        return (first.trim_ascii(), rest);
    }
    let date_bytes = rest.find(',').unwrap_or(rest.len()).saturating_add(first.len()).saturating_add(1);
    let date = header.get(..date_bytes).unwrap_or(header);
    (date.trim_ascii(), header.get(date_bytes.saturating_add(1)..).unwrap_or_default())
}

/// `Mon`, or `Monday` as in the form of RFC 850.
fn is_weekday(text: &str) -> bool {
    const DAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
    DAYS.iter().any(|day| *day == text || day.get(..3) == Some(text))
}

/// Seconds as milliseconds, rounded up to a whole second.
fn seconds_ms(value: &str) -> Option<f64> {
    let (whole, fraction) = value.split_once('.').unwrap_or((value, "0"));
    let is_number = |digits: &str| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number(whole) || !is_number(fraction) {
        return None;
    }
    // Not `f64`'s own reader of decimals, whose tables are 20 kB of the module.
    let seconds = whole.parse::<u32>().ok()?;
    let begun = if fraction.bytes().any(|digit| digit != b'0') { 1.0 } else { 0.0 };
    Some((f64::from(seconds) + begun) * 1_000.0)
}

/// How long it is until an HTTP date.
fn until_date_ms(value: &str, date_ms: &impl Fn(&str) -> f64, now_ms: f64) -> Option<f64> {
    // Platforms read dates from much that is none: V8 takes "soon 1" for the year 2001. Each form of HTTP's begins with
    // a weekday.
    if !is_weekday(value.split([',', ' ']).next()?) {
        return None;
    }
    let left_ms = date_ms(value) - now_ms;
    // Not `max`, which would make 0 of a date that is not a number.
    Some(if left_ms < 0.0 { 0.0 } else { left_ms }).filter(|left_ms| !left_ms.is_nan())
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "a test that overflows fails, as it should")]
mod tests {
    use super::*;
    use crate::millis::millis;
    use proptest::prelude::*;
    use std::time::UNIX_EPOCH;

    /// 2026-05-11T00:00:00Z.
    const NOW_MS: f64 = 1_778_457_600_000.0;

    fn read(header: &str, now_ms: f64) -> Option<f64> {
        let date_ms = |value: &str| {
            let date = httpdate::parse_http_date(value).ok();
            let since = date.map(|date| date.duration_since(UNIX_EPOCH).unwrap_or_default());
            since.map_or(f64::NAN, |since| since.as_secs() as f64 * 1_000.0)
        };
        parse_retry_after(header, date_ms, now_ms).map(millis)
    }

    #[test]
    fn both_forms_of_retry_after_are_read() {
        for (header, delay_ms) in [
            ("0", Some(0.0)),
            ("7", Some(7_000.0)),
            ("  120\t", Some(120_000.0)),
            ("007", Some(7_000.0)),
            ("Mon, 11 May 2026 00:00:30 GMT", Some(30_000.0)),
            (" Monday, 11-May-26 00:01:00 GMT ", Some(60_000.0)),
            ("Mon May 11 00:00:05 2026", Some(5_000.0)),
            ("Sun, 10 May 2026 23:59:59 GMT", Some(0.0)),
            ("Thu, 01 Jan 1970 00:00:00 GMT", Some(0.0)),
            ("1.5", Some(2_000.0)),
            ("0.001", Some(1_000.0)),
            ("1, 1", Some(1_000.0)),
            ("3,7 ,5", Some(7_000.0)),
            ("soon, 5", Some(5_000.0)),
            ("5, Mon, 11 May 2026 00:00:30 GMT", Some(30_000.0)),
            ("Mon, 11 May 2026 00:00:30 GMT, 45", Some(45_000.0)),
            ("Mon, 11 May 2026 00:00:30 GMT, Mon, 11 May 2026 00:00:50 GMT", Some(50_000.0)),
            ("900000000", Some(900_000_000_000.0)),
            // Thirty years of 365 days.
            ("946080000", Some(946_080_000_000.0)),
            ("946080001", None),
            ("-1", None),
            ("+1", None),
            ("1.", None),
            (".5", None),
            ("1.5.2", None),
            ("1e3", None),
            (",", None),
            ("Mon,", None),
            ("", None),
            (" ", None),
            ("soon", None),
            ("4294967295", None),
            ("99999999999999999999", None),
            ("Fri, 31 Dec 9999 23:59:59 GMT", None),
            ("Mon, 32 May 2026 00:00:00 GMT", None),
            ("٣", None),
        ] {
            assert_eq!(read(header, NOW_MS), delay_ms, "{header:?}");
        }
    }

    #[test]
    fn what_a_platform_takes_for_a_date_is_none_unless_it_is_one_of_http() {
        let next_second = |_: &str| NOW_MS + 1_000.0;
        for header in ["-1", "+1", "1e3", "", "soon 1", "2026-05-11", "May 11 2026", "Monkey 1", "٣"] {
            assert_eq!(parse_retry_after(header, next_second, NOW_MS), None, "{header}");
        }
        assert_eq!(parse_retry_after("7", next_second, NOW_MS), Some(Duration::from_secs(7)));
        let date = "Mon, 11 May 2026 00:00:01 GMT";
        assert_eq!(parse_retry_after(date, next_second, NOW_MS), Some(Duration::from_secs(1)));
        for no_date_ms in [f64::NAN, f64::INFINITY] {
            assert_eq!(parse_retry_after(date, |_| no_date_ms, NOW_MS), None);
        }
    }

    proptest! {
        #[test]
        fn every_second_form_is_read_to_the_second(seconds in 0u32..900_000_000) {
            prop_assert_eq!(read(&seconds.to_string(), NOW_MS), Some(f64::from(seconds) * 1_000.0));
        }

        #[test]
        fn every_date_form_is_read_to_the_second(offset_s in -900_000_000i64..900_000_000) {
            let at_s = NOW_MS as i64 / 1_000 + offset_s;
            let header = httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(at_s as u64));
            prop_assert_eq!(read(&header, NOW_MS), Some(offset_s.max(0) as f64 * 1_000.0));
        }

        #[test]
        fn no_header_breaks_the_reader(header in "((Mon|[0-9., ]+)?.*,?){0,4}", date_ms: f64, now_ms: f64) {
            if let Some(delay) = parse_retry_after(&header, |_| date_ms, now_ms) {
                prop_assert!(delay <= duration(MAX_SENSIBLE_MS));
            }
        }
    }
}
