//! Files made of parts, so that it is known which of them have to stay.

mod exif;
mod jpeg;
mod png;
mod webp;
mod whole_file;

use super::words::damage;
use super::*;
use crate::media::header::Dimensions;
use jpeg::jpeg;
use png::png;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use whole_file::{marker, without};

/// The walk over a whole file, given exactly what it asks for; answers the new file, what was found, and how often it
/// asked.
fn walk(format: Format, file: &[u8]) -> (Result<Vec<u8>, Damage>, Walk, usize) {
    walk_by(format, file, 0)
}

/// The same, given so many bytes more.
fn walk_by(format: Format, file: &[u8], more: usize) -> (Result<Vec<u8>, Damage>, Walk, usize) {
    let mut walk = Walk::new(format, file.len()).unwrap();
    let mut next = Walk::FIRST;
    let mut steps = 0;
    loop {
        steps += 1;
        let (at, bytes) = match next {
            Next::Read { at, bytes } => {
                assert!(bytes <= 262_144, "WebAssembly sees at most 256 KB at a time");
                (at, bytes + more)
            }
            Next::Marker { from } => (marker(file, from), 2 + more),
            Next::End => break,
        };
        let end = (at + bytes).min(file.len());
        next = match walk.step(at, &file[at.min(end)..end]) {
            Ok(next) => next,
            Err(damage) => return (Err(damage), walk, steps),
        };
    }
    (Ok(without(file, &walk.cuts)), walk, steps)
}

const PAST: &str = damage::PAST;
const NO_IMAGE: &str = damage::NO_IMAGE;

/// A part of a file, and whether it has to stay.
type Part = (Vec<u8>, bool);

fn joined(parts: &[Part], only_kept: bool) -> Vec<u8> {
    parts.iter().filter(|(_, stays)| *stays || !only_kept).flat_map(|(bytes, _)| bytes.clone()).collect()
}

proptest! {
    #[test]
    fn what_makes_the_picture_stays_byte_for_byte_and_the_rest_goes(
        (format, parts) in prop_oneof![
            jpeg().prop_map(|parts| (Format::Jpeg, parts)),
            png().prop_map(|parts| (Format::Png, parts)),
        ],
    ) {
        let (left, found, _) = walk(format, &joined(&parts, false));
        prop_assert_eq!(left.unwrap(), joined(&parts, true));
        prop_assert_eq!(found.removed.is_empty(), parts.iter().all(|(bytes, stays)| *stays || bytes.is_empty()));
    }

    #[test]
    fn no_file_makes_a_walk_endless_or_its_cuts_wrong(
        format in select(vec![Format::Jpeg, Format::Png, Format::WebP]),
        parts in prop_oneof![jpeg(), png(), vec((vec(any::<u8>(), 0..50), any::<bool>()), 0..10)],
        damage in vec((any::<prop::sample::Index>(), any::<u8>()), 0..20),
        end in any::<prop::sample::Index>(),
    ) {
        let mut file = joined(&parts, false);
        for (at, byte) in damage {
            if !file.is_empty() {
                let at = at.index(file.len());
                file[at] = byte;
            }
        }
        file.truncate(end.index(file.len() + 1));
        let (left, found, steps) = walk(format, &file);
        prop_assert!(steps <= 2 * file.len() + 4, "{} steps for {} bytes", steps, file.len());
        if let Ok(left) = &left {
            prop_assert!(left.len() <= file.len() + 32);
        }
        // How much it is given beyond what it asks for changes nothing.
        for more in [1, 62, 1_000] {
            let (again, with_more, _) = walk_by(format, &file, more);
            prop_assert_eq!((&again, &with_more.cuts, &with_more.removed), (&left, &found.cuts, &found.removed));
        }
    }
}
