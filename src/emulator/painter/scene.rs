//! The picture behind the references: hills, orbs or ribbons, chosen and coloured by the prompt.

use super::super::random::SplitMix64;
use super::color::{Color, mix, oklch, smoothstep};

/// Words that pull the palette to a hue (in turns of OKLCH).
const HUES: [(&str, f32); 22] = [
    ("red", 0.08),
    ("rose", 0.03),
    ("fire", 0.10),
    ("autumn", 0.13),
    ("orange", 0.16),
    ("sunset", 0.12),
    ("gold", 0.24),
    ("yellow", 0.27),
    ("sand", 0.22),
    ("desert", 0.20),
    ("banana", 0.27),
    ("green", 0.39),
    ("forest", 0.41),
    ("jungle", 0.40),
    ("mint", 0.47),
    ("teal", 0.54),
    ("sea", 0.62),
    ("ocean", 0.65),
    ("blue", 0.71),
    ("violet", 0.82),
    ("purple", 0.84),
    ("pink", 0.97),
];
/// Words that make it dark.
const NIGHT: [&str; 6] = ["night", "dark", "midnight", "moon", "space", "stars"];

/// What a picture is made from.
#[derive(Debug, Clone)]
pub struct SceneSpec {
    /// Its text.
    pub prompt: String,
    /// Decides everything that the text leaves open.
    pub seed: u64,
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
}

/// A picture that can be painted row by row.
#[derive(Debug)]
pub struct Scene {
    width: f32,
    height: f32,
    sky: [Color; 3],
    tilt: f32,
    glow: Glow,
    layers: Vec<Layer>,
    discs: Vec<Disc>,
}

#[derive(Debug)]
struct Glow {
    x: f32,
    y: f32,
    radius: f32,
    color: Color,
}

/// Everything below a curve, or a band along it.
#[derive(Debug)]
struct Layer {
    curve: Vec<f32>,
    top: f32,
    /// Half the band's width; `None`: filled to the bottom.
    band: Option<f32>,
    color: Color,
    fade: Color,
    opacity: f32,
}

#[derive(Debug)]
struct Disc {
    x: f32,
    y: f32,
    radius: f32,
    ring: f32,
    color: Color,
    opacity: f32,
}

struct Palette {
    hue: f32,
    spread: f32,
    dark: bool,
}

impl Palette {
    fn of(prompt: &str, random: &mut SplitMix64) -> Self {
        let lower = prompt.to_lowercase();
        let said = lower.split(|c: char| !c.is_alphanumeric());
        let hue =
            said.clone().find_map(|word| HUES.iter().find(|(name, _)| *name == word)).map(|(_, hue)| *hue);
        let dark = said.clone().any(|word| NIGHT.contains(&word)) || (hue.is_none() && random.unit() < 0.25);
        let hue = hue.unwrap_or(random.unit() as f32) + random.between(-0.02, 0.02);
        let side = if random.unit() < 0.5 { -1.0 } else { 1.0 };
        Self { hue, spread: side * random.between(0.08, 0.22), dark }
    }

    /// A colour from the palette: `at` runs from its first hue (0) to its second (1).
    fn color(&self, lightness: f32, chroma: f32, at: f32) -> Color {
        let lightness = if self.dark { lightness * 0.72 } else { lightness };
        oklch(lightness, chroma, self.hue + self.spread * at)
    }
}

