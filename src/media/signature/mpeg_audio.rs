//! MP3 and ADTS AAC have no signature but the sync bits of a frame; the rest of its header has to make sense as well.

use super::Format;

/// kbit/s by index, MPEG-1 layer III (ISO/IEC 11172-3).
const KBPS_MPEG1: [u32; 14] = [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320];
/// kbit/s by index, MPEG-2 and 2.5 layer III (ISO/IEC 13818-3).
const KBPS_MPEG2: [u32; 14] = [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160];
/// Samples a second by index, MPEG-1; half of it in MPEG-2, a quarter in 2.5.
const HZ: [u32; 3] = [44_100, 48_000, 32_000];
/// Sampling frequency indices that ADTS knows (ISO/IEC 14496-3).
const ADTS_FREQUENCIES: u8 = 13;

pub(super) fn detect(head: &[u8]) -> Option<Format> {
    match head {
        // An ID3v2 tag: version below 0xff, size of four 7-bit bytes.
        [b'I', b'D', b'3', major, minor, _, a, b, c, d, ..]
            if *major < 0xff && *minor < 0xff && [a, b, c, d].iter().all(|byte| **byte < 0x80) =>
        {
            let size = [a, b, c, d].iter().fold(0usize, |size, byte| (size << 7) | usize::from(**byte));
            let behind = head.get(size.saturating_add(10)..).unwrap_or_default();
            // Other formats may carry the tag in front too; where the head doesn't reach behind it, MP3 is by far the likeliest.
            if behind.starts_with(b"fLaC") {
                Some(Format::Flac)
            } else {
                Some(frames(behind).unwrap_or(Format::Mp3))
            }
        }
        _ => frames(head),
    }
}

/// Two frames in a row of one format; one is enough where the head ends before the second.
fn frames(head: &[u8]) -> Option<Format> {
    let (format, size) = frame(head)?;
    match head.get(size..) {
        Some(rest) if rest.len() >= 7 => {
            frame(rest).filter(|(next, _)| *next == format).map(|(next, _)| next)
        }
        _ => Some(format),
    }
}

/// The format of the frame that begins here, and its size in bytes.
fn frame(head: &[u8]) -> Option<(Format, usize)> {
    let [0xff, second, third, fourth, ..] = *head else { return None };
    if second & 0xf6 == 0xf0 {
        return adts_frame(head);
    }
    let is_layer_3 = second & 0xe6 == 0xe2;
    let version = (second >> 3) & 3;
    let (rates, samples_per_8_bits, slower) = match version {
        3 => (&KBPS_MPEG1, 144_000u32, 0),
        2 => (&KBPS_MPEG2, 72_000, 1),
        0 => (&KBPS_MPEG2, 72_000, 2),
        _ => return None,
    };
    // Index 0 means "free", whose frames have no computable size; emphasis 2 is reserved.
    let kbps = *rates.get(usize::from(third >> 4).checked_sub(1)?)?;
    let hz = HZ.get(usize::from((third >> 2) & 3))? >> slower;
    let padding = u32::from((third >> 1) & 1);
    let size = samples_per_8_bits.saturating_mul(kbps).checked_div(hz)?.saturating_add(padding);
    (is_layer_3 && fourth & 3 != 2).then_some((Format::Mp3, size as usize))
}

fn adts_frame(head: &[u8]) -> Option<(Format, usize)> {
    let [_, _, third, fourth, fifth, sixth, _, ..] = *head else { return None };
    let size = (usize::from(fourth & 3) << 11) | (usize::from(fifth) << 3) | usize::from(sixth >> 5);
    let has_frequency = (third >> 2) & 15 < ADTS_FREQUENCIES;
    (has_frequency && size >= 7).then_some((Format::Aac, size))
}
