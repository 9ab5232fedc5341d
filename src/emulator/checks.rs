//! Judges the body of `POST /generations`, from the emulator's own tables.

use serde_json::{Map, Value};

use super::conventions::{CLIENT_REQUEST_ID_MAX, CREATE_FIELDS, REFERENCE_KEYS};
use super::files::FileRecord;
use super::problem::Problem;
use super::tables::{Catalogue, Control, ModelRow, ParamRow, Uploads};

/// The model that takes 9 images, or 1 video and up to 5 images.
/// <https://rivya.ai/zh-Hant/docs/api/models/happyhorse-1-0>
pub(super) const MIXED_MODEL: &str = "happyhorse-1-0";
const MIXED_IMAGES_ALONE: usize = 9;
const MIXED_IMAGES_BESIDE_VIDEO: usize = 5;

/// A submission whose body has passed every check.
#[derive(Debug, Clone, PartialEq)]
pub struct Accepted {
    /// The model's id.
    pub model: String,
    /// The prompt; empty where none was needed.
    pub prompt: String,
    /// Parameters without the references.
    pub params: Map<String, Value>,
    /// References in order.
    pub references: Vec<Reference>,
}

/// One item of `params.referenceMediaItems`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// Where it lies.
    pub url: String,
    /// `image`, `video` or `audio`.
    pub kind: String,
    /// File name, where given.
    pub name: Option<String>,
}

/// Reads a body. All that is wrong comes in one message.
pub fn judge(body: &str, upload_at: &dyn Fn(&str) -> Option<FileRecord>) -> Result<Accepted, Problem> {
    let body: Value = serde_json::from_str(body)
        .map_err(|error| Problem::validation(format!("The body is not JSON: {error}.")))?;
    let Value::Object(fields) = body else {
        return Err(Problem::validation("The body must be a JSON object."));
    };
    let Some(model) = fields.get("model").and_then(Value::as_str) else {
        return Err(Problem::validation("model: a model id is required."));
    };
    let Some(model) = Catalogue::get().model(model) else {
        return Err(Problem::validation(format!("model: there is no model {model:?}.")));
    };
    if model.category == "chat" {
        let message = format!("model: {} is for the Chat API; generations do not take it.", model.id);
        return Err(Problem::validation(message));
    }
    let mut judge = Judge { model, wrong: Vec::new() };
    judge.fields(&fields);
    let prompt = judge.prompt(fields.get("prompt"));
    let (params, references) = judge.params(fields.get("params"), upload_at);
    if judge.wrong.is_empty() {
        Ok(Accepted { model: model.id.clone(), prompt, params, references })
    } else {
        Err(Problem::validation(judge.wrong.join(" ")))
    }
}

struct Judge<'a> {
    model: &'a ModelRow,
    wrong: Vec<String>,
}

