//! The models that the stored pages of the API describe, with their parameters and upload policies.
//!
//! A snapshot: the vendor calls its list dynamic, and `GET /models` is authoritative. A model that is not here is not wrong.
//! The data file is `models.json`; the build packs it into a table, and nothing here allocates.

use super::packed::{Cursor, Section, StringList};
use crate::media::kind::MediaKind;

const MEGABYTE: u64 = 1_048_576;

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
    flags: u8,
    base_credits: u64,
    max_code_points: u64,
    upload: u8,
    params: Cursor,
    param_count: u8,
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
    /// Its key in `params`, in the casing of this very model.
    pub key: &'static str,
    /// What it takes.
    pub kind: ParamKind,
    /// Whether a generation needs it.
    pub required: bool,
    /// What the server takes where it is missing.
    pub default: Option<DefaultValue>,
}

/// What a parameter takes.
#[derive(Clone, Copy)]
pub enum ParamKind {
    /// One of these strings.
    Select(StringList),
    /// A number within a range, where one is documented.
    Number {
        /// Smallest.
        min: Option<f64>,
        /// Largest.
        max: Option<f64>,
        /// Distance between two values, counted from `min`.
        step: Option<f64>,
    },
    /// Free text.
    Text,
    /// An array of `{ voice, text }`, both strings.
    Dialogue,
}

/// A documented default.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum DefaultValue {
    /// Of a select.
    Text(&'static str),
    /// Of a number.
    Number(f64),
}

/// Which references a model takes.
#[derive(Clone, Copy)]
pub struct UploadPolicy {
    /// Whether the page's upload section was readable. Where it wasn't, a limit that is missing here may exist all the same.
    pub known: bool,
    /// How many references in all; 0 where the model takes none, `None` where that is not known.
    pub max_files: Option<u8>,
    /// The rule on images beside a video, where there is one.
    pub mixed: Option<MixedRule>,
    place: Option<u8>,
}

/// How many of each kind a model takes that takes images and videos together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MixedRule {
    /// Images, where no video is among the references.
    pub max_images_alone: u8,
    /// Videos.
    pub max_videos: u8,
    /// Images, where a video is.
    pub max_images_beside_video: u8,
}

/// What a model takes of one kind.
#[derive(Clone, Copy)]
pub struct KindLimit {
    /// The kind.
    pub kind: MediaKind,
    /// Largest file, counting a MB as 1,048,576 bytes; `None` where the page's table was cut.
    pub max_bytes: Option<u64>,
    /// MIME types; empty where the page's table was cut.
    pub mime_types: StringList,
}

/// The model of that id.
pub fn find(id: &str) -> Option<Model> {
    models().find(|model| model.id == id)
}

/// The ids of all models, chat models included, in the order of the data file.
pub fn ids() -> impl Iterator<Item = &'static str> {
    models().map(|model| model.id)
}

/// All models, chat models included, in the order of the data file.
pub fn models() -> impl Iterator<Item = Model> {
    let (mut cursor, count) = Cursor::enter(Section::Models);
    (0..count).map(move |_| Model::read(&mut cursor))
}

impl Model {
    fn read(cursor: &mut Cursor) -> Self {
        let id = cursor.string();
        let flags = cursor.byte();
        let base_credits = cursor.varint();
        let max_code_points = cursor.varint();
        let upload = if flags & 0x20 == 0 { 0 } else { cursor.byte() };
        let param_count = cursor.byte();
        let params = *cursor;
        for _ in 0..param_count {
            cursor.varint();
        }
        Self { id, flags, base_credits, max_code_points, upload, params, param_count }
    }

