//! What is remembered of files, by their identity: of so many of them, and for an hour, so that a client that lives for
//! months does not grow.

use crate::policy::clock::Moment;
use crate::policy::reuse::may_be_reused;

/// So many files are remembered at once (our convention). One takes about 1 kB, its upload's answer included: that is
/// 1 MB for a client that was given as many within an hour.
const MAX_FILES: usize = 1_000;

/// What is remembered of a file.
pub(crate) trait Memorable: Default {
    /// Whether forgetting it costs more than looking at the file again: an upload that could be reused would be lost.
    fn is_needed(&self, now: Moment) -> bool;
}

/// A value for each of at most 1,000 files, kept for an hour after it was last asked for. The one asked for last stands
/// last.
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

impl<T: Memorable> Remembered<T> {
    /// Reads or changes what is remembered of a file: nothing yet where it was forgotten, or never known. Of those
    /// that are not needed any longer, else of all, the one that was not asked for the longest makes room for it.
    pub(crate) fn with<R>(&mut self, file: u64, now: Moment, change: impl FnOnce(&mut T) -> R) -> R {
        self.0.retain(|memory| may_be_reused(memory.asked_at, now));
        let known = self.0.iter().position(|memory| memory.file == file).map(|at| self.0.remove(at));
        if known.is_none() && self.0.len() >= MAX_FILES {
            let unneeded = self.0.iter().position(|memory| !memory.value.is_needed(now));
            self.0.remove(unneeded.unwrap_or_default());
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

    impl Memorable for u64 {
        fn is_needed(&self, _: Moment) -> bool {
            *self > 0
        }
    }

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
        for file in 0..1_000 {
            write(files, file, at(file), file + 1);
        }
        read(files, 0, at(1_000));
        write(files, 1_000, at(1_001), 5);
        assert_eq!(read(files, 0, at(1_002)), 1, "asked for since");
        assert_eq!(read(files, 1, at(1_003)), 0, "the oldest one");
        assert_eq!(read(files, 999, at(1_004)), 1_000);
    }

    #[test]
    fn before_it_goes_one_that_is_not_needed_any_longer() {
        let files = &mut Remembered::default();
        for file in 0..1_000 {
            write(files, file, at(file), file % 500);
        }
        for file in 1_000..1_002 {
            write(files, file, at(file), 7);
        }
        assert_eq!(files.0.len(), 1_000);
        assert!(files.0.iter().all(|memory| memory.value > 0), "the two that were not needed are gone");
        write(files, 1_002, at(1_002), 7);
        assert_eq!(read(files, 2, at(1_003)), 2);
        assert!(files.0.iter().all(|memory| memory.file != 1), "the oldest one");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        #[test]
        fn no_more_than_these_are_remembered_and_none_twice(asked in vec((0..3_000u64, 0..500u64), 0..2_000)) {
            let (mut files, mut now_ms) = (Remembered::<u64>::default(), 0);
            for (file, later_ms) in asked {
                now_ms += later_ms;
                write(&mut files, file, at(now_ms), file % 3);
                prop_assert!(files.0.len() <= MAX_FILES);
                prop_assert_eq!(files.0.iter().filter(|memory| memory.file == file).count(), 1);
            }
        }
    }
}
