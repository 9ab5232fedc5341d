//! A file that is about to be uploaded: what goes out of it, and what it may be.

use js_sys::Array;
use wasm_bindgen::prelude::*;

use super::request::media_of;
use crate::contract::media_type::{Format, MediaKind, MediaType};
use crate::contract::text::push_digits;
use crate::contract::validation;
use crate::js::handle::Handle;
use crate::media::dimensions::Dimensions;
use crate::media::fitting::{Fitting, Outcome, Verdict};
use crate::media::metadata::{Next, Walk};

/// Goes through a picture for its metadata; `metadata.js` brings the bytes that it asks for.
#[wasm_bindgen]
pub struct Cutter {
    walk: Walk,
    next: Next,
}

#[wasm_bindgen]
impl Cutter {
    /// `file`: a handle whose head was read; undefined where nothing is cut out of such a file.
    pub fn of(file: Handle) -> Option<Cutter> {
        let walk = Walk::new(media_of(&file)?.format, file.amount("bytes") as usize)?;
        Some(Cutter { walk, next: Walk::FIRST })
    }

    /// Where it wants to read; undefined when it has come to the end.
    #[wasm_bindgen(getter)]
    pub fn at(&self) -> Option<f64> {
        match self.next {
            Next::Read { at, .. } | Next::Marker { from: at } => Some(at as f64),
            Next::End => None,
        }
    }

    /// How many bytes it wants at least; 0 where it asks for the next marker of a JPEG.
    #[wasm_bindgen(getter)]
    pub fn bytes(&self) -> u32 {
        if let Next::Read { bytes, .. } = self.next { bytes as u32 } else { 0 }
    }

    /// Goes on with bytes that begin at `at`. Answers what is wrong where the file is damaged: "at byte 17, where …".
    pub fn step(&mut self, at: f64, bytes: &[u8]) -> Option<String> {
        match self.walk.step(at as usize, bytes) {
            Ok(next) => {
                self.next = next;
                None
            }
            Err(damage) => {
                let mut text = "at byte ".to_owned();
                push_digits(&mut text, damage.at as u64);
                text.push_str(", where ");
                text.push_str(damage.what);
                Some(text)
            }
        }
    }

    /// What was found: `[[[start, end, byte, …], …], ["XMP", …], [width, height]]`: stretches that go and what comes
    /// into their place; what they were; how large the picture is, as far as that is known.
    pub fn found(&self) -> Array {
        let cuts = Array::new();
        for cut in &self.walk.cuts {
            let list = numbers(&[cut.start as f64, cut.end as f64]);
            for byte in &cut.patch {
                list.push(&(*byte).into());
            }
            cuts.push(&list);
        }
        let removed = Array::new();
        for what in &self.walk.removed {
            removed.push(&(*what).into());
        }
        let found = Array::new();
        for list in [cuts, removed, pixels(self.walk.dimensions)] {
            found.push(&list);
        }
        found
    }
}

/// `[width, height]`, or nothing.
pub(super) fn pixels(size: Option<Dimensions>) -> Array {
    size.map_or_else(Array::new, |size| numbers(&[size.width.into(), size.height.into()]))
}

fn numbers(list: &[f64]) -> Array {
    let array = Array::new();
    for number in list {
        array.push(&(*number).into());
    }
    array
}

/// Up to how many bytes an image is sure to be taken; Infinity where nobody knows, and for what is no image.
#[wasm_bindgen(js_name = imageBytes)]
pub fn image_bytes(model: Option<String>, file: Handle) -> f64 {
    let is_image = media_of(&file).and_then(MediaType::kind) == Some(MediaKind::Image);
    let bytes = if is_image { validation::sure_bytes(model.as_deref(), MediaKind::Image) } else { None };
    bytes.map_or(f64::INFINITY, |bytes| bytes as f64)
}

/// Says how the platform shall encode an image that is too large; `fit.js` does it.
#[wasm_bindgen]
pub struct Fitter {
    fitting: Fitting,
    verdict: Verdict,
}

#[wasm_bindgen]
impl Fitter {
    /// For an image of so many pixels, which travels as this type now.
    #[wasm_bindgen(constructor)]
    pub fn new(mime: &str, width: f64, height: f64, max_bytes: f64) -> Fitter {
        let was_jpeg = MediaType::of_mime(mime).is_some_and(|media| media.format == Format::Jpeg);
        Fitter { fitting: Fitting::new(was_jpeg, width, height, max_bytes), verdict: Verdict::Again }
    }

    /// The type to encode it as.
    #[wasm_bindgen(getter, js_name = type)]
    pub fn mime(&self) -> String {
        MediaType { format: self.fitting.attempt().format }.mime().to_owned()
    }

    /// Pixels of a row to draw it with.
    #[wasm_bindgen(getter)]
    pub fn width(&self) -> f64 {
        self.fitting.attempt().width
    }

    /// Rows to draw it with.
    #[wasm_bindgen(getter)]
    pub fn height(&self) -> f64 {
        self.fitting.attempt().height
    }

    /// The encoder's quality.
    #[wasm_bindgen(getter)]
    pub fn quality(&self) -> f64 {
        self.fitting.attempt().quality
    }

    /// Takes what the encoder made: of what type it is, undefined where it made nothing, and how many bytes.
    pub fn judge(&mut self, mime: Option<String>, bytes: f64) {
        let is_asked_for = mime.is_some_and(|mime| mime == self.mime());
        self.verdict =
            self.fitting.judge(if is_asked_for { Outcome::Encoded { bytes } } else { Outcome::Failed });
    }

    /// Whether that is to be sent.
    #[wasm_bindgen(getter)]
    pub fn fits(&self) -> bool {
        self.verdict == Verdict::Fits
    }

    /// Why there is nothing more to try, to be read on from the file's place; undefined where there is.
    #[wasm_bindgen(getter)]
    pub fn refusal(&self) -> Option<String> {
        match self.verdict {
            Verdict::Fits | Verdict::Again => None,
            Verdict::TooLarge => {
                let mut text = "can't be made smaller than ".to_owned();
                push_digits(&mut text, self.fitting.max_bytes() as u64);
                text.push_str(" bytes");
                Some(text)
            }
            Verdict::CanNotEncode => {
                Some("can't be made smaller: the platform can't encode it, as WebP or as JPEG".to_owned())
            }
        }
    }
}
