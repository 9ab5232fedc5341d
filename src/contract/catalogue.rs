//! The models that the stored pages of the API describe, with their parameters and upload policies.
//!
//! A snapshot: the vendor calls its list dynamic, and `GET /models` is authoritative. A model that is not here is not wrong.
//! The data file is `models.json`; the build makes a table of it, one line a model, whose layout is described in
//! `build/catalogue.rs`. It is read where it stands: nothing here allocates.

use super::text::{Split, cut, decimal, piece};
use super::upload_policy::UploadPolicy;

static TABLE: &str = include_str!(concat!(env!("OUT_DIR"), "/catalogue.txt"));

/// Places of a line's fields, counted behind the id.
const FLAGS: u32 = 0;
const CREDITS: u32 = 1;
const MAX_PROMPT: u32 = 2;
const UPLOAD: u32 = 3;
const PARAMS: u32 = 4;

/// Bits of the flags, above the two of the capability.
const COMPLETE: u8 = 4;
const PROMPT_REQUIRED: u8 = 8;
const UPLOAD_KNOWN: u8 = 16;

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
#[derive(Clone, Copy)]
pub struct Model {
    id: &'static str,
    fields: &'static str,
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
#[derive(Clone, Copy)]
pub struct Param {
    row: &'static str,
}

/// What a parameter takes.
#[derive(Clone, Copy)]
pub enum ParamKind {
    /// One of these strings.
    Select(StringList),
    /// A number.
    Number(Range),
    /// Free text.
    Text,
    /// An array of `{ voice, text }`, both strings.
    Dialogue,
}

/// Strings of the table, one after the other.
pub type StringList = Split<'static>;

/// What a number may be, as far as that is documented.
#[derive(Clone, Copy)]
pub struct Range {
    bounds: &'static str,
}

/// A number of the table.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Decimal {
    /// As the page writes it.
    pub text: &'static str,
    /// What that means.
    pub value: f64,
}

/// Models, line by line.
#[derive(Clone, Copy)]
pub struct Models {
    lines: Split<'static>,
}

/// The parameters of a model, row by row.
#[derive(Clone, Copy)]
pub struct Params {
    rows: Split<'static>,
}

/// The model of that id.
pub fn find(id: &str) -> Option<Model> {
    let mut models = models();
    loop {
        let model = models.next()?;
        if model.id == id {
            return Some(model);
        }
    }
}

/// All models, chat models included, in the order of the data file.
pub fn models() -> Models {
    Models { lines: Split::new(TABLE, b'\n') }
}

impl Iterator for Models {
    type Item = Model;

    fn next(&mut self) -> Option<Model> {
        let (id, fields) = cut(self.lines.next()?, b'|')?;
        Some(Model { id, fields })
    }
}

impl Model {
    /// What goes into `model`.
    pub fn id(&self) -> &'static str {
        self.id
    }

    fn number(&self, place: u32) -> Option<u32> {
        decimal(piece(self.fields, b'|', place)).map(|number| number as u32)
    }

    fn flags(&self) -> u8 {
        self.number(FLAGS).unwrap_or(0) as u8
    }

    fn upload_text(&self) -> &'static str {
        piece(self.fields, b'|', UPLOAD)
    }

    /// What it makes.
    pub fn capability(&self) -> Capability {
        match self.flags() & 3 {
            0 => Capability::Image,
            1 => Capability::Video,
            2 => Capability::Audio,
            _ => Capability::Chat,
        }
    }

    /// Base price in credits; parameters such as duration may change what is reserved.
    pub fn base_credits(&self) -> Option<u32> {
        self.number(CREDITS)
    }

    /// What it says of its prompt.
    pub fn prompt(&self) -> PromptRule {
        let required = self.flags() & PROMPT_REQUIRED != 0;
        PromptRule { max_code_points: self.number(MAX_PROMPT), required }
    }

    /// Its parameters, in the order of its page.
    pub fn params(&self) -> Params {
        let mut rows = Split::new(self.fields, b'|');
        for _ in 0..PARAMS {
            rows.next();
        }
        Params { rows }
    }

    /// The parameter of that key.
    pub fn param(&self, key: &str) -> Option<Param> {
        let mut params = self.params();
        loop {
            let param = params.next()?;
            if param.key() == key {
                return Some(param);
            }
        }
    }

    /// Which references it takes.
    pub fn upload(&self) -> UploadPolicy {
        UploadPolicy::read(self.flags() & UPLOAD_KNOWN != 0, self.upload_text())
    }

    /// Whether every section of its page was readable.
    pub fn complete(&self) -> bool {
        self.flags() & COMPLETE != 0
    }

    /// Whether its parameter table is known to its end. On the pages it stands before the upload policy: where that was readable at
    /// least in part, so was the whole table.
    pub fn params_complete(&self) -> bool {
        self.complete() || !self.upload_text().is_empty()
    }
}

impl Iterator for Params {
    type Item = Param;

    fn next(&mut self) -> Option<Param> {
        self.rows.next().map(|row| Param { row })
    }
}

impl Param {
    /// Its key in `params`, in the casing of this very model.
    pub fn key(&self) -> &'static str {
        let name = piece(self.row, b'=', 0);
        name.strip_suffix('!').unwrap_or(name)
    }

    /// Whether a generation needs it.
    pub fn required(&self) -> bool {
        piece(self.row, b'=', 0).ends_with('!')
    }

    /// What it takes.
    #[inline(never)]
    pub fn kind(&self) -> ParamKind {
        let takes = piece(self.row, b'=', 1);
        match takes.as_bytes().first() {
            Some(b'#') => ParamKind::Number(Range { bounds: takes.get(1..).unwrap_or_default() }),
            Some(b'$') => ParamKind::Text,
            Some(b'[') => ParamKind::Dialogue,
            _ => ParamKind::Select(Split::new(takes, b',')),
        }
    }
}

impl Range {
    /// The smallest, the largest or the step, in this order.
    #[inline(never)]
    pub(super) fn bound(&self, place: u32) -> Option<Decimal> {
        let text = piece(self.bounds, b',', place);
        Some(Decimal { text, value: decimal(text)? })
    }

    /// Smallest.
    pub fn min(&self) -> Option<Decimal> {
        self.bound(0)
    }

    /// Largest.
    pub fn max(&self) -> Option<Decimal> {
        self.bound(1)
    }

    /// Distance between two values, counted from the smallest.
    pub fn step(&self) -> Option<Decimal> {
        self.bound(2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_breaks_the_reader_wherever_it_is_cut() {
        for at in 0..TABLE.len() {
            for text in [TABLE.get(at..).unwrap(), TABLE.get(..at).unwrap()] {
                let mut models = Models { lines: Split::new(text, b'\n') };
                if let Some(model) = models.next() {
                    model.prompt();
                    model.upload().kinds().count();
                    for param in model.params() {
                        if let ParamKind::Number(range) = param.kind() {
                            assert!(range.min().is_none_or(|min| min.value.is_finite()));
                        }
                    }
                }
            }
        }
    }
}
