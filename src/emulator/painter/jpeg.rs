//! JPEG, a strip at a time.
//!
//! The encoder of the `image` crate takes whole pictures and would block a page for seconds at 4K. So each strip is
//! encoded as a picture of its own, and the strips' entropy-coded data are joined with restart markers (ITU-T T.81,
//! B.2.4.4 and F.1.1.5.2): a restart resets what one strip's coding would need to know of the one before.

use image::ExtendedColorType;
use image::codecs::jpeg::JpegEncoder;

use super::canvas::Canvas;
use super::{Render, RenderError};

/// Rows of a strip; a multiple of the 8 rows of an MCU (the encoder does not subsample).
const STRIP_ROWS: u32 = 16;
const MCU_SIDE: u32 = 8;
const QUALITY: u8 = 90;

const SOF0: u8 = 0xC0;
const RST0: u8 = 0xD0;
const EOI: [u8; 2] = [0xFF, 0xD9];
const SOS: u8 = 0xDA;
const DRI: u8 = 0xDD;

/// A picture that is written as JPEG.
pub struct JpegRender {
    canvas: Canvas,
    strips: u32,
    rgb: Vec<u8>,
}

impl JpegRender {
    /// Starts it.
    pub fn new(canvas: Canvas) -> Self {
        Self { canvas, strips: 0, rgb: Vec::new() }
    }

    fn restart_interval(&self) -> u32 {
        self.canvas.width().div_ceil(MCU_SIDE).saturating_mul(STRIP_ROWS / MCU_SIDE)
    }
}

impl Render for JpegRender {
    fn step(&mut self, out: &mut Vec<u8>) -> Result<bool, RenderError> {
        let rows = self.canvas.paint_rows(STRIP_ROWS, &mut self.rgb);
        let mut strip = Vec::new();
        JpegEncoder::new_with_quality(&mut strip, QUALITY)
            .encode(&self.rgb, self.canvas.width(), rows, ExtendedColorType::Rgb8)
            .map_err(RenderError::of)?;
        let (header, data) = split(&strip).ok_or_else(|| RenderError("a strip is no JPEG".into()))?;
        match self.strips.checked_sub(1) {
            None => {
                let interval = u16::try_from(self.restart_interval()).map_err(RenderError::of)?;
                let height = u16::try_from(self.canvas.height()).map_err(RenderError::of)?;
                write_header(header, height, interval, out)
                    .ok_or_else(|| RenderError("no frame header".into()))?;
            }
            Some(before) => out.extend([0xFF, RST0 | u8::try_from(before % 8).unwrap_or(0)]),
        }
        out.extend_from_slice(data);
        self.strips = self.strips.saturating_add(1);
        if self.canvas.is_done() {
            out.extend(EOI);
        }
        Ok(self.canvas.is_done())
    }
}

/// A strip's segments up to its scan header, that included, and its entropy-coded data.
fn split(strip: &[u8]) -> Option<(&[u8], &[u8])> {
    let (_, start) = segments(strip).find(|(marker, _)| *marker == SOS)?;
    let end = segment_end(strip, start)?;
    let (header, data) = strip.split_at_checked(end)?;
    Some((header, data.strip_suffix(&EOI)?))
}

/// Copies the first strip's header with the whole picture's height and the restart interval before the scan.
fn write_header(header: &[u8], height: u16, interval: u16, out: &mut Vec<u8>) -> Option<()> {
    let (_, frame) = segments(header).find(|(marker, _)| *marker == SOF0)?;
    let (_, scan) = segments(header).find(|(marker, _)| *marker == SOS)?;
    let mut header = header.to_vec();
    // Marker (2), length (2), precision (1), height (2).
    let at = frame.checked_add(5)?;
    header.get_mut(at..at.checked_add(2)?)?.copy_from_slice(&height.to_be_bytes());
    let [high, low] = interval.to_be_bytes();
    header.splice(scan..scan, [0xFF, DRI, 0, 4, high, low]);
    out.extend(header);
    Some(())
}

/// Marker and position of each segment after SOI, up to the scan.
fn segments(bytes: &[u8]) -> impl Iterator<Item = (u8, usize)> {
    let mut next = Some(2_usize);
    std::iter::from_fn(move || {
        let at = next?;
        let [0xFF, marker] = *bytes.get(at..at.checked_add(2)?)? else { return None };
        next = if marker == SOS { None } else { segment_end(bytes, at) };
        Some((marker, at))
    })
}

fn segment_end(bytes: &[u8], at: usize) -> Option<usize> {
    let from = at.checked_add(2)?;
    let [high, low] = *bytes.get(from..from.checked_add(2)?)? else { return None };
    from.checked_add(usize::from(u16::from_be_bytes([high, low])))
}

#[cfg(test)]
mod tests {
    use super::super::render_whole;
    use super::super::scene::SceneSpec;
    use super::*;

    #[test]
    fn strips_join_to_one_picture_whatever_the_height() {
        for (width, height) in [(64, 16), (50, 17), (33, 200), (300, 301), (8, 8), (1, 1)] {
            let spec = SceneSpec { prompt: "green hills".into(), seed: 9, width, height };
            let mut canvas = Canvas::new(&spec, "m", vec![]);
            let mut painted = Vec::new();
            canvas.paint_rows(height, &mut painted);
            let bytes = render_whole(Box::new(JpegRender::new(Canvas::new(&spec, "m", vec![]))));
            let opened =
                image::load_from_memory_with_format(&bytes, image::ImageFormat::Jpeg).unwrap().to_rgb8();
            assert_eq!(opened.dimensions(), (width, height));
            let sum: u64 = opened.as_raw().iter().zip(&painted).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
            let mean = sum as f64 / painted.len() as f64;
            assert!(mean < 6.0, "{width}x{height}: mean difference {mean}");
        }
    }
}
