//! Packs the catalogue of models into the table that the crate embeds: strings, option lists, parameters and upload policies are each
//! kept once and named by their place. `src/contract/packed.rs` reads it; both files describe the same layout.
//!
//! ```text
//! table    = start of lists, params, uploads, models (u16 LE each), strings, lists, params, uploads, models
//! section  = count (varint), items
//! string   = length (u8), UTF-8
//! list     = count (u8), place of each string (varint)
//! param    = place of the key (varint), flags (kind in bits 0-1, then required, default, min, max, step), then
//!            select: place of the list (varint), place of the default in it (u8) if any; number: default, min, max, step if any
//! number   = varint of 4 × zigzag(digits) + decimals
//! upload   = flags (bit 0 mixed rule), max files (u8), mixed rule (3 × u8) if any, count of kinds (u8), each: kind (u8),
//!            max MB (u8, 0: not known), place of the list of MIME types (varint, only where the MB are known)
//! model    = id, flags (capability in bits 0-1, then complete, prompt required, upload policy known, has upload policy),
//!            base credits + 1 (varint, 0: none), prompt limit (varint, 0: none), place of the upload policy (u8) if any,
//!            count of params (u8), place of each (varint)
//! ```

use serde_json::Value;
use std::error::Error;

type Outcome<T> = Result<T, Box<dyn Error>>;

const SOURCE: &str = "src/contract/models.json";
/// What the table may add to the download of every page that embeds the client, in bytes.
const MAX_TABLE_BYTES: usize = 5_000;

/// Rules on several kinds together are prose in the catalogue. A policy with several kinds and several files must be found here.
/// (the prose, images when there is no video, videos, images beside a video)
const MIXED_RULES: &[(&str, [u8; 3])] = &[(
    "Up to 9 images when no video is attached; for video editing 1 video plus up to 5 image references.",
    [9, 1, 5],
)];

#[expect(clippy::print_stdout, reason = "cargo reads a build script's output")]
fn main() -> Outcome<()> {
    println!("cargo:rerun-if-changed={SOURCE}");
    println!("cargo:rerun-if-changed=build/catalogue.rs");
    let catalogue: Value = serde_json::from_str(&std::fs::read_to_string(SOURCE)?)?;
    let table = pack(&catalogue)?;
    if table.len() > MAX_TABLE_BYTES {
        return Err(format!(
            "the packed catalogue takes {} bytes; {MAX_TABLE_BYTES} are allowed",
            table.len()
        )
        .into());
    }
    let out = std::env::var_os("OUT_DIR").ok_or("cargo sets OUT_DIR")?;
    std::fs::write(std::path::Path::new(&out).join("catalogue.bin"), table)?;
    Ok(())
}

fn pack(catalogue: &Value) -> Outcome<Vec<u8>> {
    let mut pools = Pools::default();
    let mut models = Vec::new();
    for model in array(catalogue, "models")? {
        let id = text(model, "id")?;
        models.push(pools.model(model).map_err(|why| format!("{SOURCE}: {id}: {why}"))?);
    }
    let sections = [&pools.strings, &pools.lists, &pools.params, &pools.uploads, &models].map(|items| {
        let mut section = varint(items.len() as u64);
        section.extend(items.iter().flatten());
        section
    });
    let mut start = 2usize.saturating_mul(sections.len().saturating_sub(1));
    let mut table = Vec::new();
    for section in sections.iter().take(sections.len().saturating_sub(1)) {
        start = start.saturating_add(section.len());
        table.extend(u16::try_from(start)?.to_le_bytes());
    }
    table.extend(sections.iter().flatten());
    Ok(table)
}

/// What is kept once; an item is its packed bytes.
#[derive(Default)]
struct Pools {
    strings: Vec<Vec<u8>>,
    lists: Vec<Vec<u8>>,
    params: Vec<Vec<u8>>,
    uploads: Vec<Vec<u8>>,
}

impl Pools {
    fn string(&mut self, text: &str) -> Outcome<Vec<u8>> {
        let item = short_string(text)?;
        Ok(varint(place(&mut self.strings, item)))
    }

    fn list(&mut self, items: &[Value]) -> Outcome<Vec<u8>> {
        let mut list = vec![u8::try_from(items.len())?];
        for item in items {
            list.extend(self.string(item.as_str().ok_or("an option is no string")?)?);
        }
        Ok(varint(place(&mut self.lists, list)))
    }

    fn param(&mut self, param: &Value) -> Outcome<Vec<u8>> {
        let mut item = self.string(text(param, "key")?)?;
        let required = u8::from(flag(param, "required")?) << 2;
        let default = field(param, "default")?;
        let has_default = u8::from(!default.is_null()) << 3;
        match text(param, "type")? {
            "select" => {
                let options = array(param, "options")?;
                item.push(required | has_default);
                item.extend(self.list(options)?);
                if !default.is_null() {
                    let at = options.iter().position(|option| option == default);
                    item.push(u8::try_from(at.ok_or("a default that is no option")?)?);
                }
            }
            "number" => {
                let range = field(param, "range")?;
                let numbers = [Some(default), range.get("min"), range.get("max"), range.get("step")];
                let numbers = numbers.map(|number| number.filter(|number| !number.is_null()));
                let mut flags = 1 | required;
                for (bit, number) in numbers.iter().enumerate() {
                    flags |= u8::from(number.is_some()) << bit.saturating_add(3);
                }
                item.push(flags);
                for value in numbers.into_iter().flatten() {
                    item.extend(number(value)?);
                }
            }
            "text" if default.is_null() => item.push(2 | required),
            other => {
                return Err(format!("a parameter of type {other} that the table has no place for").into());
            }
        }
        Ok(varint(place(&mut self.params, item)))
    }

