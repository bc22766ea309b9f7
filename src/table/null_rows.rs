//! Which rows of a column are null, while a batch is built.

use std::ops::Range;

use arrow::array::NullBufferBuilder;
use arrow::buffer::NullBuffer;

/// The rows that are null, as ranges: there are few of them, or many consecutive ones (no line of a text
/// format has a `pos`).
#[derive(Default)]
pub(in crate::table) struct NullRows(Vec<Range<usize>>);

impl NullRows {
    /// Adds a row. Rows go upwards.
    #[inline]
    pub(in crate::table) fn push(&mut self, row: usize) {
        self.extend(row..row + 1);
    }

    /// Adds consecutive rows. Rows go upwards.
    #[inline]
    pub(in crate::table) fn extend(&mut self, rows: Range<usize>) {
        match self.0.last_mut() {
            Some(last) if last.end == rows.start => last.end = rows.end,
            _ => self.0.push(rows),
        }
    }

    /// Forgets the rows from this one on.
    pub(in crate::table) fn truncate(&mut self, row: usize) {
        self.0.truncate(self.0.partition_point(|range| range.start < row));
        if let Some(last) = self.0.last_mut() {
            last.end = last.end.min(row);
        }
    }

    /// The ranges that reach row `start` or begin after it.
    pub(in crate::table) fn since(&self, start: usize) -> &[Range<usize>] {
        &self.0[self.0.partition_point(|range| range.end <= start)..]
    }

    /// The validity of so many rows; `None` if none of them is null.
    pub(in crate::table) fn finish(&mut self, rows: usize) -> Option<NullBuffer> {
        if self.0.is_empty() {
            return None;
        }
        let mut valid = NullBufferBuilder::new(rows);
        let mut row = 0;
        for range in self.0.drain(..) {
            valid.append_n_non_nulls(range.start - row);
            valid.append_n_nulls(range.len());
            row = range.end;
        }
        valid.append_n_non_nulls(rows - row);
        valid.finish()
    }
}
