//! A whole picture, painted row by row from top to bottom: scene, references, caption.

use super::Thumbnail;
use super::caption::Caption;
use super::color::Color;
use super::scene::{Scene, SceneSpec};
use super::tiles::Tiles;

/// Ordered dithering (Bayer 4 x 4) hides the steps of soft gradients and still packs well.
const DITHER: [[f32; 4]; 4] =
    [[0.0, 8.0, 2.0, 10.0], [12.0, 4.0, 14.0, 6.0], [3.0, 11.0, 1.0, 9.0], [15.0, 7.0, 13.0, 5.0]];

/// The picture.
#[derive(Debug)]
pub struct Canvas {
    width: u32,
    height: u32,
    next_row: u32,
    scene: Scene,
    tiles: Tiles,
    caption: Caption,
    row: Vec<Color>,
}

impl Canvas {
    /// Lays it out; `signature` is the caption's last line.
    pub fn new(spec: &SceneSpec, signature: &str, thumbnails: Vec<Thumbnail>) -> Self {
        let caption = Caption::new(&spec.prompt, signature, spec.width, spec.height);
        Self {
            width: spec.width,
            height: spec.height,
            next_row: 0,
            scene: Scene::new(spec, 0.0),
            tiles: Tiles::new(thumbnails, spec.width, caption.top()),
            caption,
            row: vec![[0.0; 3]; spec.width as usize],
        }
    }

    /// The scene alone.
    pub fn of_scene(spec: &SceneSpec, scene: Scene) -> Self {
        let plain = SceneSpec { prompt: String::new(), ..spec.clone() };
        Self { scene, ..Self::new(&plain, "", Vec::new()) }
    }

    /// Columns.
    pub fn width(&self) -> u32 {
        self.width
    }

    /// Rows.
    pub fn height(&self) -> u32 {
        self.height
    }

    /// Whether all rows are painted.
    pub fn is_done(&self) -> bool {
        self.next_row >= self.height
    }

    /// Paints up to `count` further rows, three bytes a pixel, into `rgb`, which it empties first. Answers how many.
    pub fn paint_rows(&mut self, count: u32, rgb: &mut Vec<u8>) -> u32 {
        rgb.clear();
        let from = self.next_row;
        let to = from.saturating_add(count).min(self.height);
        for y in from..to {
            self.scene.paint_row(y, &mut self.row);
            self.tiles.paint_row(y, &mut self.row);
            self.caption.paint_row(y, &mut self.row);
            let dither = DITHER.iter().cycle().nth((y % 4) as usize).into_iter().flatten().cycle();
            for (pixel, step) in self.row.iter().zip(dither) {
                rgb.extend(pixel.map(|c| (c * 255.0 + step / 16.0) as u8));
            }
        }
        self.next_row = to;
        to.saturating_sub(from)
    }
}