    /// Fields that a page documents beside its parameter table. There is one shape of them: the lines of a dialogue.
    fn extra_field(&mut self, extra: &Value) -> Outcome<Vec<u8>> {
        let item = field(extra, "item")?;
        let is_dialogue = text(extra, "type")? == "array"
            && item.as_object().is_some_and(|item| item.len() == 2)
            && text(item, "voice")? == "string"
            && text(item, "text")? == "string";
        let key = text(extra, "key")?.strip_prefix("params.");
        let (true, Some(key)) = (is_dialogue, key) else {
            return Err("an extra field that the table has no place for".into());
        };
        let mut param = self.string(key)?;
        param.push(3 | u8::from(flag(extra, "required")?) << 2);
        Ok(varint(place(&mut self.params, param)))
    }

    fn upload(&mut self, policy: &Value) -> Outcome<u8> {
        let rule = text(policy, "rule")?;
        let kinds = array(policy, "kinds")?;
        let max_files = u8::try_from(field(policy, "max_files")?.as_u64().ok_or("max_files")?)?;
        let mixed = MIXED_RULES.iter().find(|(prose, _)| *prose == rule);
        if mixed.is_none() && kinds.len() > 1 && max_files > 1 {
            return Err(format!("a rule on several kinds that MIXED_RULES does not know: {rule}").into());
        }
        let mut item = vec![u8::from(mixed.is_some()), max_files];
        item.extend(mixed.iter().flat_map(|(_, counts)| counts));
        item.push(u8::try_from(kinds.len())?);
        for kind in kinds {
            let name = kind.as_str().ok_or("a kind is no string")?;
            item.push(place_of(&["image", "video", "audio"], name)?);
            match policy.get("per_kind").and_then(|limits| limits.get(name)) {
                None => item.push(0),
                Some(limits) => {
                    item.push(u8::try_from(field(limits, "max_size_mb")?.as_u64().ok_or("max_size_mb")?)?);
                    item.extend(self.list(array(limits, "mime_types")?)?);
                }
            }
        }
        Ok(u8::try_from(place(&mut self.uploads, item))?)
    }

    fn model(&mut self, model: &Value) -> Outcome<Vec<u8>> {
        let policy = field(model, "upload_policy")?;
        let mut item = short_string(text(model, "id")?)?;
        let policy_known = field(model, "upload_policy_known")?.as_bool().unwrap_or(false);
        let flags = place_of(&["image", "video", "audio", "chat"], text(model, "capability")?)?
            | u8::from(flag(model, "complete")?) << 2
            | u8::from(flag(model, "prompt_required")?) << 3
            | u8::from(policy_known) << 4
            | u8::from(!policy.is_null()) << 5;
        item.push(flags);
        item.extend(varint(
            field(model, "base_credits")?.as_u64().map_or(0, |credits| credits.saturating_add(1)),
        ));
        item.extend(varint(field(model, "prompt_limit_chars")?.as_u64().unwrap_or(0)));
        if !policy.is_null() {
            item.push(self.upload(policy)?);
        }
        let params = array(model, "params")?;
        let extra = array(model, "extra_request_fields")?;
        item.push(u8::try_from(params.len().saturating_add(extra.len()))?);
        for param in params {
            item.extend(self.param(param)?);
        }
        for param in extra {
            item.extend(self.extra_field(param)?);
        }
        Ok(item)
    }
}

fn place(pool: &mut Vec<Vec<u8>>, item: Vec<u8>) -> u64 {
    let known = pool.iter().position(|other| *other == item);
    known.unwrap_or_else(|| {
        pool.push(item);
        pool.len().saturating_sub(1)
    }) as u64
}

fn place_of(names: &[&str], name: &str) -> Outcome<u8> {
    let at = names.iter().position(|known| *known == name);
    Ok(u8::try_from(at.ok_or_else(|| format!("{name} is none of {names:?}"))?)?)
}

fn short_string(text: &str) -> Outcome<Vec<u8>> {
    let mut item = vec![u8::try_from(text.len())?];
    item.extend(text.as_bytes());
    Ok(item)
}

fn varint(mut value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value > 0x7f {
        bytes.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}

/// A decimal of at most three places, as its digits and how many of them stand behind the point.
fn number(value: &Value) -> Outcome<Vec<u8>> {
    let written = value.to_string();
    let (whole, decimals) = written.split_once('.').unwrap_or((&written, ""));
    let decimals = if decimals == "0" { "" } else { decimals };
    if decimals.len() > 3 {
        return Err(format!("{written} has too many decimals for the table").into());
    }
    let digits: i64 = format!("{whole}{decimals}").parse()?;
    let zigzag = (digits.unsigned_abs() << 1) | u64::from(digits < 0);
    Ok(varint(zigzag << 2 | decimals.len() as u64))
}

fn field<'a>(of: &'a Value, key: &str) -> Outcome<&'a Value> {
    of.get(key).ok_or_else(|| format!("{key} is missing").into())
}

fn text<'a>(of: &'a Value, key: &str) -> Outcome<&'a str> {
    field(of, key)?.as_str().ok_or_else(|| format!("{key} is no string").into())
}

fn flag(of: &Value, key: &str) -> Outcome<bool> {
    field(of, key)?.as_bool().ok_or_else(|| format!("{key} is no boolean").into())
}

fn array<'a>(of: &'a Value, key: &str) -> Outcome<&'a [Value]> {
    Ok(field(of, key)?.as_array().ok_or_else(|| format!("{key} is no array"))?)
}
