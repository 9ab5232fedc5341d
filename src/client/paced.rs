//! How often progress of uploads is told: nobody's eyes need more than 20 a second.

const PACE_MS: f64 = 50.0;

/// The uploads of one call.
pub(crate) struct Paced {
    /// Which of the files have begun.
    begun: Vec<bool>,
    last_ms: f64,
}

impl Paced {
    pub(crate) fn new(files: usize) -> Self {
        Self { begun: vec![false; files], last_ms: f64::NEG_INFINITY }
    }

    /// How many bytes of a file are told of, in this order, where a share of it has left by now, from 0 to 1. That it
    /// begins (0, after an outage once more) and that it is there (1) is told in any case.
    pub(crate) fn tell(&mut self, file: usize, share: f64, total_bytes: u64, now_ms: f64) -> Vec<u64> {
        let begins = self.begun.get_mut(file).is_some_and(|begun| !std::mem::replace(begun, true));
        let mut told = Vec::new();
        if begins || share == 0.0 {
            told.push(0);
            self.last_ms = now_ms;
        }
        if share == 1.0 || (share > 0.0 && now_ms - self.last_ms >= PACE_MS) {
            told.push((share * total_bytes as f64).round() as u64);
            self.last_ms = now_ms;
        }
        told
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;

    #[test]
    fn begin_and_end_are_told_in_any_case_and_what_lies_between_at_most_20_times_a_second() {
        let mut paced = Paced::new(2);
        for (file, share, now_ms, told) in [
            (0, 0.0, 0.0, vec![0]),
            (0, 0.1, 10.0, vec![]),
            (0, 0.2, 50.0, vec![20]),
            (0, 0.3, 60.0, vec![]),
            (1, 0.5, 61.0, vec![0]),
            (1, 0.6, 62.0, vec![]),
            // After an outage.
            (0, 0.0, 63.0, vec![0]),
            (0, 0.9, 120.0, vec![90]),
            (0, 1.0, 121.0, vec![100]),
            (1, 1.0, 121.0, vec![100]),
        ] {
            assert_eq!(paced.tell(file, share, 100, now_ms), told, "{file} {share} {now_ms}");
        }
        // One that was uploaded before.
        assert_eq!(Paced::new(1).tell(0, 1.0, 7, 0.0), [0, 7]);
    }

    proptest! {
        #[test]
        fn never_more_than_20_a_second_lie_between(steps in vec((0..3usize, 0.01..0.99f64, 0.0..30.0f64), 1..200)) {
            let (mut paced, mut now_ms, mut told) = (Paced::new(3), 0.0, Vec::new());
            for (file, share, later_ms) in steps {
                now_ms += later_ms;
                let between = paced.tell(file, share, 1_000, now_ms).into_iter().filter(|bytes| *bytes > 0);
                told.extend(between.map(|_| now_ms));
            }
            prop_assert!(told.windows(2).all(|pair| pair[1] - pair[0] >= PACE_MS));
        }
    }
}
