//! The references, laid out as small framed pictures.

use super::super::random::SplitMix64;
use super::Thumbnail;
use super::caption::Caption;
use super::color::{Color, mix, oklch};

/// Tiles in one row before a second one starts.
const PER_ROW: usize = 5;
/// Share of the shorter side that a tile takes at most.
const TILE_SHARE: f32 = 0.30;
/// Share of a tile that its frame and the gap to the next one take.
const FRAME_SHARE: f32 = 0.045;
const GAP_SHARE: f32 = 0.14;
const FRAME: Color = [0.99, 0.99, 0.98];

/// One framed reference.
#[derive(Debug)]
struct Tile {
    x: f32,
    y: f32,
    width: f32,
    height: f32,
    frame: f32,
    content: Content,
}

#[derive(Debug)]
enum Content {
    Pixels { width: usize, height: usize, rgb: Vec<u8> },
    Label { color: Color, caption: Caption },
}

/// All of them.
#[derive(Debug, Default)]
pub struct Tiles {
    tiles: Vec<Tile>,
}

impl Tiles {
    /// Lays them out in the space above `bottom`.
    pub fn new(thumbnails: Vec<Thumbnail>, width: u32, bottom: u32) -> Self {
        let count = thumbnails.len();
        if count == 0 {
            return Self::default();
        }
        let (width, bottom) = (width as f32, bottom as f32);
        let rows = count.div_ceil(PER_ROW);
        let columns = count.div_ceil(rows);
        let step = (width * 0.94 / columns as f32).min(bottom * 0.94 / rows as f32);
        let side = (step / (1.0 + GAP_SHARE)).min(width.min(bottom) * TILE_SHARE);
        let step = side * (1.0 + GAP_SHARE);
        let tiles = thumbnails.into_iter().enumerate().map(|(n, thumbnail)| {
            let row = n.checked_div(columns).unwrap_or(0);
            let column = n.checked_rem(columns).unwrap_or(0);
            let in_row = columns.min(count.saturating_sub(row.saturating_mul(columns)));
            let left = (width - step * in_row as f32) / 2.0 + side * GAP_SHARE / 2.0;
            let up = bottom - step * (rows.saturating_sub(row)) as f32;
            Tile::new(thumbnail, left + step * column as f32, up, side)
        });
        Self { tiles: tiles.collect() }
    }

    /// Lays them over row `y`.
    pub fn paint_row(&self, y: u32, row: &mut [Color]) {
        for tile in &self.tiles {
            tile.paint_row(y as f32 + 0.5, row);
        }
    }
}

impl Tile {
    fn new(thumbnail: Thumbnail, left: f32, top: f32, side: f32) -> Self {
        let ratio = thumbnail.ratio().clamp(0.25, 4.0) as f32;
        let (width, height) = if ratio >= 1.0 { (side, side / ratio) } else { (side * ratio, side) };
        let content = match thumbnail {
            Thumbnail::Pixels { width, height, rgb } => {
                Content::Pixels { width: width as usize, height: height as usize, rgb }
            }
            Thumbnail::Label(label) => {
                let hue = SplitMix64::from_texts([label.as_str()]).unit() as f32;
                Content::Label {
                    color: oklch(0.6, 0.12, hue),
                    caption: Caption::new(&label, "", side as u32, side as u32),
                }
            }
        };
        Self {
            x: left + (side - width) / 2.0,
            y: top + (side - height) / 2.0,
            width,
            height,
            frame: side * FRAME_SHARE,
            content,
        }
    }

    fn paint_row(&self, y: f32, row: &mut [Color]) {
        let shadow = self.frame * 1.6;
        let v = y - self.y;
        if v < -shadow || v > self.height + shadow {
            return;
        }
        let from = (self.x - shadow).max(0.0) as usize;
        let to = (self.x + self.width + shadow).max(0.0) as usize;
        let span = row.get_mut(from..).unwrap_or_default();
        let inside = v >= self.frame && v < self.height - self.frame;
        for (n, pixel) in span.iter_mut().enumerate().take(to.saturating_sub(from)) {
            let u = from.saturating_add(n) as f32 + 0.5 - self.x;
            let outside = (-u).max(u - self.width).max(-v).max(v - self.height);
            if outside > 0.0 {
                let dark = 1.0 - outside / shadow;
                *pixel = mix(*pixel, [0.0; 3], 0.38 * dark.max(0.0) * dark.max(0.0));
            } else if inside && u >= self.frame && u < self.width - self.frame {
                *pixel = self.sample(u - self.frame, v - self.frame);
            } else {
                *pixel = FRAME;
            }
        }
        if let (true, Content::Label { caption, .. }) = (inside, &self.content) {
            let (from, to) =
                ((self.x + self.frame) as usize, (self.x + self.width - self.frame).max(0.0) as usize);
            if let Some(span) = row.get_mut(from..to.min(row.len())) {
                caption.paint_row((v - self.frame * 0.5) as u32, span);
            }
        }
    }

    fn sample(&self, u: f32, v: f32) -> Color {
        let Content::Pixels { width, height, rgb } = &self.content else {
            let Content::Label { color, .. } = &self.content else { return FRAME };
            return mix(*color, [1.0; 3], 0.25 * (1.0 - v / self.height));
        };
        let across = u / (self.width - 2.0 * self.frame) * *width as f32 - 0.5;
        let down = v / (self.height - 2.0 * self.frame) * *height as f32 - 0.5;
        let at = |x: usize, y: usize| -> Color {
            let (x, y) = (x.min(width.saturating_sub(1)), y.min(height.saturating_sub(1)));
            let start = y.saturating_mul(*width).saturating_add(x).saturating_mul(3);
            match rgb.get(start..) {
                Some([r, g, b, ..]) => [*r, *g, *b].map(|c| f32::from(c) / 255.0),
                _ => FRAME,
            }
        };
        let (x, y) = (across.max(0.0) as usize, down.max(0.0) as usize);
        let (fx, fy) = (across.max(0.0).fract(), down.max(0.0).fract());
        let (right, below) = (x.saturating_add(1), y.saturating_add(1));
        mix(mix(at(x, y), at(right, y), fx), mix(at(x, below), at(right, below), fx), fy)
    }
}
