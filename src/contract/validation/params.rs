//! `params`: keys, values, and what is missing.

use super::message::{described, list, nearest, quoted, quoted_list};
use super::{Mode, Report, Severity, references};
use crate::contract::catalogue::{Model, Param, ParamKind, Range};
use crate::contract::text::{decimal, digits, fill, number};
use crate::contract::value::Value;

/// The one key that every model with references has beside its parameter table.
pub(super) const MEDIA_ITEMS: &str = "referenceMediaItems";
/// How far from a step a number may lie, in steps: 0.1 + 0.2 is no mistake.
const STEP_TOLERANCE: f64 = 1e-6;

/// Checks `params` against `judged`; what travels as a string is made one for `known`. The two differ where nothing is checked.
#[inline(never)]
pub(super) fn check(
    report: &mut Report,
    judged: Option<&Model>,
    known: Option<&Model>,
    params: &[(String, Value)],
) -> Vec<(String, Value)> {
    let mut sent = Vec::with_capacity(params.len());
    for (key, value) in params {
        let path = path_of(key);
        if !is_writable(value) {
            report.error(&path, "holds a number that JSON can't write (NaN or Infinity)", &[]);
        }
        // `null` stands for "not given", as JavaScript's `undefined` does; for unknown models it is the server's to read.
        if judged.is_some() && matches!(value, Value::Null) {
            continue;
        }
        let param = known.and_then(|model| model.param(key));
        let option = param.as_ref().and_then(|param| option_of(param, value));
        let value = option.map_or_else(|| value.clone(), |option| Value::String(option.to_owned()));
        if key == MEDIA_ITEMS && report.mode != Mode::Off {
            references::check_items(report, judged, &path, &value);
        } else if let Some(model) = judged {
            match param {
                Some(param) => check_value(report, model, &param, &path, &value),
                None => unknown_key(report, model, key, &path),
            }
        }
        sent.push((key.clone(), value));
    }
    if let Some(model) = judged {
        for param in model.params() {
            if param.required && !sent.iter().any(|(key, _)| key == param.key) {
                let parts = [model.id(), &wanted(&param)];
                report.error(&path_of(param.key), "is missing; % needs %", &parts);
            }
        }
    }
    sent
}

fn path_of(key: &str) -> String {
    fill("params.%", &[key])
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
    let ParamKind::Select(mut options) = param.kind else { return None };
    loop {
        let option = options.next()?;
        let is_meant = match value {
            Value::Bool(value) => option == if *value { "true" } else { "false" },
            Value::Number(number) => decimal(option) == Some(*number),
            _ => false,
        };
        if is_meant {
            return Some(option);
        }
    }
}

fn unknown_key(report: &mut Report, model: &Model, key: &str, path: &str) {
    if report.is_full() {
        return;
    }
    let mut keys = Vec::new();
    for param in model.params() {
        keys.push(param.key);
    }
    let advice = match nearest(key, &keys) {
        Some(known) => fill("did you mean \"%\"?", &[known]),
        None if keys.is_empty() => "it has none".to_owned(),
        None => fill("it has %", &[&list(&keys)]),
    };
    let parts = [&*quoted(key), model.id(), &advice];
    let text = fill("% is no parameter of % in the catalogue; %", &parts);
    if model.params_complete() {
        report.unlisted(path, &text);
    } else {
        // The table of such a model was cut: a key that isn't there may well exist.
        report.issue(Severity::Warning, path, "%", &[&text]);
    }
}

fn check_value(report: &mut Report, model: &Model, param: &Param, path: &str, value: &Value) {
    match (param.kind, value) {
        (ParamKind::Select(mut options), value) => {
            if !options.any(|option| value.as_str() == Some(option)) {
                let text = fill("% is not %", &[&described(value), &wanted(param)]);
                match value {
                    // No option that a later catalogue might list.
                    Value::List(_) | Value::Record(_) => report.error(path, "%", &[&text]),
                    _ => report.unlisted(path, &text),
                }
            }
        }
        (ParamKind::Number(range), Value::Number(value)) => {
            if is_outside(&range, *value) {
                report.error(path, "% is not %", &[&number(*value), &wanted(param)]);
            }
        }
        (ParamKind::Text, Value::String(_)) => {}
        (ParamKind::Dialogue, Value::List(lines)) => check_dialogue(report, path, lines),
        (_, other) => {
            report.error(path, "is %; % takes %", &[other.kind_name(), model.id(), &wanted(param)]);
        }
    }
}

/// Whether a number lies outside a range or between two of its steps. One that is no number at all is told of elsewhere.
fn is_outside(range: &Range, number: f64) -> bool {
    let min = range.min().map(|min| min.value);
    let off_step = range.step().is_some_and(|step| {
        let steps = (number - min.unwrap_or(0.0)) / step.value;
        // Not `round`: that is a library call on wasm32. Half a step more or less makes no difference to the nearest whole one.
        let off = (steps - (steps + 0.5).floor()).abs();
        off > STEP_TOLERANCE && number.is_finite()
    });
    off_step || min.is_some_and(|min| number < min) || range.max().is_some_and(|max| number > max.value)
}

fn check_dialogue(report: &mut Report, path: &str, lines: &[Value]) {
    if lines.is_empty() {
        report.error(path, "is empty; at least one { voice, text } is needed", &[]);
    }
    for (index, line) in lines.iter().enumerate() {
        let path = fill("%[%].", &[path, &digits(index as u64)]);
        for key in ["voice", "text"] {
            references::need_text(report, line, key, &path);
        }
    }
}

/// What a parameter takes, in words.
#[inline(never)]
fn wanted(param: &Param) -> String {
    let range = match param.kind {
        ParamKind::Select(options) => return fill("one of %", &[&quoted_list(options)]),
        ParamKind::Text => return "a string".to_owned(),
        ParamKind::Dialogue => return "an array of { voice, text }".to_owned(),
        ParamKind::Number(range) => range,
    };
    let mut text = String::from("a number");
    for (words, bound) in [(" from %", range.min()), (" to %", range.max()), (" in steps of %", range.step())]
    {
        if let Some(bound) = bound {
            text.push_str(&fill(words, &[bound.text]));
        }
    }
    if range.max().is_none() && range.min().is_some() {
        text.push_str(" on");
    }
    text
}
