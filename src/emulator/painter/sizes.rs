//! Which size and shape the parameters ask for, in every spelling of the catalogue.

use serde_json::{Map, Value};

use super::super::conventions::{
    AUTO_RATIO_MAX, DEFAULT_LONG_SIDE, RESOLUTIONS, SIDE_STEP, SQUARE_LONG_SIDE, VIDEO_LONG_SIDE,
};
use super::super::tables::ModelRow;

/// Parameters that may name a shape.
const SHAPE_KEYS: [&str; 5] = ["aspect_ratio", "aspectRatio", "image_size", "imageSize", "size"];
/// Parameters that may name a resolution.
const RESOLUTION_KEYS: [&str; 2] = ["resolution", "image_resolution"];

/// What a shape option asks for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Shape {
    /// Width over height.
    Ratio(f64),
    /// A square of half the usual side.
    SmallSquare,
    /// That of the first reference, else square.
    Follow,
    /// Exactly so many pixels.
    Pixels(u32, u32),
}

/// Reads one option; `None`: it names no shape.
pub fn shape(option: &str) -> Option<Shape> {
    let lower = option.to_ascii_lowercase();
    match lower.as_str() {
        "auto" | "adaptive" => return Some(Shape::Follow),
        "square" => return Some(Shape::SmallSquare),
        "square_hd" => return Some(Shape::Ratio(1.0)),
        "landscape" => return Some(Shape::Ratio(16.0 / 9.0)),
        "portrait" => return Some(Shape::Ratio(9.0 / 16.0)),
        _ => {}
    }
    let pair = |text: &str, separator: char| -> Option<(f64, f64)> {
        let (one, other) = text.split_once(separator)?;
        let (one, other) = (one.parse::<u32>().ok()?, other.parse::<u32>().ok()?);
        (one > 0 && other > 0).then_some((f64::from(one), f64::from(other)))
    };
    if let Some((long, short)) = lower.strip_prefix("landscape_").and_then(|rest| pair(rest, '_')) {
        return Some(Shape::Ratio(long / short));
    }
    if let Some((long, short)) = lower.strip_prefix("portrait_").and_then(|rest| pair(rest, '_')) {
        return Some(Shape::Ratio(short / long));
    }
    if let Some((width, height)) = pair(&lower, ':') {
        return Some(Shape::Ratio(width / height));
    }
    let (width, height) = pair(&lower, 'x').or_else(|| pair(&lower, '*'))?;
    Some(Shape::Pixels(width as u32, height as u32))
}

/// Width and height in pixels. `reference_ratio` is that of the first reference.
pub fn pixel_size(model: &ModelRow, params: &Map<String, Value>, reference_ratio: Option<f64>) -> (u32, u32) {
    let text = |key: &&str| model.param(params, key).and_then(Value::as_str);
    let long_side = RESOLUTION_KEYS
        .iter()
        .filter_map(text)
        .find_map(|word| RESOLUTIONS.iter().find(|(name, _)| *name == word))
        .map_or(DEFAULT_LONG_SIDE, |(_, side)| *side);
    let video = model.category == "video";
    let long_side = if video { VIDEO_LONG_SIDE } else { long_side };
    let fallback = if video { Shape::Ratio(16.0 / 9.0) } else { Shape::Ratio(1.0) };
    match SHAPE_KEYS.iter().filter_map(text).find_map(shape).unwrap_or(fallback) {
        Shape::Ratio(ratio) => sides(ratio, long_side),
        Shape::SmallSquare => {
            let share = f64::from(SQUARE_LONG_SIDE) / f64::from(DEFAULT_LONG_SIDE);
            sides(1.0, (f64::from(long_side) * share) as u32)
        }
        Shape::Follow => {
            let ratio = reference_ratio.unwrap_or(1.0).clamp(1.0 / AUTO_RATIO_MAX, AUTO_RATIO_MAX);
            sides(ratio, long_side)
        }
        Shape::Pixels(width, height) => (width, height),
    }
}

fn sides(ratio: f64, long_side: u32) -> (u32, u32) {
    let short = f64::from(long_side) * if ratio >= 1.0 { 1.0 / ratio } else { ratio };
    let step = f64::from(SIDE_STEP);
    let short = ((short / step).round() * step).max(step) as u32;
    if ratio >= 1.0 { (long_side, short) } else { (short, long_side) }
}

#[cfg(test)]
mod tests {
    use super::super::super::tables::{Catalogue, Control};
    use super::*;
    use serde_json::json;

    /// Options of keys above that name a quality, not a shape.
    const NO_SHAPES: [&str; 2] = ["standard", "high"];

    #[test]
    fn every_spelling_in_the_catalogue_is_understood() {
        let mut seen = 0;
        for model in Catalogue::get().models() {
            for row in &model.params {
                let Control::Select(options) = &row.control else { continue };
                let is_shape = SHAPE_KEYS.contains(&row.key.as_str());
                for option in
                    options.iter().filter(|option| is_shape && !NO_SHAPES.contains(&option.as_str()))
                {
                    let shape = shape(option).unwrap_or_else(|| panic!("{} {}={option}", model.id, row.key));
                    let mut params = Map::new();
                    params.insert(row.key.clone(), json!(option));
                    let (width, height) = pixel_size(model, &params, Some(2.0));
                    let ratio = match shape {
                        Shape::Ratio(ratio) => ratio,
                        Shape::SmallSquare => 1.0,
                        Shape::Follow => 2.0,
                        Shape::Pixels(w, h) => f64::from(w) / f64::from(h),
                    };
                    let error = (f64::from(width) / f64::from(height) / ratio - 1.0).abs();
                    assert!(error < 0.04, "{} {option}: {width}x{height}", model.id);
                    seen += 1;
                }
            }
        }
        assert!(seen > 150, "{seen}");
    }

    #[test]
    fn resolution_words_are_the_longer_side() {
        let model = Catalogue::get().model("nano-banana-2").unwrap();
        for (word, ratio, size) in [
            ("1K", "16:9", (1024, 576)),
            ("2K", "9:16", (1152, 2048)),
            ("4K", "1:1", (4096, 4096)),
            ("4K", "8:1", (4096, 512)),
            ("1K", "21:9", (1024, 438)),
        ] {
            let params = json!({ "resolution": word, "aspect_ratio": ratio });
            assert_eq!(pixel_size(model, params.as_object().unwrap(), None), size);
        }
    }

    #[test]
    fn auto_follows_the_first_reference_else_it_is_square() {
        let model = Catalogue::get().model("nano-banana-2").unwrap();
        assert_eq!(pixel_size(model, &Map::new(), Some(1.5)), (1024, 682));
        assert_eq!(pixel_size(model, &Map::new(), None), (1024, 1024));
        assert_eq!(pixel_size(model, &Map::new(), Some(100.0)), (1024, 128));
    }

    #[test]
    fn both_words_of_seedream_4_count() {
        let model = Catalogue::get().model("seedream-4-0").unwrap();
        let size = |params: Value| pixel_size(model, params.as_object().unwrap(), None);
        assert_eq!(size(json!({ "image_size": "square" })), (512, 512));
        assert_eq!(size(json!({ "image_size": "portrait_4_3", "image_resolution": "2K" })), (1536, 2048));
        assert_eq!(size(json!({})), (1024, 1024));
        assert_eq!(shape("1920x1080"), Some(Shape::Pixels(1920, 1080)));
        assert_eq!(shape("standard"), None);
    }
}