impl Scene {
    /// Lays it out. `time` moves it, for videos; 0 for a picture.
    pub fn new(spec: &SceneSpec, time: f32) -> Self {
        let mut random = SplitMix64::new(spec.seed);
        let palette = Palette::of(&spec.prompt, &mut random);
        let (width, height) = (spec.width as f32, spec.height as f32);
        let style = random.below(3);
        let sky = match style {
            0 => [
                palette.color(0.62, 0.12, 0.0),
                palette.color(0.80, 0.10, 0.6),
                palette.color(0.93, 0.06, 1.0),
            ],
            _ => [
                palette.color(0.46, 0.13, 0.0),
                palette.color(0.62, 0.14, 0.6),
                palette.color(0.82, 0.10, 1.2),
            ],
        };
        let short = width.min(height);
        let glow = Glow {
            x: width * (random.between(0.2, 0.8) + 0.02 * time),
            y: height * if style == 0 { random.between(0.18, 0.42) } else { random.between(0.1, 0.9) },
            radius: if style == 0 { short * random.between(0.06, 0.11) } else { 0.0 },
            color: palette.color(0.97, 0.05, 1.0),
        };
        let mut scene = Self { width, height, sky, tilt: 0.0, glow, layers: Vec::new(), discs: Vec::new() };
        match style {
            0 => scene.add_hills(&palette, &mut random, time),
            1 => scene.add_orbs(&palette, &mut random, time),
            _ => scene.add_ribbons(&palette, &mut random, time),
        }
        scene
    }

    fn curve(&self, base: f32, swing: f32, waves: f32, shift: f32, random: &mut SplitMix64) -> Vec<f32> {
        let parts: Vec<(f32, f32, f32)> = [(1.0, 1.0), (2.3, 0.45), (5.1, 0.18), (11.7, 0.05)]
            .into_iter()
            .map(|(frequency, share)| {
                (frequency * waves, share * swing, random.between(0.0, std::f32::consts::TAU))
            })
            .collect();
        (0..self.width as u32)
            .map(|x| {
                let turn = x as f32 / self.width.max(self.height) * std::f32::consts::TAU;
                base + parts
                    .iter()
                    .map(|(f, share, phase)| share * (turn * f + phase + shift).sin())
                    .sum::<f32>()
            })
            .collect()
    }

    fn push_layer(&mut self, curve: Vec<f32>, band: Option<f32>, color: Color, fade: Color, opacity: f32) {
        let top = curve.iter().copied().fold(f32::INFINITY, f32::min) - band.unwrap_or(0.0) - 1.0;
        self.layers.push(Layer { curve, top, band, color, fade, opacity });
    }

    fn add_hills(&mut self, palette: &Palette, random: &mut SplitMix64, time: f32) {
        let count = 5_u8;
        for n in 0..count {
            let near = f32::from(n) / f32::from(count - 1);
            let base = self.height * (0.46 + 0.40 * near);
            let swing = self.height * random.between(0.03, 0.08);
            let curve = self.curve(base, swing, random.between(0.6, 1.6), time * (0.15 + near), random);
            let color = palette.color(0.74 - 0.48 * near, 0.08 + 0.03 * near, 1.0 - near);
            let fade = mix(color, palette.color(0.90, 0.05, 1.0), 0.45 * (1.0 - near));
            self.push_layer(curve, None, color, fade, 1.0);
        }
    }

    fn add_orbs(&mut self, palette: &Palette, random: &mut SplitMix64, time: f32) {
        self.tilt = random.between(-0.6, 0.6);
        let short = self.width.min(self.height);
        for n in 0..16_u8 {
            let drift = time * random.between(-0.25, 0.25);
            let radius = short * random.between(0.05, 0.30);
            let ring = if n % 4 == 3 { short * random.between(0.004, 0.010) } else { 0.0 };
            self.discs.push(Disc {
                x: self.width * (random.unit() as f32 + drift * 0.3),
                y: self.height * (random.unit() as f32 - drift * 0.3),
                radius,
                ring,
                color: palette.color(
                    random.between(0.55, 0.95),
                    random.between(0.08, 0.17),
                    random.between(-0.6, 1.6),
                ),
                opacity: if ring > 0.0 { 0.8 } else { random.between(0.25, 0.6) },
            });
        }
    }

