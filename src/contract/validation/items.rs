//! Ready items in `params.referenceMediaItems`, whose shape is the same for every model.

use super::counts::{self, KINDS, refuse_kind};
use super::issue::Severity;
use super::report::Report;
use crate::contract::catalogue::Model;
use crate::contract::media_type::MediaKind;
use crate::contract::value::Value;

/// The one key that every model with references has beside its parameter table.
pub(super) const MEDIA_ITEMS: &str = "referenceMediaItems";
/// What an item may hold.
const FIELDS: [&str; 6] = ["url", "kind", "name", "mimeType", DURATION, "durationToken"];
const DURATION: &str = "durationSeconds";

/// Checks the items themselves, and how many there are of each kind.
pub(super) fn check_items(report: &mut Report, judged: Option<&Model>, value: &Value) {
    let Some(items) = value.as_list() else {
        report.say("is ").say(value.kind_name());
        return report.error("; an array of { url, kind } is needed");
    };
    let kinds: Vec<Option<MediaKind>> = items.iter().map(kind_of_item).collect();
    let each = judged.is_none_or(|model| counts::check(report, model, &kinds));
    let place = report.place();
    for (index, item) in items.iter().enumerate() {
        if each {
            report.back_to(place).element(index);
            check_item(report, judged, item);
        }
    }
}

fn kind_of_item(item: &Value) -> Option<MediaKind> {
    item.get("kind").and_then(Value::as_str).and_then(MediaKind::parse)
}

fn check_item(report: &mut Report, judged: Option<&Model>, item: &Value) {
    let Some(fields) = item.as_record() else {
        report.say("is ").say(item.kind_name());
        return report.error("; an object { url, kind } is needed");
    };
    let place = report.place();
    report.need_text(item, "url");
    let kind = kind_of_item(item);
    report.step(".kind");
    if kind.is_none() {
        report.say("is missing or unknown; one of ").say(KINDS).error(" is needed");
    }
    refuse_kind(report, judged, kind);
    for (key, value) in fields {
        report.back_to(place).step(".").step(key);
        let wanted = match (key.as_str(), value) {
            ("url" | "kind", _) | (_, Value::Null) => continue,
            (DURATION, Value::Number(seconds)) if *seconds >= 0.0 => continue,
            (DURATION, _) => "; a number of seconds is needed",
            ("name" | "mimeType" | "durationToken", Value::String(_)) => continue,
            ("name" | "mimeType" | "durationToken", _) => "; a string is needed",
            _ => {
                // Fields that the API adds tomorrow pass; a casing that it doesn't read (`duration_token`) is told.
                report.say("is no documented field of an item; ");
                report.advise(key, &FIELDS);
                report.end(Severity::Warning);
                continue;
            }
        };
        report.say("is ").say(value.kind_name()).error(wanted);
    }
}
