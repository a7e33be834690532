//! Finding out that pages lead in a circle, in constant memory: Brent's cycle detection.

use std::hash::{DefaultHasher, Hash, Hasher};

/// Looks at one sequence of values; memory does not grow with it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Loops {
    kept: Option<u64>,
    /// How many values came since one was kept, and after how many the next one is.
    steps: u64,
    reach: u64,
}

impl Loops {
    /// Takes the next value; returns whether the sequence is found to repeat itself. A circle of n values is found within
    /// 3n values after its beginning.
    pub(crate) fn repeats(&mut self, value: impl Hash) -> bool {
        let mut hasher = DefaultHasher::new();
        value.hash(&mut hasher);
        let value = hasher.finish();
        if self.kept == Some(value) {
            return true;
        }
        if self.steps >= self.reach {
            self.kept = Some(value);
            self.steps = 0;
            self.reach = (self.reach * 2).max(1);
        }
        self.steps += 1;
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// After how many values it is found.
    fn found(values: impl Iterator<Item = u64>) -> Option<usize> {
        let mut loops = Loops::default();
        values.take(100_000).position(|value| loops.repeats(value))
    }

    #[test]
    fn a_circle_of_any_length_is_found_soon() {
        assert_eq!(found(std::iter::repeat(7)), Some(1));
        for (before, around) in [(0, 2), (0, 3), (1, 2), (5, 1), (17, 100), (1000, 7)] {
            let values = (0..before).chain((0..around).cycle().map(|i| 1_000_000 + i));
            let at = found(values).unwrap() as u64;
            assert!(at <= before * 3 + around * 3 + 3, "{before} {around}: {at}");
        }
    }

    #[test]
    fn what_never_comes_again_is_no_circle() {
        assert_eq!(found(0..), None);
    }
}
