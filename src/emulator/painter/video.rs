//! Videos: a moving scene in MP4, its H.264 frames stored unpacked (I_PCM), which every decoder takes and which needs
//! no encoder.

use less_avc::ycbcr_image::{DataPlane, Planes, YCbCrImage};
use less_avc::{BitDepth, LessEncoder};
use muxide::api::{Muxer, MuxerBuilder, VideoCodec};

use super::canvas::Canvas;
use super::scene::{Scene, SceneSpec};
use super::sink::Sink;
use super::{Render, RenderError};

/// Sides of a macroblock, to which planes are padded.
const MACROBLOCK: u32 = 16;
/// How far the scene moves in one second.
const PACE: f32 = 0.5;

/// A video that is written as MP4.
pub struct VideoRender {
    spec: SceneSpec,
    frames: u32,
    frames_per_second: f64,
    next: u32,
    encoder: Option<LessEncoder>,
    muxer: Option<Muxer<Sink>>,
    sink: Sink,
}

/// One frame's planes, full range BT.601, chroma at half the size.
struct Frame {
    stride: usize,
    luma: Vec<u8>,
    blue: Vec<u8>,
    red: Vec<u8>,
}

impl VideoRender {
    /// Starts it: so many frames over so many seconds.
    pub fn new(spec: SceneSpec, seconds: f64, frames: u32) -> Self {
        let frames_per_second = f64::from(frames) / seconds;
        Self { spec, frames, frames_per_second, next: 0, encoder: None, muxer: None, sink: Sink::default() }
    }

    fn frame(&self) -> Frame {
        let time = (f64::from(self.next) / self.frames_per_second) as f32 * PACE;
        let mut canvas = Canvas::of_scene(&self.spec, Scene::new(&self.spec, time));
        let mut rgb = Vec::new();
        canvas.paint_rows(self.spec.height, &mut rgb);
        Frame::from_rgb(&rgb, self.spec.width as usize, self.spec.height as usize)
    }
}

impl Frame {
    fn from_rgb(rgb: &[u8], width: usize, height: usize) -> Self {
        let stride = width.next_multiple_of(MACROBLOCK as usize);
        let rows = height.next_multiple_of(MACROBLOCK as usize);
        let at = |x: usize, y: usize| -> [f32; 3] {
            let (x, y) = (x.min(width.saturating_sub(1)), y.min(height.saturating_sub(1)));
            let start = y.saturating_mul(width).saturating_add(x).saturating_mul(3);
            match rgb.get(start..) {
                Some([r, g, b, ..]) => [*r, *g, *b].map(f32::from),
                _ => [0.0; 3],
            }
        };
        let plane = |step: usize, convert: fn([f32; 3]) -> f32| -> Vec<u8> {
            let ys = (0..rows).step_by(step);
            ys.flat_map(|y| (0..stride).step_by(step).map(move |x| (x, y)))
                .map(|(x, y)| convert(at(x, y)).round() as u8)
                .collect()
        };
        Self {
            stride,
            luma: plane(1, |[r, g, b]| 0.299 * r + 0.587 * g + 0.114 * b),
            blue: plane(2, |[r, g, b]| 128.0 - 0.168_736 * r - 0.331_264 * g + 0.5 * b),
            red: plane(2, |[r, g, b]| 128.0 + 0.5 * r - 0.418_688 * g - 0.081_312 * b),
        }
    }

    fn as_image(&self, width: u32, height: u32) -> YCbCrImage<'_> {
        let plane = |data, stride| DataPlane { data, stride, bit_depth: BitDepth::Depth8 };
        let planes = (
            plane(&self.luma, self.stride),
            plane(&self.blue, self.stride / 2),
            plane(&self.red, self.stride / 2),
        );
        YCbCrImage { planes: Planes::YCbCr(planes), width, height }
    }
}

impl Render for VideoRender {
    fn step(&mut self, out: &mut Vec<u8>) -> Result<bool, RenderError> {
        let (width, height) = (self.spec.width, self.spec.height);
        let frame = self.frame();
        let image = frame.as_image(width, height);
        let data = match &mut self.encoder {
            Some(encoder) => encoder.encode(&image).map_err(RenderError::of)?.to_annex_b_data(),
            None => {
                let (initial, encoder) = LessEncoder::new(&image).map_err(RenderError::of)?;
                self.encoder = Some(encoder);
                let units = initial.into_iter().map(|unit| unit.to_annex_b_data());
                units.collect::<Vec<_>>().concat()
            }
        };
        if self.muxer.is_none() {
            let builder = MuxerBuilder::new(self.sink.clone());
            let builder = builder.video(VideoCodec::H264, width, height, self.frames_per_second);
            self.muxer = Some(builder.build().map_err(RenderError::of)?);
        }
        let seconds = f64::from(self.next) / self.frames_per_second;
        if let Some(muxer) = &mut self.muxer {
            muxer.write_video(seconds, &data, true).map_err(RenderError::of)?;
        }
        self.next = self.next.saturating_add(1);
        let done = self.next >= self.frames;
        if done && let Some(muxer) = self.muxer.take() {
            muxer.finish().map_err(RenderError::of)?;
            out.append(&mut self.sink.0.borrow_mut());
        }
        Ok(done)
    }
}

#[cfg(test)]
mod tests {
    use super::super::render_whole;
    use super::*;

    #[test]
    fn a_video_is_an_mp4_file_with_its_frames() {
        let spec = SceneSpec { prompt: "sea".into(), seed: 4, width: 256, height: 144 };
        let bytes = render_whole(Box::new(VideoRender::new(spec, 2.0, 6)));
        assert_eq!(infer::get(&bytes).unwrap().mime_type(), "video/mp4");
        let frame_bytes = 256 * 144 * 3 / 2;
        assert!(bytes.len() > 6 * frame_bytes && bytes.len() < 7 * frame_bytes, "{}", bytes.len());
    }
}
