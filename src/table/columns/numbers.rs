//! Columns of numbers, few of them null: `timestamp` and `pos`.

use std::ops::Range;

use arrow::buffer::{NullBuffer, ScalarBuffer};

use super::lend;
use crate::table::null_rows::NullRows;
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