    fn add_ribbons(&mut self, palette: &Palette, random: &mut SplitMix64, time: f32) {
        self.tilt = random.between(-0.3, 0.3);
        let waves = random.between(0.5, 1.1);
        let count = 8_u8;
        for n in 0..count {
            let at = f32::from(n) / f32::from(count - 1);
            let base = self.height * (0.06 + 0.88 * at);
            let swing = self.height * random.between(0.05, 0.13);
            let curve = self.curve(base, swing, waves, time * 0.6 + at * 0.9, random);
            let band = self.height * random.between(0.035, 0.095);
            let color = palette.color(random.between(0.55, 0.90), random.between(0.10, 0.17), at * 1.8 - 0.4);
            let fade = mix(color, palette.color(0.35, 0.10, at), 0.55);
            self.push_layer(curve, Some(band), color, fade, 0.85);
        }
    }

    /// Paints row `y` into `row`, one colour a column.
    pub fn paint_row(&self, y: u32, row: &mut [Color]) {
        let y = y as f32 + 0.5;
        self.paint_sky(y, row);
        for layer in self.layers.iter().filter(|layer| y >= layer.top) {
            paint_layer(layer, y, self.height, row);
        }
        for disc in &self.discs {
            paint_disc(disc, y, row);
        }
    }

    fn paint_sky(&self, y: f32, row: &mut [Color]) {
        let [top, middle, bottom] = self.sky;
        let reach = self.width.min(self.height) * 0.75;
        let dy = y - self.glow.y;
        for (x, pixel) in row.iter_mut().enumerate() {
            let x = x as f32 + 0.5;
            let t = (y / self.height + self.tilt * (x / self.width - 0.5)).clamp(0.0, 1.0);
            let base = if t < 0.5 { mix(top, middle, t * 2.0) } else { mix(middle, bottom, t * 2.0 - 1.0) };
            let dx = x - self.glow.x;
            let distance = (dx * dx + dy * dy).sqrt();
            let halo = (1.0 - distance / reach).max(0.0);
            let disc = if self.glow.radius > 0.0 {
                (self.glow.radius - distance + 0.5).clamp(0.0, 1.0)
            } else {
                0.0
            };
            *pixel = mix(base, self.glow.color, (halo * halo * 0.55).max(disc));
        }
    }
}

fn paint_layer(layer: &Layer, y: f32, height: f32, row: &mut [Color]) {
    for (pixel, edge) in row.iter_mut().zip(&layer.curve) {
        let below = y - edge;
        let (cover, depth) = match layer.band {
            None => ((below + 0.5).clamp(0.0, 1.0), (below / (height * 0.45)).clamp(0.0, 1.0)),
            Some(half) => {
                ((half - below.abs() + 0.5).clamp(0.0, 1.0), (below / half * 0.5 + 0.5).clamp(0.0, 1.0))
            }
        };
        if cover > 0.0 {
            *pixel = mix(*pixel, mix(layer.color, layer.fade, depth), cover * layer.opacity);
        }
    }
}

fn paint_disc(disc: &Disc, y: f32, row: &mut [Color]) {
    let dy = y - disc.y;
    let reach = disc.radius + disc.ring + 1.0;
    let half = reach * reach - dy * dy;
    if half <= 0.0 {
        return;
    }
    let half = half.sqrt();
    let from = (disc.x - half).max(0.0) as usize;
    let to = (disc.x + half + 1.0).max(0.0) as usize;
    for (x, pixel) in row.iter_mut().enumerate().take(to).skip(from) {
        let dx = x as f32 + 0.5 - disc.x;
        let distance = (dx * dx + dy * dy).sqrt();
        let cover = if disc.ring > 0.0 {
            (disc.ring - (distance - disc.radius).abs() + 0.5).clamp(0.0, 1.0)
        } else {
            let light = 1.0 - 0.45 * smoothstep(0.0, disc.radius, distance + dy * 0.5);
            (disc.radius - distance + 0.5).clamp(0.0, 1.0) * light
        };
        *pixel = mix(*pixel, disc.color, cover * disc.opacity);
    }
}
