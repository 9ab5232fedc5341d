//! What is remembered of files, by their identity. A client that lives for months forgets, too.

use crate::policy::clock::Moment;
use crate::policy::reuse::may_be_reused;

/// So many files are remembered at once (our convention): a page has a handful of them.
const MAX_FILES: usize = 64;

/// Something of each of at most 64 files, for an hour after it was last asked for, which stands last.
pub(crate) struct Remembered<T>(Vec<Memory<T>>);

struct Memory<T> {
    file: u64,
    asked_at: Moment,
    value: T,
}

impl<T> Default for Remembered<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T: Default> Remembered<T> {
    /// Reads or changes what is remembered of a file: nothing yet where it was forgotten, or never known. The one that
    /// was not asked for the longest makes room for it.
    pub(crate) fn with<R>(&mut self, file: u64, now: Moment, change: impl FnOnce(&mut T) -> R) -> R {
        self.0.retain(|memory| may_be_reused(memory.asked_at, now));
        let known = self.0.iter().position(|memory| memory.file == file).map(|at| self.0.remove(at));
        if known.is_none() && self.0.len() >= MAX_FILES {
            self.0.remove(0);
        }
        let mut value = known.map(|memory| memory.value).unwrap_or_default();
        let result = change(&mut value);
        self.0.push(Memory { file, asked_at: now, value });
        result
    }
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "a test that overflows fails, as it should")]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;

    fn at(ms: u64) -> Moment {
        Moment { monotonic_ms: ms as f64, wall_ms: ms as f64 }
    }

    fn read(files: &mut Remembered<u64>, file: u64, now: Moment) -> u64 {
        files.with(file, now, |value| *value)
    }

    fn write(files: &mut Remembered<u64>, file: u64, now: Moment, new: u64) {
        files.with(file, now, |value| *value = new);
    }

    #[test]
    fn a_file_is_forgotten_an_hour_after_it_was_last_asked_for() {
        let files = &mut Remembered::default();
        write(files, 7, at(0), 5);
        assert_eq!(read(files, 7, at(3_599_999)), 5);
        assert_eq!(read(files, 7, at(7_199_998)), 5);
        assert_eq!(read(files, 7, at(10_799_998)), 0);
        // A machine that slept: the wall clock counts, too.
        let files = &mut Remembered::default();
        write(files, 7, at(0), 5);
        assert_eq!(read(files, 7, Moment { monotonic_ms: 1.0, wall_ms: 3_600_000.0 }), 0);
    }

    #[test]
    fn the_one_that_was_not_asked_for_the_longest_makes_room() {
        let files = &mut Remembered::default();
        for file in 0..64 {
            write(files, file, at(file), file + 1);
        }
        read(files, 0, at(64));
        assert_eq!(read(files, 64, at(65)), 0);
        assert_eq!(read(files, 0, at(66)), 1, "asked for since");
        assert_eq!(read(files, 1, at(67)), 0, "the oldest one");
        assert_eq!(read(files, 63, at(68)), 64);
    }

    proptest! {
        #[test]
        fn no_more_than_these_are_remembered_and_none_twice(asked in vec((0..600u64, 0..9_000u64), 0..2_000)) {
            let (mut files, mut now_ms) = (Remembered::<u64>::default(), 0);
            for (file, later_ms) in asked {
                now_ms += later_ms;
                read(&mut files, file, at(now_ms));
                prop_assert!(files.0.len() <= MAX_FILES);
                prop_assert_eq!(files.0.iter().filter(|memory| memory.file == file).count(), 1);
            }
        }
    }
}
