//! Columns that stay the same over many rows, as runs: `zone` and `level_text`.
//!
//! A decoder sets the value of every row; what it costs is a comparison of two numbers (see [`key`])
//! while the value stays the same.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, Int32Array, RunArray, StringArray};
use arrow::buffer::ScalarBuffer;

use crate::record::level::Level;

/// Text that seldom changes from row to row, and then to one that was there before.
#[derive(Default)]
pub(crate) struct TextRuns {
    /// The rows at which runs begin.
    starts: Vec<usize>,
    /// The value of every run, as an index into `words`; [`NULL`] for none.
    values: Vec<u32>,
    /// The values, in the order of first use. A value that comes back late may be here twice.
    words: Vec<Word>,
    /// The key of every word.
    keys: Vec<u64>,
    /// The key of the last run; `None` before the first row.
    last: Option<u64>,
}

/// A value of the column.
struct Word {
    text: Box<str>,
    /// The level that it means, if any: parsed once, not for every run.
    level: Option<Level>,
}

/// The index of rows without a value.
const NULL: u32 = u32::MAX;

/// How many of the last words are compared before the text is taken as a new one: a bound on the work
/// for logs whose "levels" are all different, and more than there are levels.
const REMEMBERED: usize = 16;

impl TextRuns {
    /// Gives a row its value, and all that follow until another row is set. Rows go upwards.
    #[inline]
    pub(crate) fn set(&mut self, row: usize, text: Option<&str>) {
        let key = text.map_or(NO_TEXT, key);
        // Equal keys of short texts are equal texts. Of long ones the texts must be compared.
        if self.last != Some(key) || is_shared(key) {
            self.change(row, text);
        }
    }

    /// As [`TextRuns::set`], for a value that probably differs from the one before.
    #[inline(never)]
    pub(crate) fn change(&mut self, row: usize, text: Option<&str>) {
        let key = text.map_or(NO_TEXT, key);
        let value = text.map_or(NULL, |text| self.word(text, key));
        if self.values.last() != Some(&value) {
            self.starts.push(row);
            self.values.push(value);
        }
        self.last = Some(key);
    }

    /// The index of a text among the words, which it is added to if it is not one of the last.
    #[inline]
    fn word(&mut self, text: &str, key: u64) -> u32 {
        let first = self.keys.len().saturating_sub(REMEMBERED);
        let same_key = self.keys[first..].iter().rposition(|&other| other == key);
        let index = match same_key {
            // Texts of eight bytes and more with the same end, have the same key.
            Some(_) if is_shared(key) => {
                self.words[first..].iter().rposition(|word| *word.text == *text)
            }
            index => index,
        };
        match index {
            Some(index) => (first + index) as u32,
            None => self.add(text, key),
        }
    }

    /// Adds a word and returns its index. Cold: a log has few levels and fewer offsets.
    #[cold]
    fn add(&mut self, text: &str, key: u64) -> u32 {
        self.words.push(Word { text: text.into(), level: Level::parse(text) });
        self.keys.push(key);
        self.words.len() as u32 - 1
    }

    /// The runs that reach row `row` or begin after it: first row, and the level that the value means.
    pub(super) fn levels_since(
        &self,
        row: usize,
    ) -> impl DoubleEndedIterator<Item = (usize, Option<Level>)> {
        let first = self.starts.partition_point(|&start| start <= row).saturating_sub(1);
        let level = |&value: &u32| self.words.get(value as usize).and_then(|word| word.level);
        let levels = self.values[first..].iter().map(level);
        self.starts[first..].iter().copied().zip(levels)
    }

    /// The column of `rows` rows; empty afterwards.
    pub(crate) fn finish(&mut self, rows: usize) -> ArrayRef {
        let ends = run_ends(self.starts.iter().copied(), rows);
        let word = |&value: &u32| self.words.get(value as usize).map(|word| &*word.text);
        let values: StringArray = self.values.iter().map(word).collect();
        self.starts.clear();
        self.values.clear();
        self.words.clear();
        self.keys.clear();
        self.last = None;
        run_array(ends, &values)
    }
}

/// A number for a text. Below eight bytes no other text has the same; longer texts have that of seven of
/// their last eight bytes. Numbers are compared inline; to compare texts takes a call, which is the
/// larger part of its cost.
#[inline]
fn key(text: &str) -> u64 {
    let bytes = text.as_bytes();
    let len = bytes.len() as u64;
    match (bytes.first_chunk::<4>(), bytes.last_chunk::<4>(), bytes.last_chunk::<8>()) {
        (_, _, Some(last)) => u64::from_le_bytes(*last) | SHARED,
        (Some(first), Some(last), _) => {
            let [first, last] = [first, last].map(|four| u64::from(u32::from_le_bytes(*four)));
            // Four to seven bytes: the first and the last four, shifted so that bytes which are in both
            // fall on the same place. The length in the highest byte keeps `ab` and `ab\0` apart.
            first | last << (8 * (len - 4)) | len << 56
        }
        _ => bytes.iter().fold(0, |key, &byte| key << 8 | u64::from(byte)) | len << 56,
    }
}

/// The highest byte of keys that several texts have: those of eight bytes and more.
const SHARED: u64 = 0xff << 56;

/// The key of no text; no length reaches it.
const NO_TEXT: u64 = 0xfe << 56;

/// Whether several texts may have this key.
#[inline]
fn is_shared(key: u64) -> bool {
    key >= SHARED
}

/// Where the runs that begin at `starts` end: each where the next begins, the last with the rows. The
/// first start is row 0; without rows there is no run.
pub(super) fn run_ends(starts: impl Iterator<Item = usize>, rows: usize) -> Vec<i32> {
    starts.skip(1).chain([rows]).filter(|&end| end > 0).map(|end| end as i32).collect()
}

/// A run-end encoded column; `ends` must increase, one for each value.
pub(super) fn run_array(ends: Vec<i32>, values: &dyn Array) -> ArrayRef {
    let ends = Int32Array::new(ScalarBuffer::from(ends), None);
    Arc::new(RunArray::try_new(&ends, values).expect("as many ends as values, going upwards"))
}

#[cfg(test)]
mod tests {
    use arrow::array::AsArray;
    use proptest::prelude::*;

    use super::*;
    use crate::table::runs::expand_column;

    proptest! {
        /// Lengths around those that keys are made of, and texts that differ in one place.
        #[test]
        fn every_row_has_the_value_that_was_set(
            values in prop::collection::vec(prop::option::of("[ab]?[x]{0,9}[ab]?"), 1..80),
        ) {
            let mut runs = TextRuns::default();
            for (row, value) in values.iter().enumerate() {
                match row % 3 {
                    0 => runs.change(row, value.as_deref()),
                    _ => runs.set(row, value.as_deref()),
                }
            }
            let column = expand_column(&runs.finish(values.len())).expect("runs");
            let got: Vec<_> = column.as_string::<i32>().iter().collect();
            prop_assert_eq!(got, values.iter().map(Option::as_deref).collect::<Vec<_>>());
        }
    }
}