impl Judge<'_> {
    fn say(&mut self, message: String) {
        self.wrong.push(message);
    }

    fn fields(&mut self, fields: &Map<String, Value>) {
        if fields.contains_key("files") {
            self.say("files: not accepted; put references into params.referenceMediaItems.".into());
        }
        let known = |key: &str| CREATE_FIELDS.contains(&key) || key == "files";
        for key in fields.keys().filter(|key| !known(key)) {
            self.say(format!("{key}: not a field of this request."));
        }
        match fields.get("client_request_id") {
            None => {}
            Some(Value::String(id)) if id.chars().count() <= CLIENT_REQUEST_ID_MAX => {}
            Some(_) => {
                self.say(format!("client_request_id: a string of up to {CLIENT_REQUEST_ID_MAX} characters."))
            }
        }
    }

    fn prompt(&mut self, prompt: Option<&Value>) -> String {
        let prompt = match prompt {
            Some(Value::String(prompt)) => prompt.as_str(),
            None => "",
            Some(_) => {
                self.say("prompt: must be a string.".into());
                return String::new();
            }
        };
        if prompt.is_empty() && self.model.prompt_required {
            self.say("prompt: required.".into());
        }
        let length = prompt.chars().count();
        if let Some(max) = self.model.prompt_max.filter(|max| length > *max) {
            self.say(format!("prompt: {length} characters; {} takes {max}.", self.model.id));
        }
        prompt.to_owned()
    }

    fn params(
        &mut self,
        params: Option<&Value>,
        upload_at: &dyn Fn(&str) -> Option<FileRecord>,
    ) -> (Map<String, Value>, Vec<Reference>) {
        let mut params = match params {
            Some(Value::Object(params)) => params.clone(),
            None => {
                if self.model.params_required {
                    self.say(format!("params: required by {}.", self.model.id));
                }
                Map::new()
            }
            Some(_) => {
                self.say("params: must be an object.".into());
                return (Map::new(), Vec::new());
            }
        };
        let items = params.remove("referenceMediaItems");
        let references = items.map(|items| self.references(&items, upload_at)).unwrap_or_default();
        let model = self.model;
        if model.dialogue {
            self.dialogue(params.get("dialogue"));
        }
        for (key, value) in &params {
            match model.params.iter().find(|row| row.key == *key) {
                Some(row) => self.param(row, value),
                None if model.dialogue && key == "dialogue" => {}
                None if !model.complete => {}
                None => self.say(format!("params.{key}: not a parameter of {}.", model.id)),
            }
        }
        for row in model.params.iter().filter(|row| row.required && !params.contains_key(&row.key)) {
            self.say(format!("params.{}: required by {}.", row.key, model.id));
        }
        (params, references)
    }

    fn param(&mut self, row: &ParamRow, value: &Value) {
        let key = &row.key;
        match (&row.control, value) {
            (Control::Select(options), Value::String(text)) if options.contains(text) => {}
            (Control::Select(options), Value::String(text)) => {
                self.say(format!("params.{key}: {text:?} is not one of {}.", options.join(", ")));
            }
            (Control::Select(options), other) => {
                let options = options.join(", ");
                self.say(format!(
                    "params.{key}: {other} is not a string; it takes one of {options}, as a string."
                ));
            }
            (Control::Number { min, max }, Value::Number(number)) => {
                let number = number.as_f64().unwrap_or(f64::NAN);
                let fits = min.is_none_or(|min| number >= min) && max.is_none_or(|max| number <= max);
                if !fits {
                    let bound =
                        |bound: &Option<f64>| bound.map_or("any".to_owned(), |bound| bound.to_string());
                    self.say(format!(
                        "params.{key}: {number} is not within {} to {}.",
                        bound(min),
                        bound(max)
                    ));
                }
            }
            (Control::Number { .. }, other) => self.say(format!("params.{key}: {other} is not a number.")),
            (Control::Text, Value::String(_)) => {}
            (Control::Text, other) => self.say(format!("params.{key}: {other} is not a string.")),
        }
    }

    fn dialogue(&mut self, lines: Option<&Value>) {
        let Some(lines) = lines.and_then(Value::as_array).filter(|lines| !lines.is_empty()) else {
            self.say("params.dialogue: a list of { voice, text } is required.".into());
            return;
        };
        for (index, line) in lines.iter().enumerate() {
            let has = |key: &str| line.get(key).is_some_and(Value::is_string);
            if !has("voice") || !has("text") {
                self.say(format!("params.dialogue[{index}]: voice and text, both strings."));
            }
        }
    }

    fn references(
        &mut self,
        items: &Value,
        upload_at: &dyn Fn(&str) -> Option<FileRecord>,
    ) -> Vec<Reference> {
        let Value::Array(items) = items else {
            self.say("params.referenceMediaItems: must be a list.".into());
            return Vec::new();
        };
        let read: Vec<Reference> = items
            .iter()
            .enumerate()
            .filter_map(|(index, item)| {
                self.reference(&format!("params.referenceMediaItems[{index}]"), item, upload_at)
            })
            .collect();
        self.reference_count(items.len(), &read);
        read
    }

    fn reference_count(&mut self, count: usize, read: &[Reference]) {
        let of_kind = |kind: &str| read.iter().filter(|reference| reference.kind == kind).count();
        match &self.model.uploads {
            Uploads::Nothing if count > 0 => {
                self.say(format!("params.referenceMediaItems: {} takes no references.", self.model.id));
            }
            Uploads::Policy { max_files, .. } if count > *max_files => {
                let id = &self.model.id;
                self.say(format!(
                    "params.referenceMediaItems: {count} references; {id} takes up to {max_files}."
                ));
            }
            _ => {}
        }
        if self.model.id == MIXED_MODEL {
            let (images, videos) = (of_kind("image"), of_kind("video"));
            let most = if videos == 0 { MIXED_IMAGES_ALONE } else { MIXED_IMAGES_BESIDE_VIDEO };
            if videos > 1 || images > most {
                self.say(format!(
                    "params.referenceMediaItems: {MIXED_MODEL} takes up to {MIXED_IMAGES_ALONE} images, or 1 video and up to {MIXED_IMAGES_BESIDE_VIDEO} images."
                ));
            }
        }
    }

    fn reference(
        &mut self,
        path: &str,
        item: &Value,
        upload_at: &dyn Fn(&str) -> Option<FileRecord>,
    ) -> Option<Reference> {
        let Value::Object(item) = item else {
            self.say(format!("{path}: must be an object with url and kind."));
            return None;
        };
        for key in item.keys().filter(|key| !REFERENCE_KEYS.contains(&key.as_str())) {
            self.say(format!("{path}.{key}: not a key of a reference."));
        }
        for key in ["name", "mimeType", "durationToken"] {
            if item.get(key).is_some_and(|value| !value.is_string()) {
                self.say(format!("{path}.{key}: must be a string."));
            }
        }
        if item.get("durationSeconds").is_some_and(|value| value.as_f64().is_none_or(|seconds| seconds < 0.0))
        {
            self.say(format!("{path}.durationSeconds: must be a number of seconds."));
        }
        let url = item.get("url").and_then(Value::as_str).filter(|url| is_web_url(url));
        if url.is_none() {
            self.say(format!("{path}.url: an absolute http or https URL is required."));
        }
        let kind = item
            .get("kind")
            .and_then(Value::as_str)
            .filter(|kind| ["image", "video", "audio"].contains(kind));
        if kind.is_none() {
            self.say(format!("{path}.kind: one of image, video, audio is required."));
        }
        let (url, kind) = (url?, kind?);
        self.reference_kind(path, kind);
        if let Some(upload) = upload_at(url) {
            self.uploaded(path, kind, item.get("durationToken").and_then(Value::as_str), &upload);
        }
        let name = item.get("name").and_then(Value::as_str).map(str::to_owned);
        Some(Reference { url: url.to_owned(), kind: kind.to_owned(), name })
    }

    fn reference_kind(&mut self, path: &str, kind: &str) {
        if let Uploads::Policy { kinds, .. } = &self.model.uploads
            && !kinds.iter().any(|row| row.kind == kind)
        {
            let taken: Vec<&str> = kinds.iter().map(|row| row.kind.as_str()).collect();
            self.say(format!("{path}.kind: {} takes {}, not {kind}.", self.model.id, taken.join(", ")));
        }
    }

    fn uploaded(&mut self, path: &str, kind: &str, token: Option<&str>, upload: &FileRecord) {
        if upload.kind != kind {
            self.say(format!("{path}.kind: {kind}, but {} was uploaded as {}.", upload.id, upload.kind));
        } else if let Some(limits) = self.model.kind(kind)
            && let Err(message) = upload.fits(&limits)
        {
            self.say(format!("{path}: {message}"));
        }
        if token.is_some() && token != upload.duration_token.as_deref() {
            self.say(format!("{path}.durationToken: not the one of {}.", upload.id));
        }
    }
}

fn is_web_url(url: &str) -> bool {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    rest.is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/') && !rest.contains(char::is_whitespace))
}
