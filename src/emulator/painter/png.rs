//! PNG, a few rows at a time.

use std::io::Write;

use super::canvas::Canvas;
use super::sink::Sink;
use super::{Render, RenderError};

/// Rows of one step: at 4,096 columns still only some milliseconds.
const ROWS: u32 = 8;

/// A picture that is written as PNG.
pub struct PngRender {
    canvas: Canvas,
    writer: Option<png::StreamWriter<'static, Sink>>,
    sink: Sink,
    rgb: Vec<u8>,
}

impl PngRender {
    /// Writes the header.
    pub fn new(canvas: Canvas) -> Result<Self, RenderError> {
        let sink = Sink::default();
        let mut encoder = png::Encoder::new(sink.clone(), canvas.width(), canvas.height());
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.set_compression(png::Compression::Fast);
        let writer =
            encoder.write_header().and_then(png::Writer::into_stream_writer).map_err(RenderError::of)?;
        Ok(Self { canvas, writer: Some(writer), sink, rgb: Vec::new() })
    }
}

impl Render for PngRender {
    fn step(&mut self, out: &mut Vec<u8>) -> Result<bool, RenderError> {
        self.canvas.paint_rows(ROWS, &mut self.rgb);
        if let Some(writer) = &mut self.writer {
            writer.write_all(&self.rgb).map_err(RenderError::of)?;
        }
        if self.canvas.is_done()
            && let Some(writer) = self.writer.take()
        {
            writer.finish().map_err(RenderError::of)?;
        }
        out.append(&mut self.sink.0.borrow_mut());
        Ok(self.canvas.is_done())
    }
}
