//! Reads the options that JavaScript gives. A wrong one is a `TypeError` that names its path and says what would be
//! right.

use std::rc::Rc;

use js_sys::{Array, Function, JSON, Reflect, TypeError};
use wasm_bindgen::prelude::*;
use web_sys::Url;

use super::super::faults::{FAULT_NAMES, FaultPlan};
use super::super::problem::Problem;
use super::super::settings::{Endpoint, Habit, Outcome, RateLimit};
use super::super::signing::{self, Scheme, SignatureEncoding, SignedContent};
use super::super::webhooks::is_loopback;
use super::options::EmulatorOptions;
use super::public_url;
use super::shared::Decide;
use crate::js::data;

const OPTION_NAMES: [&str; 10] = [
    "apiKeys",
    "credits",
    "pace",
    "outcome",
    "idempotency",
    "rateLimit",
    "cors",
    "faults",
    "publicUrl",
    "webhooks",
];
/// Largest integer that a JavaScript number holds exactly.
const INTEGER_MAX: f64 = 9_007_199_254_740_991.0;

/// A value and where it stands.
struct Field {
    path: String,
    value: JsValue,
}

/// The options that an object has.
pub(super) fn read(options: &JsValue) -> Result<EmulatorOptions, JsValue> {
    let EmulatorOptions { mut settings, mut decide } = EmulatorOptions::new();
    if options.is_undefined() {
        return Ok(EmulatorOptions { settings, decide });
    }
    let options = Field { path: "options".into(), value: options.clone() };
    options.only(&OPTION_NAMES)?;
    if let Some(keys) = options.get("apiKeys")? {
        let keys = keys.list()?.iter().map(Field::text).collect::<Result<Vec<_>, _>>()?;
        if keys.is_empty() || keys.iter().any(String::is_empty) {
            return Err(wrong("options.apiKeys", "at least one key, none empty"));
        }
        settings.api_keys = keys;
    }
    if let Some(credits) = options.get("credits")? {
        settings.credits = credits.number(0.0, INTEGER_MAX)?;
    }
    if let Some(pace) = options.get("pace")? {
        pace.only(&["queuedMs", "processingMs"])?;
        let ms = |field: Option<Field>, default: u64| field.map_or(Ok(default), |field| field.integer(0.0));
        settings.queued_ms = ms(pace.get("queuedMs")?, settings.queued_ms)?;
        settings.processing_ms = ms(pace.get("processingMs")?, settings.processing_ms)?;
    }
    if let Some(outcome) = options.get("outcome")? {
        match outcome.value.dyn_ref::<Function>() {
            Some(function) => decide = Some(decide_by(function.clone())),
            None => settings.outcome = outcome.one_of(&OUTCOMES)?,
        }
    }
    if let Some(habit) = options.get("idempotency")? {
        settings.habit = habit.one_of(&HABITS)?;
    }
    if let Some(limit) = options.get("rateLimit")?.filter(|field| !field.value.is_null()) {
        limit.only(&["requests", "windowMs"])?;
        settings.rate_limit = Some(RateLimit {
            requests: limit.need("requests")?.integer(0.0)?,
            window_ms: limit.need("windowMs")?.integer(1.0)?,
        });
    }
    if let Some(cors) = options.get("cors")? {
        settings.cors = cors.value.as_bool().ok_or_else(|| wrong(&cors.path, "a boolean"))?;
    }
    if let Some(faults) = options.get("faults")? {
        settings.faults = Some(read_faults(&faults)?);
    }
    if let Some(url) = options.get("publicUrl")? {
        settings.public_url = url.web_url()?;
    }
    if let Some(webhooks) = options.get("webhooks")? {
        settings.webhooks = webhooks.one_or_more().iter().map(read_endpoint).collect::<Result<_, _>>()?;
    }
    Ok(EmulatorOptions { settings, decide })
}

const OUTCOMES: [(&str, Outcome); 2] = [("succeeded", Outcome::Succeeded), ("failed", Outcome::Failed)];
const HABITS: [(&str, Habit); 4] = [
    ("replay", Habit::Replay),
    ("conflict", Habit::Conflict),
    ("conflict_while_running", Habit::ConflictWhileRunning),
    ("ignored", Habit::Ignored),
];

