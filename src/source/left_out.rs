//! Lines of an entry that give no rows because other entries hold them: the log of a whole job repeats
//! what the logs of its steps have.

use std::collections::BTreeMap;
use std::ops::Range;

/// A set of line numbers, kept as ranges.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LineRanges {
    /// The first line of each range, and the line after its last; no two ranges touch.
    ranges: BTreeMap<i64, i64>,
    /// How many lines the ranges have together.
    lines: i64,
}

impl LineRanges {
    /// How many lines there are.
    pub fn lines(&self) -> i64 {
        self.lines
    }

    /// How many ranges they form.
    pub fn ranges(&self) -> usize {
        self.ranges.len()
    }

    /// Adds a line that is not in the set, in any order.
    pub fn insert(&mut self, line: i64) {
        debug_assert!(!self.contains(line));
        self.lines += 1;
        // The range after it, if it touches, is joined first, then the one before.
        let end = self.ranges.remove(&(line + 1)).unwrap_or(line + 1);
        match self.ranges.range_mut(..line).next_back() {
            Some((_, before)) if *before == line => *before = end,
            _ => {
                self.ranges.insert(line, end);
            }
        }
    }

    /// Whether a line is in the set.
    pub fn contains(&self, line: i64) -> bool {
        self.range_at(line).contains(&line)
    }

    /// The range that holds this line or begins before it; empty where there is none.
    fn range_at(&self, line: i64) -> Range<i64> {
        let found = self.ranges.range(..=line).next_back();
        found.map_or(0..0, |(&start, &end)| start..end)
    }
}

/// What of an entry is left out, and why.
#[derive(Debug)]
pub struct LeftOut {
    /// The lines.
    pub lines: LineRanges,
    /// Why they are, and how many of all: `3 of 9 lines are also in the files of its steps`.
    pub reason: String,
    /// Bytes of the entry's text.
    pub text_bytes: i64,
    /// Blank lines of the entry.
    pub blank_lines: i64,
    /// All lines are left out, and the entry can be read to its end: it need not be read again.
    pub is_covered: bool,
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::LineRanges;

    #[test]
    fn ranges_are_a_set_of_lines() {
        let mut random = fastrand::Rng::with_seed(1);
        let (mut ranges, mut set) = (LineRanges::default(), BTreeSet::new());
        for _ in 0..2000 {
            let line = random.i64(1..400);
            if set.insert(line) {
                ranges.insert(line);
            }
            let probe = random.i64(0..402);
            assert_eq!(ranges.contains(probe), set.contains(&probe), "{probe} in {set:?}");
        }
        assert_eq!(ranges.lines(), set.len() as i64);
        let gaps = set.iter().filter(|&&line| !set.contains(&(line - 1))).count();
        assert_eq!(ranges.ranges(), gaps);
    }
}
