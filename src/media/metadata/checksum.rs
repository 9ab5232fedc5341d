//! The checksum of a PNG's chunk.

/// Bytes of a chunk's length, in front of what its checksum is of, and of the checksum behind it.
pub(super) const AROUND_BYTES: usize = 4;

/// What stands behind a chunk whose length, name and data these are: CRC-32 of all but the length (PNG, 5.5 and annex
/// D).
pub(super) fn checksum(chunk: &[u8]) -> [u8; 4] {
    let mut crc = u32::MAX;
    for byte in chunk.iter().skip(AROUND_BYTES) {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            let divisor = if crc & 1 == 0 { 0 } else { 0xedb8_8320 };
            crc = (crc >> 1) ^ divisor;
        }
    }
    (!crc).to_be_bytes()
}