/// Asks a function of the caller's, which is given the parsed body.
fn decide_by(function: Function) -> Decide {
    Rc::new(move |_, body| {
        let parsed = JSON::parse(body).map_err(|_| Problem::internal("The body is no JSON."))?;
        let answer = function.call1(&JsValue::UNDEFINED, &parsed);
        let answer = answer.map_err(|_| Problem::internal("options.outcome threw."))?.as_string();
        let outcome = OUTCOMES.iter().find(|(name, _)| answer.as_deref() == Some(*name));
        let right = "options.outcome must answer \"succeeded\" or \"failed\".";
        outcome.map(|(_, outcome)| *outcome).ok_or_else(|| Problem::internal(right))
    })
}

fn read_faults(faults: &Field) -> Result<FaultPlan, JsValue> {
    faults.only(&["seed", "rate", "kinds"])?;
    let kinds = faults.need("kinds")?.list()?;
    Ok(FaultPlan {
        seed: faults.need("seed")?.integer(0.0)?,
        rate: faults.need("rate")?.number(0.0, 1.0)?,
        kinds: kinds.iter().map(|kind| kind.one_of(&FAULT_NAMES)).collect::<Result<_, _>>()?,
    })
}

fn read_endpoint(endpoint: &Field) -> Result<Endpoint, JsValue> {
    endpoint.only(&["url", "secret", "scheme"])?;
    let secret = endpoint.need("secret")?;
    let text = secret.text()?;
    if signing::key(&text).is_empty() {
        return Err(wrong(&secret.path, "a string that is not empty"));
    }
    Ok(Endpoint {
        url: endpoint.need("url")?.loopback_url()?,
        secret: text,
        scheme: endpoint
            .get("scheme")?
            .map_or_else(|| Ok(Scheme::default()), |scheme| read_scheme(&scheme))?,
    })
}

const CONTENTS: [(&str, SignedContent); 3] = [
    ("id.timestamp.body", SignedContent::IdTimestampBody),
    ("timestamp.body", SignedContent::TimestampBody),
    ("body", SignedContent::Body),
];
const ENCODINGS: [(&str, SignatureEncoding); 2] =
    [("base64", SignatureEncoding::Base64), ("hex", SignatureEncoding::Hex)];

fn read_scheme(scheme: &Field) -> Result<Scheme, JsValue> {
    scheme.only(&[
        "idHeader",
        "timestampHeader",
        "signatureHeader",
        "signedContent",
        "encoding",
        "signaturePrefix",
    ])?;
    let content = scheme.need("signedContent")?.one_of(&CONTENTS)?;
    let (id, timestamp) = (scheme.need("idHeader")?, scheme.need("timestampHeader")?);
    let (signs_id, signs_timestamp) = match content {
        SignedContent::IdTimestampBody => (true, true),
        SignedContent::TimestampBody => (false, true),
        SignedContent::Body => (false, false),
    };
    Ok(Scheme {
        id_header: if signs_id { id.header_name()? } else { id.header_name_or_nothing()? },
        timestamp_header: if signs_timestamp {
            timestamp.header_name()?
        } else {
            timestamp.header_name_or_nothing()?
        },
        signature_header: scheme.need("signatureHeader")?.header_name()?,
        content,
        encoding: scheme.need("encoding")?.one_of(&ENCODINGS)?,
        prefix: scheme.need("signaturePrefix")?.printable()?,
    })
}

fn wrong(path: &str, right: &str) -> JsValue {
    TypeError::new(&format!("{path}: must be {right}")).into()
}

impl Field {
    fn get(&self, key: &str) -> Result<Option<Self>, JsValue> {
        let path = format!("{}.{key}", self.path);
        let value = data::given(&self.value, key).map_err(|_| wrong(&path, "readable"))?;
        Ok((!value.is_undefined()).then_some(Self { path, value }))
    }

    fn need(&self, key: &str) -> Result<Self, JsValue> {
        self.get(key)?.ok_or_else(|| wrong(&format!("{}.{key}", self.path), "given"))
    }

