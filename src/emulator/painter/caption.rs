//! The prompt's first words, readable on a strip at the bottom.

use font8x8::{BASIC_FONTS, GREEK_FONTS, HIRAGANA_FONTS, LATIN_FONTS, UnicodeFonts};

use super::color::{Color, mix};

/// Pixels of a glyph's side, of a line, and around the text, before scaling.
const GLYPH: u32 = 8;
const LINE: u32 = 11;
const PADDING: u32 = 7;
const LINES_MAX: usize = 3;
/// The strip takes at most this share of the height.
const HEIGHT_SHARE: f32 = 0.34;
const STRIP: Color = [0.04, 0.05, 0.08];
const INK: Color = [0.98, 0.98, 0.96];
const SECOND_INK: Color = [0.72, 0.76, 0.84];

/// Lines of text, laid out.
#[derive(Debug)]
pub struct Caption {
    lines: Vec<Vec<[u8; 8]>>,
    scale: u32,
    top: u32,
}

impl Caption {
    /// Wraps `text` and puts `signature` below it.
    pub fn new(text: &str, signature: &str, width: u32, height: u32) -> Self {
        let scale = (width.min(height) as f32 / 320.0).round().max(1.0) as u32;
        let columns = width.checked_div(scale).unwrap_or(0).saturating_sub(PADDING.saturating_mul(2)) / GLYPH;
        let room = (height as f32 * HEIGHT_SHARE / scale as f32) as u32;
        let fits = (room.saturating_sub(PADDING.saturating_mul(2)) / LINE) as usize;
        let mut lines = wrap(text, columns as usize, LINES_MAX.min(fits.saturating_sub(1)));
        if fits > 0 {
            lines.push(signature.chars().take(columns as usize).collect());
        }
        let lines: Vec<Vec<[u8; 8]>> = lines.iter().map(|line| line.chars().map(glyph).collect()).collect();
        let rows = (lines.len() as u32).saturating_mul(LINE).saturating_add(PADDING.saturating_mul(2));
        let strip = if lines.is_empty() { 0 } else { rows.saturating_mul(scale) };
        Self { lines, scale, top: height.saturating_sub(strip) }
    }

    /// First row of the strip.
    pub fn top(&self) -> u32 {
        self.top
    }

    /// Lays it over row `y`.
    pub fn paint_row(&self, y: u32, row: &mut [Color]) {
        let Some(inside) = y.checked_sub(self.top).filter(|_| !self.lines.is_empty()) else { return };
        for pixel in row.iter_mut() {
            *pixel = mix(*pixel, STRIP, 0.66);
        }
        let Some(text_row) = inside.checked_div(self.scale).and_then(|y| y.checked_sub(PADDING)) else {
            return;
        };
        let Some(line) = self.lines.get((text_row / LINE) as usize) else { return };
        let is_signature = (text_row / LINE).saturating_add(1) as usize == self.lines.len();
        let ink = if is_signature { SECOND_INK } else { INK };
        let glyph_row = (text_row % LINE) as usize;
        let left = PADDING.saturating_mul(self.scale) as usize;
        for (x, pixel) in row.iter_mut().skip(left).enumerate() {
            let Some(column) = x.checked_div(self.scale as usize) else { return };
            let Some(bits) = line.get(column / 8).and_then(|glyph| glyph.get(glyph_row)) else { continue };
            if (bits >> (column % 8)) & 1 == 1 {
                *pixel = ink;
            }
        }
    }
}

fn glyph(c: char) -> [u8; 8] {
    let found = BASIC_FONTS.get(c).or_else(|| LATIN_FONTS.get(c)).or_else(|| GREEK_FONTS.get(c));
    // A character outside of the font is a small box, so that a reader sees that something stood there.
    found.or_else(|| HIRAGANA_FONTS.get(c)).unwrap_or([0, 0, 0x3C, 0x24, 0x24, 0x3C, 0, 0])
}

fn wrap(text: &str, columns: usize, max_lines: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut current = String::new();
    let mut words = text.split_whitespace().peekable();
    while let Some(word) = words.next() {
        let length = current.chars().count();
        let needed = word.chars().count().saturating_add(usize::from(length > 0));
        if length > 0 && length.saturating_add(needed) > columns {
            lines.push(std::mem::take(&mut current));
            if lines.len() >= max_lines {
                shorten(&mut lines, columns);
                return lines;
            }
        }
        if !current.is_empty() {
            current.push(' ');
        }
        current.extend(word.chars().take(columns));
        if words.peek().is_none() && lines.len() < max_lines {
            lines.push(std::mem::take(&mut current));
        }
    }
    lines
}

fn shorten(lines: &mut [String], columns: usize) {
    if let Some(last) = lines.last_mut() {
        let kept: String = last.chars().take(columns.saturating_sub(3)).collect();
        *last = format!("{}...", kept.trim_end());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_text_is_wrapped_and_cut_with_dots() {
        assert_eq!(wrap("a lighthouse at dusk", 12, 3), ["a lighthouse", "at dusk"]);
        assert_eq!(wrap("one two three four five six", 9, 2), ["one two", "three..."]);
        assert_eq!(wrap("", 10, 3), Vec::<String>::new());
        assert_eq!(wrap("x".repeat(50).as_str(), 10, 3), ["x".repeat(10)]);
        assert!(wrap("no room", 10, 0).len() <= 1);
    }

    #[test]
    fn the_strip_leaves_most_of_the_picture() {
        for (width, height) in [(1024, 1024), (4096, 512), (128, 1024), (64, 64), (2, 2)] {
            let caption = Caption::new(
                "some words of a prompt that is long enough to fill lines",
                "model",
                width,
                height,
            );
            assert!(caption.top() >= height / 2, "{width}x{height}: {}", caption.top());
        }
    }
}
