//! Columns that stay the same over many rows, as runs.

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
    words: Vec<Word>,
}

struct Word {
    text: Box<str>,
    /// The level that it stands for, if any: parsed once, not for every run.
    level: Option<Level>,
}

const NULL: u32 = u32::MAX;

/// Words that are compared before the text is taken as a new one.
const REMEMBERED: usize = 16;

impl TextRuns {
    /// Gives a row its value, and all that follow until another row is set. Rows go upwards.
    #[inline]
    pub(crate) fn set(&mut self, row: usize, text: Option<&str>) {
        if let Some(&last) = self.values.last() {
            let is_same = match (self.words.get(last as usize), text) {
                (Some(word), Some(text)) => same(&word.text, text),
                (word, text) => word.is_none() && text.is_none(),
            };
            if is_same {
                return;
            }
        }
        let value = text.map_or(NULL, |text| self.word(text));
        if self.values.last() != Some(&value) {
            self.starts.push(row);
            self.values.push(value);
        }
    }

    #[inline]
    fn word(&mut self, text: &str) -> u32 {
        let remembered = self.words.iter().enumerate().rev().take(REMEMBERED);
        match remembered.into_iter().find(|(_, word)| same(&word.text, text)) {
            Some((index, _)) => index as u32,
            None => self.add(text),
        }
    }

    #[cold]
    fn add(&mut self, text: &str) -> u32 {
        self.words.push(Word { text: text.into(), level: Level::parse(text) });
        self.words.len() as u32 - 1
    }

    /// The runs that reach row `row` or begin behind it: first row, and the level that the value
    /// stands for.
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
        run_array(ends, &values)
    }
}

/// Whether two short texts are equal: without a call, which takes longer than they do.
#[inline]
fn same(one: &str, other: &str) -> bool {
    one.len() == other.len() && one.bytes().zip(other.bytes()).all(|(one, other)| one == other)
}

/// Where the runs that begin at `starts` end: each where the next begins, the last with the rows.
pub(super) fn run_ends(starts: impl Iterator<Item = usize>, rows: usize) -> Vec<i32> {
    starts.skip(1).chain([rows]).filter(|&end| end > 0).map(|end| end as i32).collect()
}

/// A column of the values, each as often as its run is long.
pub(super) fn run_array(ends: Vec<i32>, values: &dyn Array) -> ArrayRef {
    let ends = Int32Array::new(ScalarBuffer::from(ends), None);
    Arc::new(RunArray::try_new(&ends, values).expect("as many ends as values, going upwards"))
}