    /// An object with no other keys than these: a misspelt option would be silently without effect.
    fn only(&self, names: &[&str]) -> Result<(), JsValue> {
        if !self.value.is_object() || self.value.is_function() {
            return Err(wrong(&self.path, "an object"));
        }
        let keys = Reflect::own_keys(&self.value).map_err(|_| wrong(&self.path, "readable"))?;
        for key in keys.iter() {
            let key = key.as_string().unwrap_or_else(|| "[symbol]".into());
            if !names.contains(&key.as_str()) {
                let message = format!("{}.{key}: is no option; there are {}", self.path, names.join(", "));
                return Err(TypeError::new(&message).into());
            }
        }
        Ok(())
    }

    fn list(&self) -> Result<Vec<Self>, JsValue> {
        // `Array.isArray` throws on a revoked proxy; so does reading its length, which can be caught.
        let length = data::given(&self.value, "length").ok().filter(|_| self.value.is_object());
        let length = length.and_then(|length| length.as_f64()).filter(|_| Array::is_array(&self.value));
        let length = length.ok_or_else(|| wrong(&self.path, "a list"))?;
        (0..length.min(10_000.0) as u32)
            .map(|index| {
                let path = format!("{}[{index}]", self.path);
                let value = data::item(&self.value, index).map_err(|_| wrong(&path, "readable"))?;
                Ok(Self { path, value })
            })
            .collect()
    }

    /// The members of a list; what is no list is the only one.
    fn one_or_more(self) -> Vec<Self> {
        self.list().unwrap_or_else(|_| vec![self])
    }

    fn text(&self) -> Result<String, JsValue> {
        self.value.as_string().ok_or_else(|| wrong(&self.path, "a string"))
    }

    fn number(&self, min: f64, max: f64) -> Result<f64, JsValue> {
        let fits = self.value.as_f64().filter(|number| (min..=max).contains(number));
        fits.ok_or_else(|| wrong(&self.path, &format!("a number from {min} to {max}")))
    }

    fn integer(&self, min: f64) -> Result<u64, JsValue> {
        let fits = self.value.as_f64().filter(|n| n.fract() == 0.0 && (min..=INTEGER_MAX).contains(n));
        fits.map(|n| n as u64).ok_or_else(|| wrong(&self.path, &format!("a whole number of at least {min}")))
    }

    fn one_of<T: Copy>(&self, table: &[(&str, T)]) -> Result<T, JsValue> {
        let text = self.value.as_string();
        let found = table.iter().find(|(name, _)| text.as_deref() == Some(*name)).map(|(_, value)| *value);
        found.ok_or_else(|| {
            let names: Vec<&str> = table.iter().map(|(name, _)| *name).collect();
            wrong(&self.path, &format!("one of {}", names.join(", ")))
        })
    }

    fn web_url(&self) -> Result<String, JsValue> {
        public_url::parse(&self.text()?).ok_or_else(|| wrong(&self.path, public_url::RIGHT))
    }

    /// Deliveries are for receivers on this machine: an emulator posts to nobody else.
    fn loopback_url(&self) -> Result<String, JsValue> {
        let right =
            "an http or https URL on loopback (127.0.0.1, [::1], localhost) without credentials and fragment";
        let refuse = || wrong(&self.path, right);
        let url = Url::new(&self.text()?).map_err(|_| refuse())?;
        let plain = url.hash().is_empty() && url.username().is_empty() && url.password().is_empty();
        let is_web = ["http:", "https:"].contains(&url.protocol().as_str());
        if plain && is_web && is_loopback(&url.hostname()) { Ok(url.href()) } else { Err(refuse()) }
    }

    fn header_name(&self) -> Result<String, JsValue> {
        let name = self.header_name_or_nothing()?;
        if name.is_empty() { Err(wrong(&self.path, "the name of a header")) } else { Ok(name) }
    }

    /// The empty text stands for no header.
    fn header_name_or_nothing(&self) -> Result<String, JsValue> {
        let name = self.text()?;
        let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
        if name.bytes().all(is_token) { Ok(name) } else { Err(wrong(&self.path, "the name of a header")) }
    }

    fn printable(&self) -> Result<String, JsValue> {
        let text = self.text()?;
        let fits = text.bytes().all(|byte| byte.is_ascii_graphic());
        if fits { Ok(text) } else { Err(wrong(&self.path, "printable ASCII without blanks")) }
    }
}
