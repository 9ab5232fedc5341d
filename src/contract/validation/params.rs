//! `params`: keys, values, and what is missing.

use super::message::{described, list, nearest, number_text, quoted, quoted_list};
use super::{Mode, Report, references};
use crate::contract::catalogue::{Model, Param, ParamKind};
use crate::contract::value::Value;

/// The one key that every model with references has beside its parameter table.
pub(super) const MEDIA_ITEMS: &str = "referenceMediaItems";
/// How far from a step a number may lie, in steps: 0.1 + 0.2 is no mistake.
const STEP_TOLERANCE: f64 = 1e-6;

/// Checks `params` against `judged`; what travels as a string is made one for `known`. The two differ where nothing is checked.
pub(super) fn check(
    report: &mut Report,
    judged: Option<&Model>,
    known: Option<&Model>,
    params: &[(String, Value)],
) -> Vec<(String, Value)> {
    let table: Vec<Param> = known.map(|model| model.params().collect()).unwrap_or_default();
    let mut sent = Vec::with_capacity(params.len());
    for (key, value) in params {
        if !is_writable(value) {
            report.error(&path_of(key), "holds a number that JSON can't write (NaN or Infinity)");
        }
        let param = table.iter().find(|param| param.key == key);
        let value =
            param.and_then(|param| option_of(param, value)).map_or_else(|| value.clone(), Value::String);
        // `null` stands for "not given", as JavaScript's `undefined` does; for unknown models it is the server's to read.
        if judged.is_some() && value == Value::Null {
            continue;
        }
        match (judged, param) {
            _ if key == MEDIA_ITEMS && report.mode != Mode::Off => {
                references::check_items(report, judged, &value)
            }
            (Some(model), Some(param)) => check_value(report, model, param, &value),
            (Some(model), None) => unknown_key(report, model, &table, key),
            (None, _) => {}
        }
        sent.push((key.clone(), value));
    }
    let Some(model) = judged else { return sent };
    for param in &table {
        if param.required && !sent.iter().any(|(key, _)| key == param.key) {
            report.error(&path_of(param.key), format!("is missing; {} needs {}", model.id(), wanted(param)));
        }
    }
    sent
}

fn path_of(key: &str) -> String {
    format!("params.{key}")
}

fn is_writable(value: &Value) -> bool {
    match value {
        Value::Number(number) => number.is_finite(),
        Value::List(items) => items.iter().all(is_writable),
        Value::Record(fields) => fields.iter().all(|(_, value)| is_writable(value)),
        _ => true,
    }
}

/// The option that a boolean or a number stands for.
fn option_of(param: &Param, value: &Value) -> Option<String> {
    let ParamKind::Select(mut options) = param.kind else { return None };
    let stands_for = |option: &str| match value {
        Value::Bool(value) => option == if *value { "true" } else { "false" },
        Value::Number(number) => decimal(option) == Some(*number),
        _ => false,
    };
    options.find(|option| stands_for(option)).map(str::to_owned)
}

/// An option that reads as a plain decimal (`"5"`, `"0.5"`), without the standard library's parser of floats.
fn decimal(text: &str) -> Option<f64> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || text.ends_with('.') || text.len() > 15 || !digits(whole) || !digits(decimals) {
        return None;
    }
    let mut number = 0.0;
    for digit in whole.bytes().chain(decimals.bytes()) {
        number = number * 10.0 + f64::from(digit.wrapping_sub(b'0'));
    }
    let mut divisor = 1.0;
    for _ in decimals.bytes() {
        divisor *= 10.0;
    }
    Some(number / divisor)
}

