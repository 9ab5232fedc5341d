//! References as small pictures.

use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageReader, Limits};
use js_sys::{Object, Promise, Reflect, Uint8Array};
use std::io::Cursor;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, ImageBitmap, OffscreenCanvas, OffscreenCanvasRenderingContext2d};

use super::super::checks::Reference;
use super::super::painter::{THUMBNAIL_SIDE, Thumbnail};
use super::platform::has_global;
use super::shared::Shared;
use crate::js::data::record;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = createImageBitmap, catch)]
    fn create_image_bitmap(blob: &Blob, options: &Object) -> Result<Promise, JsValue>;
}

/// Memory that decoding one reference may take where the platform cannot do it.
const DECODE_MAX_BYTES: u64 = 512 * 1_048_576;

/// What the platform shrinks to first, coarsely: its finer ways hold up a page for 80 ms over a photo of 30 megapixels
/// (measured in Chromium). The canvas does the rest, finely.
const COARSE_SIDE: u32 = 2 * THUMBNAIL_SIDE;

/// Decodes what was uploaded here; all else becomes a label.
pub(super) async fn of(shared: &Shared, references: &[Reference]) -> Vec<Thumbnail> {
    let mut thumbnails = Vec::with_capacity(references.len());
    for reference in references {
        let id = shared.world.with(|world| world.file_at(&reference.url).map(|file| file.id.clone()));
        let blob = id.and_then(|id| shared.uploads.with(|uploads| uploads.get(&id).cloned()));
        let decoded = match blob.filter(|_| reference.kind == "image") {
            Some(blob) => decode(&blob).await,
            None => None,
        };
        thumbnails.push(decoded.unwrap_or_else(|| Thumbnail::Label(label(reference))));
    }
    thumbnails
}

fn label(reference: &Reference) -> String {
    let last = reference.url.rsplit('/').next().unwrap_or_default();
    format!("{} {}", reference.kind, reference.name.as_deref().unwrap_or(last))
}

async fn decode(blob: &Blob) -> Option<Thumbnail> {
    // A page must not stand still while a large photo is decoded: the platform does it beside.
    if has_global("createImageBitmap") && has_global("OffscreenCanvas") {
        return decode_beside(blob).await.ok();
    }
    let bytes = JsFuture::from(blob.array_buffer()).await.ok()?;
    decode_here(Uint8Array::new(&bytes).to_vec())
}

async fn decode_beside(blob: &Blob) -> Result<Thumbnail, JsValue> {
    let options = record();
    Reflect::set(&options, &"resizeWidth".into(), &COARSE_SIDE.into())?;
    Reflect::set(&options, &"resizeQuality".into(), &"low".into())?;
    let bitmap: ImageBitmap = JsFuture::from(create_image_bitmap(blob, &options)?).await?.unchecked_into();
    let (width, height) = (bitmap.width(), bitmap.height());
    let shrink = f64::from(THUMBNAIL_SIDE) / f64::from(width.max(height).max(1));
    let scaled = |side: u32| ((f64::from(side) * shrink).round() as u32).max(1);
    let (width, height) = (scaled(width), scaled(height));
    let canvas = OffscreenCanvas::new(width, height)?;
    let context = canvas.get_context("2d")?.ok_or(JsValue::UNDEFINED)?;
    let context: OffscreenCanvasRenderingContext2d = context.unchecked_into();
    context.draw_image_with_image_bitmap_and_dw_and_dh(&bitmap, 0.0, 0.0, width.into(), height.into())?;
    bitmap.close();
    let pixels = context.get_image_data(0.0, 0.0, width.into(), height.into())?.data();
    let rgb = pixels.chunks_exact(4).flat_map(|rgba| rgba.iter().take(3).copied()).collect();
    Ok(Thumbnail::Pixels { width, height, rgb })
}

fn decode_here(bytes: Vec<u8>) -> Option<Thumbnail> {
    let mut reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format().ok()?;
    let mut limits = Limits::default();
    limits.max_alloc = Some(DECODE_MAX_BYTES);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().ok()?;
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut picture = DynamicImage::from_decoder(decoder).ok()?.thumbnail(THUMBNAIL_SIDE, THUMBNAIL_SIDE);
    picture.apply_orientation(orientation);
    let rgb = picture.to_rgb8();
    Some(Thumbnail::Pixels { width: rgb.width(), height: rgb.height(), rgb: rgb.into_raw() })
}
