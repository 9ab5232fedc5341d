//! The emulator's own reading of the catalogue.
//!
//! It shares the data file with the client and no code: what one misreads, the other should notice.

use std::sync::LazyLock;

use serde_json::{Map, Value, json};

use super::conventions::{DEFAULT_MAX_MB, DEFAULT_MIME};

static CATALOGUE: LazyLock<Catalogue> =
    LazyLock::new(|| Catalogue::read(include_str!("../contract/models.json")));

/// All models.
#[derive(Debug)]
pub struct Catalogue {
    models: Vec<ModelRow>,
}

/// One model, as its page has it.
#[derive(Debug)]
pub struct ModelRow {
    /// Public id.
    pub id: String,
    /// `image`, `video`, `audio` or `chat`.
    pub category: String,
    /// Price in credits.
    pub base_credits: f64,
    /// Longest prompt in code points; `None`: no documented limit.
    pub prompt_max: Option<usize>,
    /// Whether a prompt must be there.
    pub prompt_required: bool,
    /// Whether `params` must be there.
    pub params_required: bool,
    /// Whether every section of the page could be read; else unknown parameters are let through.
    pub complete: bool,
    /// Its controls.
    pub params: Vec<ParamRow>,
    /// Whether `params.dialogue` is the model's input.
    pub dialogue: bool,
    /// What may be referenced.
    pub uploads: Uploads,
    row: Value,
}

/// One control of a model.
#[derive(Debug)]
pub struct ParamRow {
    /// Its key in `params`.
    pub key: String,
    /// What it takes.
    pub control: Control,
    /// Whether it must be there.
    pub required: bool,
    /// Its documented default.
    pub default: Value,
}

/// What a control takes.
#[derive(Debug)]
pub enum Control {
    /// One of these strings.
    Select(Vec<String>),
    /// A JSON number within these bounds.
    Number {
        /// Smallest value.
        min: Option<f64>,
        /// Largest value.
        max: Option<f64>,
    },
    /// Any string.
    Text,
}

/// Which references a model takes.
#[derive(Debug)]
pub enum Uploads {
    /// None: the page says so.
    Nothing,
    /// The page was cut before it said: the defaults of the Files API hold, any number.
    Unread,
    /// As the page says.
    Policy {
        /// How many in all.
        max_files: usize,
        /// Kinds and what each may be.
        kinds: Vec<KindRow>,
    },
}

/// The limits of one kind of file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KindRow {
    /// `image`, `video` or `audio`.
    pub kind: String,
    /// In MB.
    pub max_mb: u64,
    /// Types by signature.
    pub mime: Vec<String>,
}

impl KindRow {
    /// The Files API's default limits.
    pub fn default_for(kind: &str) -> Option<Self> {
        let (_, max_mb) = DEFAULT_MAX_MB.iter().find(|(name, _)| *name == kind)?;
        let (_, mime) = DEFAULT_MIME.iter().find(|(name, _)| *name == kind)?;
        Some(Self {
            kind: kind.to_owned(),
            max_mb: *max_mb,
            mime: mime.iter().map(|m| (*m).to_owned()).collect(),
        })
    }
}

impl Catalogue {
    /// The built-in one.
    pub fn get() -> &'static Self {
        &CATALOGUE
    }

    fn read(text: &str) -> Self {
        let file: Value = serde_json::from_str(text).unwrap_or(Value::Null);
        let rows = file.get("models").and_then(Value::as_array).cloned().unwrap_or_default();
        Self { models: rows.into_iter().map(ModelRow::read).collect() }
    }

    /// The model of this id.
    pub fn model(&self, id: &str) -> Option<&ModelRow> {
        self.models.iter().find(|model| model.id == id)
    }

    /// Every model, in the catalogue's order.
    pub fn models(&self) -> &[ModelRow] {
        &self.models
    }

    /// The body of `GET /models`.
    pub fn list(&self) -> Value {
        let data: Vec<Value> = self.models.iter().map(ModelRow::to_public).collect();
        json!({ "object": "list", "data": data })
    }
}