fn unknown_key(report: &mut Report, model: &Model, table: &[Param], key: &str) {
    if report.is_full() {
        return;
    }
    let id = model.id();
    let keys: Vec<&str> = table.iter().map(|param| param.key).collect();
    let path = path_of(key);
    let mut text = format!("{} is no parameter of {id} in the catalogue; ", quoted(key));
    match nearest(key, &keys) {
        Some(known) => text.push_str(&format!("did you mean {}?", quoted(known))),
        None if keys.is_empty() => text.push_str("it has none"),
        None => text.push_str(&format!("it has {}", list(&keys))),
    }
    if model.params_complete() {
        report.unlisted(&path, text);
    } else {
        // The table of such a model was cut: a key that isn't there may well exist.
        report.warn(&path, text);
    }
}

fn check_value(report: &mut Report, model: &Model, param: &Param, value: &Value) {
    let path = path_of(param.key);
    match (param.kind, value) {
        (ParamKind::Select(options), value) => {
            if !options.into_iter().any(|option| value.as_str() == Some(option)) {
                let text = format!("{} is not one of {}", described(value), quoted_list(options));
                match value {
                    // No option that a later catalogue might list.
                    Value::List(_) | Value::Record(_) => report.error(&path, text),
                    _ => report.unlisted(&path, text),
                }
            }
        }
        (ParamKind::Number { min, max, step }, Value::Number(number)) => {
            check_number(report, &path, param, *number, (min, max, step));
        }
        (ParamKind::Text, Value::String(_)) => {}
        (ParamKind::Dialogue, Value::List(lines)) => check_dialogue(report, &path, lines),
        (ParamKind::Number { .. } | ParamKind::Text | ParamKind::Dialogue, other) => {
            report.error(&path, format!("is {}; {} takes {}", other.kind_name(), model.id(), wanted(param)));
        }
    }
}

fn check_number(
    report: &mut Report,
    path: &str,
    param: &Param,
    number: f64,
    (min, max, step): (Option<f64>, Option<f64>, Option<f64>),
) {
    let outside = min.is_some_and(|min| number < min) || max.is_some_and(|max| number > max);
    let off_step = step.is_some_and(|step| {
        let steps = (number - min.unwrap_or(0.0)) / step;
        // Not `round`: that is a library call on wasm32. Half a step more or less makes no difference to the nearest whole one.
        let off = (steps - (steps + 0.5).floor()).abs();
        off > STEP_TOLERANCE
    });
    if outside || (off_step && number.is_finite()) {
        report.error(path, format!("{} is not {}", number_text(number), wanted(param)));
    }
}

fn check_dialogue(report: &mut Report, path: &str, lines: &[Value]) {
    if lines.is_empty() {
        report.error(path, "is empty; at least one { voice, text } is needed");
    }
    for (index, line) in lines.iter().enumerate() {
        for key in ["voice", "text"] {
            if line.get(key).and_then(Value::as_str).is_none_or(str::is_empty) {
                report.error(
                    &format!("{path}[{index}].{key}"),
                    "is missing; a string is needed that is not empty",
                );
            }
        }
    }
}

/// What a parameter takes, in words.
fn wanted(param: &Param) -> String {
    match param.kind {
        ParamKind::Select(options) => format!("one of {}", quoted_list(options)),
        ParamKind::Text => "a string".to_owned(),
        ParamKind::Dialogue => "an array of { voice, text }".to_owned(),
        ParamKind::Number { min, max, step } => {
            let mut text = String::from("a number");
            for (word, bound) in [(" from ", min), (" to ", max), (" in steps of ", step)] {
                if let Some(bound) = bound {
                    text.push_str(word);
                    text.push_str(&number_text(bound));
                }
            }
            if max.is_none() && min.is_some() {
                text.push_str(" on");
            }
            text
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_decimals_are_read_as_rust_reads_them() {
        for text in ["0", "5", "10", "0.5", "6.1", "007", "2147483647", "0.05"] {
            assert_eq!(decimal(text), text.parse().ok(), "{text}");
        }
        for text in ["", ".", "5.", ".5", "-1", "1e3", "1.2.3", "niji7", "16:9", "٣", "1234567890123456"] {
            assert_eq!(decimal(text), None, "{text}");
        }
    }
}
