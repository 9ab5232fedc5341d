//! What a request's results are to be.

use serde_json::{Map, Value};

use super::super::checks::Accepted;
use super::super::conventions::{SOUND_SECONDS_MAX, VIDEO_FRAMES_MAX, VIDEO_FRAMES_PER_SECOND};
use super::super::random::SplitMix64;
use super::super::tables::{Catalogue, ModelRow};
use super::canvas::Canvas;
use super::jpeg::JpegRender;
use super::png::PngRender;
use super::scene::SceneSpec;
use super::sizes::pixel_size;
use super::sound::SoundRender;
use super::video::VideoRender;
use super::{Render, RenderError, Thumbnail};

/// A model's count of pictures, where it has one.
const COUNT_KEY: &str = "max_images";
/// Parameters that name seconds.
const DURATION_KEYS: [&str; 3] = ["duration", "duration_seconds", "n_frames"];
/// Parameters that name a seed.
const SEED_KEYS: [&str; 2] = ["seed", "seeds"];
/// Seconds of a video that names none.
const DEFAULT_VIDEO_SECONDS: f64 = 5.0;
/// Seconds of sound that a word takes, where no length is named.
const SECONDS_PER_WORD: f64 = 0.4;

/// File extensions of a request's results, in order.
pub fn result_extensions(model: &ModelRow, params: &Map<String, Value>) -> Vec<&'static str> {
    let count = model.param(params, COUNT_KEY).and_then(Value::as_u64).unwrap_or(1).max(1);
    vec![extension(model, params); usize::try_from(count).unwrap_or(1)]
}

fn extension(model: &ModelRow, params: &Map<String, Value>) -> &'static str {
    match model.category.as_str() {
        "video" => "mp4",
        "audio" => "wav",
        _ => {
            let asked = ["output_format", "outputFormat"].iter().find_map(|key| model.param(params, key));
            if matches!(asked.and_then(Value::as_str), Some("jpg" | "jpeg")) { "jpg" } else { "png" }
        }
    }
}

/// The type of a file with such an extension.
pub fn content_type(extension: &str) -> &'static str {
    match extension {
        "jpg" => "image/jpeg",
        "mp4" => "video/mp4",
        "wav" => "audio/wav",
        _ => "image/png",
    }
}

/// Starts painting the n-th result of a request.
pub fn start(
    request: &Accepted,
    index: usize,
    thumbnails: Vec<Thumbnail>,
) -> Result<Box<dyn Render>, RenderError> {
    let gone = || RenderError(format!("there is no model {}", request.model));
    let model = Catalogue::get().model(&request.model).ok_or_else(gone)?;
    let reference_ratio = thumbnails.first().map(Thumbnail::ratio);
    let (width, height) = pixel_size(model, &request.params, reference_ratio);
    let text = spoken_text(request);
    let spec = SceneSpec { prompt: text.clone(), seed: seed(request, index), width, height };
    let seconds = DURATION_KEYS.iter().find_map(|key| number(model.param(&request.params, key)?));
    Ok(match extension(model, &request.params) {
        "wav" => {
            let words = text.split_whitespace().count().max(4) as f64;
            let seconds = seconds.unwrap_or(words * SECONDS_PER_WORD).clamp(0.5, SOUND_SECONDS_MAX);
            Box::new(SoundRender::new(&spec, seconds)?)
        }
        "mp4" => {
            let seconds = seconds.unwrap_or(DEFAULT_VIDEO_SECONDS).max(1.0);
            let wanted = (seconds * f64::from(VIDEO_FRAMES_PER_SECOND)) as u32;
            Box::new(VideoRender::new(spec, seconds, wanted.clamp(2, VIDEO_FRAMES_MAX)))
        }
        "jpg" => Box::new(JpegRender::new(Canvas::new(&spec, &request.model, thumbnails))),
        _ => Box::new(PngRender::new(Canvas::new(&spec, &request.model, thumbnails))?),
    })
}

fn number(value: &Value) -> Option<f64> {
    value.as_f64().or_else(|| value.as_str()?.parse().ok())
}

fn spoken_text(request: &Accepted) -> String {
    let lines = request.params.get("dialogue").and_then(Value::as_array);
    let lines =
        lines.map(|lines| lines.iter().filter_map(|line| line.get("text")?.as_str()).collect::<Vec<_>>());
    lines.map_or_else(|| request.prompt.clone(), |lines| lines.join(" "))
}

/// The same request makes the same picture: the seed comes from model, prompt, seed parameter and number alone.
fn seed(request: &Accepted, index: usize) -> u64 {
    let asked =
        SEED_KEYS.iter().find_map(|key| request.params.get(*key)).map(Value::to_string).unwrap_or_default();
    SplitMix64::from_texts([&*request.model, &*spoken_text(request), &*asked, &*index.to_string()]).next_u64()
}

#[cfg(test)]
mod tests {
    use super::super::render_whole;
    use super::*;
    use serde_json::json;

    fn request(model: &str, prompt: &str, params: Value) -> Accepted {
        let params = params.as_object().unwrap().clone();
        Accepted { model: model.into(), prompt: prompt.into(), params, references: vec![] }
    }