    /// What goes into `model`.
    pub fn id(&self) -> &'static str {
        self.id
    }

    /// What it makes.
    pub fn capability(&self) -> Capability {
        match self.flags & 3 {
            0 => Capability::Image,
            1 => Capability::Video,
            2 => Capability::Audio,
            _ => Capability::Chat,
        }
    }

    /// Base price in credits; parameters such as duration may change what is reserved.
    pub fn base_credits(&self) -> Option<u32> {
        self.base_credits.checked_sub(1).and_then(|credits| u32::try_from(credits).ok())
    }

    /// What it says of its prompt.
    pub fn prompt(&self) -> PromptRule {
        let max_code_points = u32::try_from(self.max_code_points).ok().filter(|max| *max > 0);
        PromptRule { max_code_points, required: self.flags & 8 != 0 }
    }

    /// Its parameters, in the order of its page.
    pub fn params(&self) -> impl Iterator<Item = Param> + use<> {
        let mut cursor = self.params;
        (0..self.param_count).map(move |_| Param::read(cursor.varint() as usize))
    }

    /// Which references it takes.
    pub fn upload(&self) -> UploadPolicy {
        let known = self.flags & 0x10 != 0;
        if self.flags & 0x20 == 0 {
            // A page that was read to its end and has no upload section is that of a text-only model.
            return UploadPolicy { known, max_files: known.then_some(0), mixed: None, place: None };
        }
        let mut cursor = Cursor::find(Section::Uploads, usize::from(self.upload), |cursor| {
            let kinds = UploadPolicy::read_head(cursor).2;
            for _ in 0..kinds {
                KindLimit::read(cursor);
            }
        });
        let (max_files, mixed, _) = UploadPolicy::read_head(&mut cursor);
        UploadPolicy { known, max_files: Some(max_files), mixed, place: Some(self.upload) }
    }

    /// Whether every section of its page was readable.
    pub fn complete(&self) -> bool {
        self.flags & 4 != 0
    }

    /// Whether its parameter table is known to its end. On the pages it stands before the upload policy: where that was readable at
    /// least in part, so was the whole table.
    pub fn params_complete(&self) -> bool {
        self.complete() || self.flags & 0x20 != 0
    }
}

impl Param {
    fn skip(cursor: &mut Cursor) {
        cursor.varint();
        let flags = cursor.byte();
        match flags & 3 {
            0 => {
                cursor.varint();
                if flags & 8 != 0 {
                    cursor.byte();
                }
            }
            1 => {
                for _ in 0..(flags & 0x78).count_ones() {
                    cursor.varint();
                }
            }
            _ => {}
        }
    }

    fn read(place: usize) -> Self {
        let mut cursor = Cursor::find(Section::Params, place, Self::skip);
        let key = cursor.pooled_string();
        let flags = cursor.byte();
        let mut number = |bit: u8| (flags & bit != 0).then(|| cursor.number());
        let (kind, default) = match flags & 3 {
            0 => {
                let mut options = cursor.pooled_list();
                let kind = ParamKind::Select(options);
                let default = (flags & 8 != 0).then(|| options.nth(usize::from(cursor.byte()))).flatten();
                (kind, default.map(DefaultValue::Text))
            }
            1 => {
                let default = number(0x08).map(DefaultValue::Number);
                (ParamKind::Number { min: number(0x10), max: number(0x20), step: number(0x40) }, default)
            }
            2 => (ParamKind::Text, None),
            _ => (ParamKind::Dialogue, None),
        };
        Self { key, kind, required: flags & 4 != 0, default }
    }
}

impl UploadPolicy {
    fn read_head(cursor: &mut Cursor) -> (u8, Option<MixedRule>, u8) {
        let has_mixed_rule = cursor.byte() & 1 != 0;
        let max_files = cursor.byte();
        let mixed = has_mixed_rule.then(|| MixedRule {
            max_images_alone: cursor.byte(),
            max_videos: cursor.byte(),
            max_images_beside_video: cursor.byte(),
        });
        (max_files, mixed, cursor.byte())
    }

    /// The kinds that it takes; none where the model takes no references, or where nothing is known of them.
    pub fn kinds(&self) -> impl Iterator<Item = KindLimit> + use<> {
        let place = self.place.map(usize::from);
        let mut cursor = Cursor::find(Section::Uploads, place.unwrap_or(0), |cursor| {
            let kinds = Self::read_head(cursor).2;
            for _ in 0..kinds {
                KindLimit::read(cursor);
            }
        });
        let count = if place.is_some() { Self::read_head(&mut cursor).2 } else { 0 };
        (0..count).map(move |_| KindLimit::read(&mut cursor))
    }
}

impl KindLimit {
    fn read(cursor: &mut Cursor) -> Self {
        let kind = match cursor.byte() {
            0 => MediaKind::Image,
            1 => MediaKind::Video,
            _ => MediaKind::Audio,
        };
        match cursor.byte() {
            0 => Self { kind, max_bytes: None, mime_types: StringList::EMPTY },
            max_mb => {
                let max_bytes = Some(u64::from(max_mb).saturating_mul(MEGABYTE));
                Self { kind, max_bytes, mime_types: cursor.pooled_list() }
            }
        }
    }
}
