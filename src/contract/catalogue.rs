//! The models that the stored pages of the API describe, with their parameters and upload policies.
//!
//! A snapshot: the vendor calls its list dynamic, and `GET /models` is authoritative. A model that is not here is not
//! wrong. The data file is `models.json`; the build makes Rust data of it (`build/catalogue.rs`).

use super::media_type::MediaKind;
use super::upload_policy::{KindLimit, MixedRule, UploadPolicy};

/// Sorted by id.
static MODELS: &[Model] = include!(concat!(env!("OUT_DIR"), "/catalogue.rs"));

/// What a model makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Capability {
    /// Images.
    Image,
    /// Videos.
    Video,
    /// Speech, sound or music.
    Audio,
    /// Chat turns; `/generations` does not take these models.
    Chat,
}

/// One model of the catalogue.
#[derive(Debug)]
pub struct Model {
    id: &'static str,
    capability: Capability,
    base_credits: Option<u32>,
    prompt: PromptRule,
    params: &'static [Param],
    params_complete: bool,
    upload: UploadPolicy,
    complete: bool,
}

/// What a model says of its prompt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PromptRule {
    /// Longest prompt in Unicode code points; `None` where the page documents no limit.
    pub max_code_points: Option<u32>,
    /// Whether a generation needs one.
    pub required: bool,
}

/// One row of a model's parameter table.
#[derive(Debug)]
pub struct Param {
    key: &'static str,
    required: bool,
    kind: ParamKind,
}

/// What a parameter takes.
#[derive(Debug)]
pub enum ParamKind {
    /// One of these strings.
    Select(&'static [&'static str]),
    /// A number.
    Number(Range),
    /// Free text.
    Text,
    /// An array of `{ voice, text }`, both strings.
    Dialogue,
}

/// What a number may be, as far as that is documented.
#[derive(Debug)]
pub struct Range {
    min: Option<Decimal>,
    max: Option<Decimal>,
    step: Option<Decimal>,
}

/// A number of the table.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Decimal {
    /// As the page writes it.
    pub text: &'static str,
    /// What that means.
    pub value: f64,
}

/// The model of that id.
pub fn find(id: &str) -> Option<&'static Model> {
    let place = MODELS.binary_search_by(|model| model.id.cmp(id)).ok()?;
    MODELS.get(place)
}

/// All models, chat models included, in the order of their ids.
pub fn models() -> &'static [Model] {
    MODELS
}

impl Model {
    /// What goes into `model`.
    pub fn id(&self) -> &'static str {
        self.id
    }

    /// What it makes.
    pub fn capability(&self) -> Capability {
        self.capability
    }

    /// Base price in credits; parameters such as duration may change what is reserved.
    pub fn base_credits(&self) -> Option<u32> {
        self.base_credits
    }

    /// What it says of its prompt.
    pub fn prompt(&self) -> PromptRule {
        self.prompt
    }

    /// Its parameters, in the order of its page.
    pub fn params(&self) -> &'static [Param] {
        self.params
    }

    /// The parameter of that key.
    pub fn param(&self, key: &str) -> Option<&'static Param> {
        self.params.iter().find(|param| param.key == key)
    }

    /// Whether its parameter table is known to its end.
    pub fn params_complete(&self) -> bool {
        self.params_complete
    }

    /// Which references it takes.
    pub fn upload(&self) -> &UploadPolicy {
        &self.upload
    }

    /// Whether every section of its page was readable.
    pub fn complete(&self) -> bool {
        self.complete
    }
}

impl Param {
    /// Its key in `params`, in the casing of this very model.
    pub fn key(&self) -> &'static str {
        self.key
    }

    /// Whether a generation needs it.
    pub fn required(&self) -> bool {
        self.required
    }

    /// What it takes.
    pub fn kind(&self) -> &ParamKind {
        &self.kind
    }
}

impl Range {
    /// Smallest.
    pub fn min(&self) -> Option<Decimal> {
        self.min
    }

    /// Largest.
    pub fn max(&self) -> Option<Decimal> {
        self.max
    }

    /// Distance between two values, counted from the smallest.
    pub fn step(&self) -> Option<Decimal> {
        self.step
    }
}
