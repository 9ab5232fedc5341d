//! What a walk is held against, over a file as a whole: the fuzz targets (`fuzz/fuzz_targets/walk.rs`) have it from
//! here, too.

use super::Cut;

/// Where the next marker is, by the letter of the standard, one byte after the other.
pub fn marker(file: &[u8], from: usize) -> usize {
    let is_marker = |at: &usize| file[*at] == 0xff && !matches!(file[at + 1], 0 | 0xd0..=0xd7 | 0xff);
    (from..file.len().saturating_sub(1)).find(is_marker).unwrap_or(file.len())
}

/// What is left of a file without its cuts, which lie in order within it.
pub fn without(file: &[u8], cuts: &[Cut]) -> Vec<u8> {
    let mut left = Vec::new();
    let mut from = 0;
    for cut in cuts {
        assert!(from <= cut.start && cut.start <= cut.end && cut.end <= file.len(), "{cuts:?}");
        left.extend_from_slice(&file[from..cut.start]);
        left.extend_from_slice(&cut.patch);
        from = cut.end;
    }
    left.extend_from_slice(&file[from..]);
    left
}
