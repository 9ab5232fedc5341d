//! Sounds: a small tune in WAV, made from the text.

use std::io::Cursor;

use super::super::conventions::SOUND_SAMPLES_PER_SECOND;
use super::super::random::SplitMix64;
use super::scene::SceneSpec;
use super::{Render, RenderError};

/// Pentatonic steps, in semitones: whatever follows whatever, it sounds in tune.
const SCALE: [f32; 10] = [0.0, 2.0, 4.0, 7.0, 9.0, 12.0, 14.0, 16.0, 19.0, 21.0];
/// Hertz of the lowest note.
const ROOT_HZ: f32 = 220.0;
const NOTE_SECONDS: f32 = 0.4;
/// Samples of one step.
const SAMPLES: u32 = 8_192;

/// A sound that is written as WAV.
pub struct SoundRender {
    buffer: Vec<i16>,
    notes: Vec<f32>,
    next: u32,
    total: u32,
}

impl SoundRender {
    /// Composes it.
    pub fn new(spec: &SceneSpec, seconds: f64) -> Result<Self, RenderError> {
        let mut random = SplitMix64::new(spec.seed);
        let total = (seconds * f64::from(SOUND_SAMPLES_PER_SECOND)) as u32;
        let notes = (0..((seconds as f32 / NOTE_SECONDS) as u32).saturating_add(1)).map(|_| {
            let semitones = SCALE.get(random.below(SCALE.len())).copied().unwrap_or_default();
            ROOT_HZ * (semitones / 12.0).exp2()
        });
        Ok(Self { buffer: Vec::new(), notes: notes.collect(), next: 0, total })
    }

    fn sample(&self, n: u32) -> i16 {
        let time = n as f32 / SOUND_SAMPLES_PER_SECOND as f32;
        let note = (time / NOTE_SECONDS) as usize;
        let hz = self.notes.get(note).copied().unwrap_or(ROOT_HZ);
        let local = time - note as f32 * NOTE_SECONDS;
        let turn = local * hz * std::f32::consts::TAU;
        let wave = turn.sin() + 0.35 * (2.0 * turn).sin() + 0.12 * (3.0 * turn).sin();
        let envelope =
            (local / 0.012).min(1.0) * (-4.0 * local).exp() * ((NOTE_SECONDS - local) / 0.02).clamp(0.0, 1.0);
        (wave * envelope * 0.5 * f32::from(i16::MAX)) as i16
    }

    fn finish(&mut self, out: &mut Vec<u8>) -> Result<(), RenderError> {
        let spec = hound::WavSpec {
            channels: 1,
            sample_rate: SOUND_SAMPLES_PER_SECOND,
            bits_per_sample: 16,
            sample_format: hound::SampleFormat::Int,
        };
        let mut bytes = Cursor::new(Vec::new());
        let mut writer = hound::WavWriter::new(&mut bytes, spec).map_err(RenderError::of)?;
        let mut block = writer.get_i16_writer(self.total);
        for sample in self.buffer.drain(..) {
            block.write_sample(sample);
        }
        block.flush().map_err(RenderError::of)?;
        writer.finalize().map_err(RenderError::of)?;
        out.append(bytes.get_mut());
        Ok(())
    }
}

impl Render for SoundRender {
    fn step(&mut self, out: &mut Vec<u8>) -> Result<bool, RenderError> {
        let to = self.next.saturating_add(SAMPLES).min(self.total);
        for n in self.next..to {
            let sample = self.sample(n);
            self.buffer.push(sample);
        }
        self.next = to;
        let done = self.next >= self.total;
        if done {
            self.finish(out)?;
        }
        Ok(done)
    }
}

#[cfg(test)]
mod tests {
    use super::super::render_whole;
    use super::*;

    #[test]
    fn a_sound_is_a_wav_file_of_the_asked_length_and_not_silent() {
        let spec = SceneSpec { prompt: "rain".into(), seed: 4, width: 1, height: 1 };
        let bytes = render_whole(Box::new(SoundRender::new(&spec, 2.5).unwrap()));
        let mut reader = hound::WavReader::new(Cursor::new(bytes)).unwrap();
        assert_eq!(reader.duration(), (2.5 * f64::from(SOUND_SAMPLES_PER_SECOND)) as u32);
        let loudest = reader.samples::<i16>().map(|s| s.unwrap().unsigned_abs()).max().unwrap();
        assert!(loudest > 8_000, "{loudest}");
    }
}
