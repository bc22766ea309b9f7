//! Columns whose neighbouring rows have the same value, read a run at a time.
//!
//! A run may end early: two neighbouring runs with the same value only cost a rewrite of the same text.
//! It must never end late.

use arrow::array::{Array, Int32Array, RunArray};
use arrow::buffer::NullBuffer;
use arrow::datatypes::Int32Type;

use super::column::{Column, Value};

/// A column of which many neighbouring rows have the same value.
pub(super) struct Runs<'a> {
    column: Column<'a>,
    rows: Rows<'a>,
    /// Where the run of the row that was asked for last ends: the row is often asked for again because another
    /// column's run has ended, and the end may be far.
    end: usize,
    /// Up to where all keys of a dictionary are null or none is.
    until: usize,
}

/// How the end of a run is found.
pub(super) enum Rows<'a> {
    /// A run-end encoded array says it; its column has one value per run, not per row.
    Ends(Ends<'a>),
    /// Rows with the same key of a dictionary.
    Keys(&'a Int32Array),
    /// Rows that are null; every other row is a run of its own.
    Nulls(NullBuffer),
    /// All rows are one run.
    All,
}

/// A place in a run-end encoded column.
pub(super) struct Ends<'a> {
    /// The row after each run, counted from the start of the unsliced array.
    ends: &'a [i32],
    /// The first row of the slice in the same count.
    offset: usize,
    /// The run of the row that was asked for last.
    run: usize,
}

impl<'a> Ends<'a> {
    pub(super) fn new(array: &'a RunArray<Int32Type>) -> Self {
        let ends = array.run_ends();
        Self { ends: ends.values(), offset: ends.offset(), run: ends.get_start_physical_index() }
    }

    /// The run with this row and the row after it, both in the rows of the slice. Rows must be asked for in
    /// ascending order: runs before the last one are not looked at again.
    fn find(&mut self, row: usize) -> (usize, usize) {
        let row = row + self.offset;
        // Ends of runs are never negative.
        let passed = self.ends[self.run..].iter().take_while(|&&end| end as usize <= row).count();
        self.run += passed;
        let end = self.ends.get(self.run).map_or(usize::MAX, |&end| end as usize);
        (self.run, end - self.offset)
    }
}

impl<'a> Runs<'a> {
    pub(super) fn new(column: Column<'a>, rows: Rows<'a>) -> Self {
        Self { column, rows, end: 0, until: 0 }
    }

    /// The value in `row`, null included, and the next row that may have another one; `usize::MAX` or a row
    /// after the batch if there is none. Rows must be asked for in ascending order.
    pub(super) fn value(&mut self, row: usize) -> (Value<'_>, usize) {
        let (index, end) = match &mut self.rows {
            Rows::Ends(ends) => ends.find(row),
            Rows::Keys(_) | Rows::Nulls(_) if row < self.end => (row, self.end),
            Rows::Keys(keys) => {
                if self.until <= row {
                    let end = keys.nulls().map(|nulls| end_of_validity(nulls, row));
                    self.until = end.unwrap_or(keys.len());
                }
                (row, end_of_key(keys, row, self.until))
            }
            Rows::Nulls(nulls) if nulls.is_valid(row) => (row, row + 1),
            Rows::Nulls(nulls) => (row, end_of_validity(nulls, row)),
            Rows::All => (row, usize::MAX),
        };
        self.end = end;
        let value = match self.column.is_null(index) {
            true => Value::Null,
            false => self.column.value(index),
        };
        (value, end)
    }
}

/// The next row that is null if this one is not, or not null if this one is; the number of rows if there is
/// none.
fn end_of_validity(nulls: &NullBuffer, row: usize) -> usize {
    let rest = nulls.inner().slice(row, nulls.len() - row);
    let first = rest.set_slices().next();
    match first {
        // This row is not null: its stretch ends where the first slice of set bits does.
        Some((0, end)) => row + end,
        // This row is null, up to the first bit that is set.
        Some((start, _)) => row + start,
        None => nulls.len(),
    }
}

/// The next row with another key, null counting as one; `end`, the next change from or to null, if there is none
/// before: up to there the keys alone decide.
fn end_of_key(keys: &Int32Array, row: usize, end: usize) -> usize {
    if keys.is_null(row) {
        return end;
    }
    let key = keys.value(row);
    let rest = &keys.values()[row..end];
    let (chunks, tail) = rest.as_chunks::<16>();
    // Without a branch per key, so that it compiles to vector instructions.
    let differs = |chunk: &&[i32; 16]| chunk.iter().fold(false, |hit, &other| hit | (other != key));
    let same = chunks.iter().take_while(|chunk| !differs(chunk)).count() * 16;
    // The chunk with the difference, or the keys after the last whole chunk, one by one.
    let tail = if same < 16 * chunks.len() { &rest[same..same + 16] } else { tail };
    row + same + tail.iter().take_while(|&&other| other == key).count()
}