fn text(row: &Value, key: &str) -> String {
    row.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn flag(row: &Value, key: &str) -> bool {
    row.get(key).and_then(Value::as_bool).unwrap_or_default()
}

fn strings(value: Option<&Value>) -> Vec<String> {
    value
        .and_then(Value::as_array)
        .map(|list| list.iter().filter_map(|v| v.as_str().map(str::to_owned)).collect())
        .unwrap_or_default()
}

impl ModelRow {
    fn read(row: Value) -> Self {
        let params =
            row.get("params").and_then(Value::as_array).map(|list| list.iter().map(ParamRow::read).collect());
        let extra = row.get("extra_request_fields").and_then(Value::as_array);
        Self {
            id: text(&row, "id"),
            category: text(&row, "capability"),
            base_credits: row.get("base_credits").and_then(Value::as_f64).unwrap_or_default(),
            prompt_max: row
                .get("prompt_limit_chars")
                .and_then(Value::as_u64)
                .and_then(|n| usize::try_from(n).ok()),
            prompt_required: flag(&row, "prompt_required"),
            params_required: flag(&row, "params_required"),
            complete: flag(&row, "complete"),
            params: params.unwrap_or_default(),
            dialogue: extra
                .is_some_and(|fields| fields.iter().any(|field| text(field, "key") == "params.dialogue")),
            uploads: Uploads::read(&row),
            row,
        }
    }

    /// What a file of this kind may be for this model; `None`: not taken.
    pub fn kind(&self, kind: &str) -> Option<KindRow> {
        match &self.uploads {
            Uploads::Nothing => None,
            Uploads::Unread => KindRow::default_for(kind),
            Uploads::Policy { kinds, .. } => kinds.iter().find(|row| row.kind == kind).cloned(),
        }
    }

    /// The value of a parameter, or its default.
    pub fn param<'a>(&'a self, params: &'a Map<String, Value>, key: &str) -> Option<&'a Value> {
        let row = self.params.iter().find(|row| row.key == key)?;
        Some(params.get(key).unwrap_or(&row.default)).filter(|value| !value.is_null())
    }

    /// Its entry in `GET /models`. Values that the pages leave open are ours.
    fn to_public(&self) -> Value {
        let kinds = match &self.uploads {
            Uploads::Policy { kinds, .. } => kinds.iter().map(|row| row.kind.clone()).collect(),
            _ => Vec::new(),
        };
        let by_file =
            self.row.get("files_api").and_then(Value::as_str) == Some("required_for_reference_modes");
        let reference_modes: Vec<String> =
            kinds.iter().map(|kind| format!("{kind}-to-{}", self.category)).collect();
        let base_mode = match self.category.as_str() {
            "chat" => "chat-completion",
            "audio" if self.id.starts_with("elevenlabs") => "text-to-speech",
            "audio" => "text-to-audio",
            "video" => "text-to-video",
            _ => "text-to-image",
        };
        let modes: Vec<String> =
            std::iter::once(base_mode.to_owned()).chain(reference_modes.iter().cloned()).collect();
        let badge = text(&self.row, "availability_badge");
        let field = |key: &str| self.row.get(key).cloned().unwrap_or(Value::Null);
        json!({
            "id": self.id,
            "display_name": field("display_name"),
            "category": self.category,
            "runtime": if self.category == "chat" { "chat_session" } else { "async_task" },
            "base_credits": field("base_credits"),
            "billing_type": field("billing"),
            "supported_modes": modes,
            "max_prompt_length": field("prompt_limit_chars"),
            "reference_media": field("upload_policy"),
            "params": field("params"),
            "api_status": "available",
            "api_input_status": if by_file { "partial_requires_files" } else { "available_text" },
            "supported_api_inputs": field("inputs"),
            "requires_files_api": false,
            "requires_upload_for_modes": if by_file { reference_modes } else { Vec::new() },
            "url_input_supported": badge.contains("URL"),
            "file_kinds": kinds,
            "chat_capabilities": if self.category == "chat" { json!({}) } else { Value::Null },
            "notices": [],
        })
    }
}

impl ParamRow {
    fn read(row: &Value) -> Self {
        let bound = |key: &str| row.get("range").and_then(|range| range.get(key)).and_then(Value::as_f64);
        let control = match row.get("type").and_then(Value::as_str) {
            Some("select") => Control::Select(strings(row.get("options"))),
            Some("number") => Control::Number { min: bound("min"), max: bound("max") },
            _ => Control::Text,
        };
        Self {
            key: text(row, "key"),
            control,
            required: flag(row, "required"),
            default: row.get("default").cloned().unwrap_or(Value::Null),
        }
    }
}

impl Uploads {
    fn read(row: &Value) -> Self {
        let Some(policy) = row.get("upload_policy").filter(|policy| !policy.is_null()) else {
            return if flag(row, "upload_policy_known") { Self::Nothing } else { Self::Unread };
        };
        let kinds = strings(policy.get("kinds")).into_iter().filter_map(|kind| {
            let fallback = KindRow::default_for(&kind)?;
            let limits = policy.get("per_kind").and_then(|all| all.get(&kind));
            let mime = strings(limits.and_then(|limits| limits.get("mime_types")));
            Some(KindRow {
                kind,
                max_mb: limits
                    .and_then(|l| l.get("max_size_mb"))
                    .and_then(Value::as_u64)
                    .unwrap_or(fallback.max_mb),
                mime: if mime.is_empty() { fallback.mime } else { mime },
            })
        });
        let max_files = policy.get("max_files").and_then(Value::as_u64).and_then(|n| usize::try_from(n).ok());
        Self::Policy { max_files: max_files.unwrap_or(usize::MAX), kinds: kinds.collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_58_models_are_listed_in_the_documented_shape() {
        let list = Catalogue::get().list();
        let data = list["data"].as_array().unwrap();
        assert_eq!(data.len(), 58);
        let z_image = data.iter().find(|model| model["id"] == "z-image").unwrap();
        assert_eq!(z_image["display_name"], "Z-Image");
        assert_eq!(z_image["base_credits"], 1);
        assert_eq!(z_image["billing_type"], "FIXED");
        assert_eq!(z_image["max_prompt_length"], 1000);
        assert_eq!(z_image["api_input_status"], "available_text");
        assert_eq!(z_image["reference_media"], Value::Null);
        for model in data {
            assert!(model["base_credits"].as_f64().unwrap() > 0.0, "{model}");
            assert_eq!(model.as_object().unwrap().len(), 19);
        }
    }

    #[test]
    fn nano_banana_2_takes_14_images_of_30_mb() {
        let model = Catalogue::get().model("nano-banana-2").unwrap();
        let Uploads::Policy { max_files, .. } = model.uploads else { panic!("a policy") };
        assert_eq!(max_files, 14);
        assert_eq!(model.kind("image").unwrap().max_mb, 30);
        assert_eq!(model.kind("video"), None);
    }

    #[test]
    fn a_page_that_was_cut_leaves_the_default_limits() {
        assert_eq!(KindRow::default_for("video").unwrap().max_mb, 50);
        assert_eq!(KindRow::default_for("text"), None);
    }
}
