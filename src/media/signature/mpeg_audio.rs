//! MP3 and ADTS AAC have no signature but the sync bits of a frame; the rest of its header has to make sense as well.

use crate::contract::media_type::Format;
use crate::media::pattern::fits;

/// kbit/s / 8 by index, MPEG-1 layer III (ISO/IEC 11172-3).
const RATES_MPEG1: [u8; 14] = [4, 5, 6, 7, 8, 10, 12, 14, 16, 20, 24, 28, 32, 40];
/// kbit/s / 8 by index, MPEG-2 and 2.5 layer III (ISO/IEC 13818-3).
const RATES_MPEG2: [u8; 14] = [1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 16, 18, 20];
/// Samples a second by index, MPEG-1; half of it in MPEG-2, a quarter in 2.5.
const HZ: [u32; 3] = [44_100, 48_000, 32_000];
/// Bytes of a frame at 8 kbit/s and one sample a second, MPEG-1; half of it in MPEG-2 and 2.5.
const FRAME_BYTES: u32 = 1_152_000;
/// Sampling frequency indices that ADTS knows (ISO/IEC 14496-3).
const ADTS_FREQUENCIES: u8 = 13;

pub(super) fn detect(head: &[u8]) -> Option<Format> {
    let [b'I', b'D', b'3', major, minor, _, size @ ..] = head else { return frames(head) };
    // An ID3v2 tag: version below 0xff, size of four 7-bit bytes.
    let (size, _) = size.split_first_chunk::<4>()?;
    let [a, b, c, d] = size.map(usize::from);
    if *major == 0xff || *minor == 0xff || (a | b | c | d) >= 0x80 {
        return None;
    }
    let size = (a << 21) | (b << 14) | (c << 7) | d;
    let behind = head.get(size.saturating_add(10)..).unwrap_or_default();
    // Other formats may carry the tag in front too; where the head doesn't reach behind it, MP3 is by far the
    // likeliest.
    if fits(behind, b"fLaC") { Some(Format::Flac) } else { frames(behind).or(Some(Format::Mp3)) }
}

/// Two frames in a row of one format; one is enough where the head ends before the second.
fn frames(head: &[u8]) -> Option<Format> {
    let (format, size) = frame(head)?;
    match head.get(size..) {
        Some(rest) if rest.len() >= 7 => match frame(rest) {
            Some((next, _)) if next == format => Some(format),
            _ => None,
        },
        _ => Some(format),
    }
}

/// The format of the frame that begins here, and its size in bytes.
fn frame(head: &[u8]) -> Option<(Format, usize)> {
    let [0xff, second, third, fourth, ..] = *head else { return None };
    if second & 0xf6 == 0xf0 {
        return adts_frame(head);
    }
    let (rates, half, slower) = match second & 0xfe {
        0xfa => (&RATES_MPEG1, 0u32, 0u32),
        0xf2 => (&RATES_MPEG2, 1, 1),
        0xe2 => (&RATES_MPEG2, 1, 2),
        _ => return None,
    };
    // Index 0 means "free", whose frames have no computable size; emphasis 2 is reserved.
    let rate = *rates.get(usize::from(third >> 4).wrapping_sub(1))?;
    let hz = HZ.get(usize::from((third >> 2) & 3))? >> slower;
    if fourth & 3 == 2 {
        return None;
    }
    let padding = u32::from((third >> 1) & 1);
    let size = (FRAME_BYTES >> half).saturating_mul(rate.into()).checked_div(hz)?.saturating_add(padding);
    Some((Format::Mp3, size as usize))
}

fn adts_frame(head: &[u8]) -> Option<(Format, usize)> {
    let [_, _, third, fourth, fifth, sixth, _, ..] = *head else { return None };
    let size = (usize::from(fourth & 3) << 11) | (usize::from(fifth) << 3) | usize::from(sixth >> 5);
    let has_frequency = (third >> 2) & 15 < ADTS_FREQUENCIES;
    (has_frequency && size >= 7).then_some((Format::Aac, size))
}
