//! A walk over a whole file, and what holds of it whatever the file is.

#[path = "../../src/media/metadata/tests/whole_file.rs"]
mod whole_file;

use rivya_wasm::contract::media_type::Format;
use rivya_wasm::media::dimensions;
use rivya_wasm::media::metadata::{Cut, Next, Walk};
use whole_file::{marker, without};

/// Walks, given `more` bytes beyond what is asked for; `None` where the file is refused.
fn cuts(format: Format, file: &[u8], more: usize) -> Option<Vec<Cut>> {
    let mut walk = Walk::new(format, file.len()).expect("the format is one that is gone through");
    let mut next = Walk::FIRST;
    for _ in 0..2 * file.len() + 4 {
        let (at, bytes) = match next {
            Next::Read { at, bytes } => (at, bytes + more),
            Next::Marker { from } => (marker(file, from), 2 + more),
            Next::End => return Some(walk.cuts),
        };
        assert!(bytes - more <= 262_144);
        let at = at.min(file.len());
        next = walk.step(at, &file[at..(at + bytes).min(file.len())]).ok()?;
    }
    panic!("the walk comes to no end");
}

/// Cuts lie in order within the file, don't depend on how the file is read, and what is left is whole: it is gone
/// through again, and nothing goes.
pub fn check(format: Format, file: &[u8]) {
    let _ = dimensions::of(format, file);
    let found = cuts(format, file, 0);
    assert_eq!(found, cuts(format, file, 61));
    let Some(found) = found else { return };
    let left = without(file, &found);
    if format == Format::Jpeg && !left.ends_with(b"\xff\xd9") {
        // It breaks off before its end: its last bytes may be the first half of something.
        return;
    }
    let again = cuts(format, &left, 0).expect("what is left is gone through again");
    assert_eq!(without(&left, &again), left, "nothing is cut twice");
}
