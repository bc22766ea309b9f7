//! Columns of numbers, few of them null: `timestamp` and `pos`.

use std::ops::Range;

use arrow::array::NullBufferBuilder;
use arrow::buffer::{NullBuffer, ScalarBuffer};

use super::lend;
use crate::table::pool::Pool;

/// Numbers, few of them null.
#[derive(Default)]
pub(crate) struct Numbers {
    /// One per row; 0 if it is null.
    values: Vec<i64>,
    nulls: NullRows,
}

impl Numbers {
    /// Adds the number of the next row.
    #[inline]
    pub(crate) fn push_option(&mut self, value: Option<i64>) {
        if value.is_none() {
            self.nulls.push(self.values.len());
        }
        self.values.push(value.unwrap_or(0));
    }

    /// The numbers from row `start` on that are not null.
    pub(in crate::table) fn since(&self, start: usize) -> Present<'_> {
        Present { values: &self.values[start..], start, nulls: self.nulls.since(start) }
    }

    pub(super) fn finish(&mut self, pool: &Pool<i64>) -> (ScalarBuffer<i64>, Option<NullBuffer>) {
        let nulls = self.nulls.finish(self.values.len());
        (lend(&mut self.values, pool), nulls)
    }
}

/// The numbers of the rows from `start` on, but those in `nulls`.
pub(in crate::table) struct Present<'a> {
    values: &'a [i64],
    start: usize,
    nulls: &'a [Range<usize>],
}

impl Present<'_> {
    /// `None` if all are null.
    pub(in crate::table) fn least_and_greatest(&self) -> Option<(i64, i64)> {
        // The usual case, which the compiler turns into vector code.
        if self.nulls.is_empty() {
            return Some((*self.values.iter().min()?, *self.values.iter().max()?));
        }
        self.iter().fold(None, |bounds, value| {
            let (least, greatest) = bounds.unwrap_or((value, value));
            Some((least.min(value), greatest.max(value)))
        })
    }

    /// The numbers in the order of rows.
    pub(in crate::table) fn iter(&self) -> impl Iterator<Item = i64> {
        let end = self.start + self.values.len();
        // Between the null ranges. The first of those may begin before `start`: there is no gap before it,
        // and the filter drops it.
        let starts = [self.start].into_iter().chain(self.nulls.iter().map(|range| range.end));
        let ends = self.nulls.iter().map(|range| range.start).chain([end]);
        let present = starts.zip(ends).filter(|(start, end)| start < end);
        present.flat_map(|(start, end)| {
            self.values[start - self.start..end - self.start].iter().copied()
        })
    }
}

/// The rows that are null, as ranges: there are few of them, or many consecutive ones (no line of a text
/// format has a `pos`).
#[derive(Default)]
pub(super) struct NullRows(Vec<Range<usize>>);

impl NullRows {
    /// Adds a row. Rows go upwards.
    #[inline]
    pub(super) fn push(&mut self, row: usize) {
        match self.0.last_mut() {
            Some(last) if last.end == row => last.end += 1,
            _ => self.0.push(row..row + 1),
        }
    }

    /// The ranges that reach row `start` or begin after it.
    pub(in crate::table) fn since(&self, start: usize) -> &[Range<usize>] {
        &self.0[self.0.partition_point(|range| range.end <= start)..]
    }

    /// The validity of so many rows; `None` if none of them is null.
    pub(super) fn finish(&mut self, rows: usize) -> Option<NullBuffer> {
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