    fn painted(model: &str, prompt: &str, params: Value, thumbnails: Vec<Thumbnail>) -> Vec<u8> {
        render_whole(start(&request(model, prompt, params), 0, thumbnails).unwrap())
    }

    fn dot(rgb: [u8; 3], width: u32, height: u32) -> Thumbnail {
        let bytes = width.saturating_mul(height).saturating_mul(3) as usize;
        Thumbnail::Pixels { width, height, rgb: rgb.into_iter().cycle().take(bytes).collect() }
    }

    #[test]
    fn formats_are_those_that_the_parameters_name() {
        let table = [
            ("nano-banana-2", json!({}), "jpg"),
            ("nano-banana-2", json!({ "output_format": "png" }), "png"),
            ("nano-banana", json!({ "output_format": "jpeg" }), "jpg"),
            ("flux-kontext-pro", json!({}), "jpg"),
            ("flux-kontext-pro", json!({ "outputFormat": "png" }), "png"),
            ("z-image", json!({}), "png"),
            ("kling-2-6", json!({}), "mp4"),
            ("suno-music", json!({}), "wav"),
            ("elevenlabs-sound-effect-v2", json!({ "output_format": "mp3_44100_64" }), "wav"),
        ];
        for (model, params, extension) in table {
            let model = Catalogue::get().model(model).unwrap();
            assert_eq!(result_extensions(model, params.as_object().unwrap()), [extension], "{}", model.id);
        }
        let model = Catalogue::get().model("seedream-4-0").unwrap();
        assert_eq!(result_extensions(model, json!({ "max_images": 4 }).as_object().unwrap()).len(), 4);
    }

    #[test]
    fn the_same_request_makes_the_same_bytes_and_another_prompt_another_picture() {
        let paint = |prompt: &str, params: Value| painted("nano-banana-2", prompt, params, vec![]);
        assert_eq!(paint("a red fox", json!({})), paint("a red fox", json!({})));
        assert_ne!(paint("a red fox", json!({})), paint("a blue fox", json!({})));
        let seeded = |seed: u32| painted("qwen2-image", "a fox", json!({ "seed": seed }), vec![]);
        assert_ne!(seeded(1), seeded(2));
        let request = request("seedream-4-0", "a fox", json!({}));
        let nth = |n: usize| render_whole(start(&request, n, vec![]).unwrap());
        assert_ne!(nth(0), nth(1));
    }

    #[test]
    fn pictures_open_with_the_asked_size_in_the_asked_format() {
        for (params, size, format) in [
            (json!({ "aspect_ratio": "16:9" }), (1024, 576), image::ImageFormat::Jpeg),
            (json!({ "aspect_ratio": "1:8" }), (128, 1024), image::ImageFormat::Jpeg),
            (json!({ "aspect_ratio": "21:9", "output_format": "png" }), (1024, 438), image::ImageFormat::Png),
            (json!({ "resolution": "2K", "output_format": "png" }), (2048, 1024), image::ImageFormat::Png),
        ] {
            let bytes = painted("nano-banana-2", "a lighthouse", params, vec![dot([255, 0, 0], 20, 10)]);
            assert_eq!(image::guess_format(&bytes).unwrap(), format);
            let picture = image::load_from_memory(&bytes).unwrap();
            assert_eq!((picture.width(), picture.height()), size);
        }
    }

    #[test]
    fn references_are_visible_in_the_picture() {
        let red = [250, 10, 20];
        let count_red = |thumbnails: Vec<Thumbnail>| {
            let bytes = painted(
                "nano-banana-2",
                "calm sea",
                json!({ "output_format": "png", "aspect_ratio": "1:1" }),
                thumbnails,
            );
            let picture = image::load_from_memory(&bytes).unwrap().to_rgb8();
            picture.pixels().filter(|p| p.0.iter().zip(red).all(|(a, b)| a.abs_diff(b) < 6)).count()
        };
        assert_eq!(count_red(vec![]), 0);
        let one = count_red(vec![dot(red, 64, 64)]);
        assert!(one > 5_000, "{one} red pixels");
        assert!(
            count_red(vec![dot(red, 64, 64), Thumbnail::Label("clip.mp4".into()), dot(red, 30, 60)]) > one
        );
    }

    #[test]
    fn png_and_jpeg_of_one_request_show_the_same_picture() {
        let open = |format: &str| {
            let params = json!({ "output_format": format, "aspect_ratio": "4:5" });
            let bytes = painted("nano-banana-2", "dunes at dusk", params, vec![dot([30, 90, 200], 50, 50)]);
            image::load_from_memory(&bytes).unwrap().to_rgb8()
        };
        let (png, jpeg) = (open("png"), open("jpg"));
        assert_eq!(png.dimensions(), jpeg.dimensions());
        let sum: u64 = png.as_raw().iter().zip(jpeg.as_raw()).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
        let mean = sum as f64 / png.as_raw().len() as f64;
        assert!(mean < 2.0, "mean difference {mean}");
    }
}
