//! `params`: keys, values, and what is missing.

use super::draft::Mode;
use super::issue::Severity;
use super::items::{MEDIA_ITEMS, check_items};
use super::report::Report;
use crate::contract::catalogue::{Model, Param, ParamKind, Range};
use crate::contract::text::decimal;
use crate::contract::value::Value;

/// How far from a step a number may lie, in steps: 0.1 + 0.2 is no mistake.
const STEP_TOLERANCE: f64 = 1e-6;

/// Checks `params` against `judged`; what travels as a string is made one for `known`. The two differ where nothing is
/// checked.
pub(super) fn check(
    report: &mut Report,
    judged: Option<&Model>,
    known: Option<&Model>,
    params: &[(String, Value)],
) -> Vec<(String, Value)> {
    let mut sent = Vec::with_capacity(params.len());
    for (key, value) in params {
        report.at("params.").step(key);
        if !is_writable(value) {
            report.error("holds a number that JSON can't write (NaN or Infinity)");
        }
        // `null` stands for "not given", as JavaScript's `undefined` does; for unknown models it is the server's to
        // read.
        if judged.is_some() && matches!(value, Value::Null) {
            continue;
        }
        let param = known.and_then(|model| model.param(key));
        let value = match param.and_then(|param| option_of(param, value)) {
            Some(option) => Value::String(option.to_owned()),
            None => value.clone(),
        };
        if key == MEDIA_ITEMS && report.mode != Mode::Off {
            check_items(report, judged, &value);
        } else if let Some(model) = judged {
            match param {
                Some(param) => check_value(report, model, param, &value),
                None => unknown_key(report, model, key),
            }
        }
        sent.push((key.clone(), value));
    }
    if let Some(model) = judged {
        for param in model.params() {
            if param.required() && !sent.iter().any(|(key, _)| key == param.key()) {
                report.at("params.").step(param.key());
                report.say("is missing; ").say(model.id()).say(" needs ");
                say_wanted(report, param).end(Severity::Error);
            }
        }
    }
    sent
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
fn option_of(param: &Param, value: &Value) -> Option<&'static str> {
    let ParamKind::Select(options) = param.kind() else { return None };
    let is_meant = |option: &&&str| match value {
        Value::Bool(value) => **option == if *value { "true" } else { "false" },
        Value::Number(number) => decimal(option) == Some(*number),
        _ => false,
    };
    options.iter().find(is_meant).copied()
}

fn unknown_key(report: &mut Report, model: &Model, key: &str) {
    if report.is_full() {
        return;
    }
    let keys: Vec<&str> = model.params().iter().map(Param::key).collect();
    report.quote(key).say(" is no parameter of ").say(model.id()).say(" in the catalogue; ");
    report.advise(key, &keys);
    if model.params_complete() {
        report.unlisted();
    } else {
        // The table of such a model was cut: a key that isn't there may well exist.
        report.end(Severity::Warning);
    }
}

fn check_value(report: &mut Report, model: &Model, param: &Param, value: &Value) {
    match (param.kind(), value) {
        (ParamKind::Select(options), value) => {
            if value.as_str().is_some_and(|text| options.contains(&text)) {
                return;
            }
            say_wanted(report.describe(value).say(" is not "), param);
            match value {
                // No option that a later catalogue might list.
                Value::List(_) | Value::Record(_) => report.end(Severity::Error),
                _ => report.unlisted(),
            }
        }
        (ParamKind::Number(range), Value::Number(number)) => {
            if is_outside(range, *number) {
                say_wanted(report.describe(value).say(" is not "), param).end(Severity::Error);
            }
        }
        (ParamKind::Text, Value::String(_)) => {}
        (ParamKind::Dialogue, Value::List(lines)) => check_dialogue(report, lines),
        (_, other) => {
            report.say("is ").say(other.kind_name()).say("; ").say(model.id()).say(" takes ");
            say_wanted(report, param).end(Severity::Error);
        }
    }
}

/// Whether a number lies outside a range or between two of its steps. One that is no number at all is told of
/// elsewhere.
fn is_outside(range: &Range, number: f64) -> bool {
    let min = range.min().map(|min| min.value);
    let off_step = range.step().is_some_and(|step| {
        let steps = (number - min.unwrap_or(0.0)) / step.value;
        let off = (steps - steps.round()).abs();
        off > STEP_TOLERANCE && number.is_finite()
    });
    off_step || min.is_some_and(|min| number < min) || range.max().is_some_and(|max| number > max.value)
}

fn check_dialogue(report: &mut Report, lines: &[Value]) {
    if lines.is_empty() {
        report.error("is empty; at least one { voice, text } is needed");
    }
    let place = report.place();
    for (index, line) in lines.iter().enumerate() {
        report.back_to(place).element(index);
        report.need_text(line, "voice");
        report.need_text(line, "text");
    }
}

/// What a parameter takes, in words.
fn say_wanted<'a>(report: &'a mut Report, param: &Param) -> &'a mut Report {
    match param.kind() {
        ParamKind::Select(options) => report.say("one of ").quote_all(options),
        ParamKind::Text => report.say("a string"),
        ParamKind::Dialogue => report.say("an array of { voice, text }"),
        ParamKind::Number(range) => say_range(report.say("a number"), range),
    }
}

fn say_range<'a>(report: &'a mut Report, range: &Range) -> &'a mut Report {
    if let Some(min) = range.min() {
        report.say(" from ").say(min.text);
    }
    match range.max() {
        Some(max) => report.say(" to ").say(max.text),
        None if range.min().is_some() => report.say(" on"),
        None => report,
    };
    if let Some(step) = range.step() {
        report.say(" in steps of ").say(step.text);
    }
    report
}
