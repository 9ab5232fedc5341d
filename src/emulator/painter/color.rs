//! Colours as red, green and blue from 0 to 1.

/// A colour.
pub type Color = [f32; 3];

/// From OKLCH (Ottosson 2020): equal steps look equal, so palettes made by arithmetic stay pleasant. `hue` in turns.
pub fn oklch(lightness: f32, chroma: f32, hue: f32) -> Color {
    let angle = hue * std::f32::consts::TAU;
    let (a, b) = (chroma * angle.cos(), chroma * angle.sin());
    let l = (lightness + 0.396_337_78 * a + 0.215_803_76 * b).powi(3);
    let m = (lightness - 0.105_561_346 * a - 0.063_854_17 * b).powi(3);
    let s = (lightness - 0.089_484_18 * a - 1.291_485_5 * b).powi(3);
    [
        4.076_741_7 * l - 3.307_711_6 * m + 0.230_969_94 * s,
        -1.268_438 * l + 2.609_757_4 * m - 0.341_319_38 * s,
        -0.004_196_086_3 * l - 0.703_418_6 * m + 1.707_614_7 * s,
    ]
    .map(|c| {
        let c = c.clamp(0.0, 1.0);
        if c <= 0.003_130_8 { 12.92 * c } else { 1.055 * c.powf(1.0 / 2.4) - 0.055 }
    })
}

/// From one colour (0) to another (1).
pub fn mix(from: Color, to: Color, share: f32) -> Color {
    let [r, g, b] = from;
    let [r2, g2, b2] = to;
    [r + (r2 - r) * share, g + (g2 - g) * share, b + (b2 - b) * share]
}

/// 0 below `from`, 1 above `to`, smooth between.
pub fn smoothstep(from: f32, to: f32, x: f32) -> f32 {
    let t = ((x - from) / (to - from)).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}
