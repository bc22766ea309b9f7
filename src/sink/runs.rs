//! Columns whose neighbouring rows are alike, read a run at a time.

use arrow::array::{Array, Int32Array, RunArray};
use arrow::buffer::NullBuffer;
use arrow::datatypes::Int32Type;

use super::column::{Column, Value};

/// A column of which many neighbouring rows are alike.
pub(super) struct Runs<'a> {
    pub(super) column: Column<'a>,
    pub(super) rows: Rows<'a>,
}

/// How the rows that are alike are found.
pub(super) enum Rows<'a> {
    Ends(Ends<'a>),
    /// Rows with the same key.
    Keys(&'a Int32Array),
    /// Rows that are null; any other row stands for itself.
    Nulls(&'a NullBuffer),
    All,
}

/// A place in a run-end encoded column.
pub(super) struct Ends<'a> {
    ends: &'a [i32],
    /// The array's first row, as the ends count.
    offset: usize,
    run: usize,
}

impl<'a> Ends<'a> {
    pub(super) fn new(array: &'a RunArray<Int32Type>) -> Self {
        let ends = array.run_ends();
        Self { ends: ends.values(), offset: ends.offset(), run: ends.get_start_physical_index() }
    }

    /// The run with this row, which is none before the last one asked for, and its end.
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
    /// The value in `row`, and the next row that may have another one. Rows are asked for in
    /// ascending order.
    pub(super) fn value(&mut self, row: usize) -> (Value<'a>, usize) {
        let (index, end) = match &mut self.rows {
            Rows::Ends(ends) => ends.find(row),
            Rows::Keys(keys) => (row, end_of_key(keys, row)),
            Rows::Nulls(nulls) if nulls.is_valid(row) => (row, row + 1),
            Rows::Nulls(nulls) => (row, end_of_validity(nulls, row)),
            Rows::All => (row, usize::MAX),
        };
        let value = match self.column.is_null(index) {
            true => Value::Null,
            false => self.column.value(index),
        };
        (value, end)
    }
}

/// The next row that is null if this one is not, or not null if this one is.
fn end_of_validity(nulls: &NullBuffer, row: usize) -> usize {
    let rest = nulls.inner().slice(row, nulls.len() - row);
    let first = rest.set_slices().next();
    match first {
        Some((0, end)) => row + end,
        Some((start, _)) => row + start,
        None => nulls.len(),
    }
}

/// The next row with another key, null being one.
fn end_of_key(keys: &Int32Array, row: usize) -> usize {
    let end = keys.nulls().map_or(keys.len(), |nulls| end_of_validity(nulls, row));
    if keys.is_null(row) {
        return end;
    }
    let key = keys.value(row);
    let rest = &keys.values()[row..end];
    let (chunks, tail) = rest.as_chunks::<16>();
    // Without a branch per key, so that it compiles to vector instructions.
    let differs = |chunk: &&[i32; 16]| chunk.iter().fold(false, |hit, &other| hit | (other != key));
    let same = chunks.iter().take_while(|chunk| !differs(chunk)).count() * 16;
    let tail = if same < 16 * chunks.len() { &rest[same..same + 16] } else { tail };
    row + same + tail.iter().take_while(|&&other| other == key).count()
}
