//! The values of one key, row by row. Rows without a value are passed over, and cost nothing until a value
//! comes after them: of hundreds of keys most rows have a few.

use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, Float64Array, Int64Array, StringArray};
use arrow::buffer::{Buffer, NullBuffer, OffsetBuffer, ScalarBuffer};

use crate::table::null_rows::NullRows;

/// Arrow's offsets, which are one more than the rows: the start of the first, then every end.
pub(super) fn offsets(ends: &mut Vec<i32>) -> OffsetBuffer<i32> {
    let mut offsets = Vec::with_capacity(ends.len() + 1);
    offsets.push(0);
    offsets.append(ends);
    OffsetBuffer::new(ScalarBuffer::from(offsets))
}

/// Numbers or booleans.
#[derive(Default)]
pub(crate) struct Values<T> {
    values: Vec<T>,
    gaps: NullRows,
}

impl<T: Copy + Default> Values<T> {
    /// Gives a row its value. Rows go upwards.
    #[inline]
    pub(crate) fn set(&mut self, row: usize, value: T) {
        if self.values.len() != row {
            self.pass_over(row);
        }
        self.values.push(value);
    }

    /// The rows up to this one are null.
    fn pass_over(&mut self, row: usize) {
        self.gaps.extend(self.values.len()..row);
        self.values.resize(row, T::default());
    }

    /// Takes back the value of this row, if it has one.
    pub(super) fn forget(&mut self, row: usize) {
        self.gaps.truncate(row);
        self.values.truncate(row);
    }

    /// The values of so many rows; `None` if all are null.
    fn take(&mut self, rows: usize) -> Option<(Vec<T>, Option<NullBuffer>)> {
        if self.values.is_empty() {
            return None;
        }
        if self.values.len() != rows {
            self.pass_over(rows);
        }
        let next = Vec::with_capacity(rows);
        Some((std::mem::replace(&mut self.values, next), self.gaps.finish(rows)))
    }
}

impl Values<i64> {
    /// The values of so many rows; `None` if all are null.
    pub(super) fn finish(&mut self, rows: usize) -> Option<ArrayRef> {
        let (values, nulls) = self.take(rows)?;
        Some(Arc::new(Int64Array::new(values.into(), nulls)))
    }
}

impl Values<f64> {
    /// The values of so many rows; `None` if all are null.
    pub(super) fn finish(&mut self, rows: usize) -> Option<ArrayRef> {
        let (values, nulls) = self.take(rows)?;
        Some(Arc::new(Float64Array::new(values.into(), nulls)))
    }
}

impl Values<bool> {
    /// The values of so many rows; `None` if all are null.
    pub(super) fn finish(&mut self, rows: usize) -> Option<ArrayRef> {
        let (values, nulls) = self.take(rows)?;
        Some(Arc::new(BooleanArray::new(values.into(), nulls)))
    }
}

/// Texts: strings decoded, or JSON.
#[derive(Default)]
pub(crate) struct TextValues {
    bytes: Vec<u8>,
    /// Where each row ends in `bytes`.
    ends: Vec<i32>,
    gaps: NullRows,
}

impl TextValues {
    /// Where the bytes of a row's text are appended; [`end`](Self::end) completes it. Rows go upwards.
    #[inline]
    pub(crate) fn begin(&mut self, row: usize) -> &mut Vec<u8> {
        if self.ends.len() != row {
            self.pass_over(row);
        }
        &mut self.bytes
    }

    /// Completes the row that was begun.
    #[inline]
    pub(crate) fn end(&mut self) {
        self.ends.push(self.bytes.len() as i32);
    }

    /// Gives a row its text.
    pub(crate) fn set(&mut self, row: usize, text: &str) {
        self.begin(row).extend_from_slice(text.as_bytes());
        self.end();
    }

    fn pass_over(&mut self, row: usize) {
        self.gaps.extend(self.ends.len()..row);
        let end = self.ends.last().copied().unwrap_or(0);
        self.ends.resize(row, end);
    }

    /// Takes back what was appended for this row, completed or not.
    pub(super) fn forget(&mut self, row: usize) {
        self.gaps.truncate(row);
        self.ends.truncate(row);
        self.bytes.truncate(self.ends.last().map_or(0, |&end| end as usize));
    }

    /// The texts of so many rows; `None` if all are null.
    pub(super) fn finish(&mut self, rows: usize) -> Option<ArrayRef> {
        if self.ends.is_empty() {
            return None;
        }
        if self.ends.len() != rows {
            self.pass_over(rows);
        }
        let offsets = offsets(&mut self.ends);
        // About as much as in this batch will be in the next.
        let next = Vec::with_capacity(self.bytes.len() + self.bytes.len() / 8);
        let bytes = Buffer::from_vec(std::mem::replace(&mut self.bytes, next));
        Some(Arc::new(StringArray::new(offsets, bytes, self.gaps.finish(rows))))
    }
}

/// Which rows have an object, or an array.
#[derive(Default)]
pub(crate) struct Presence {
    rows: usize,
    gaps: NullRows,
}

impl Presence {
    /// The row has one. Rows go upwards.
    #[inline]
    pub(crate) fn set(&mut self, row: usize) {
        if self.rows != row {
            self.gaps.extend(self.rows..row);
        }
        self.rows = row + 1;
    }

    pub(super) fn forget(&mut self, row: usize) {
        self.rows = self.rows.min(row);
    }

    /// The validity of so many rows, and whether all are null.
    pub(super) fn finish(&mut self, rows: usize) -> (Option<NullBuffer>, bool) {
        let is_empty = self.rows == 0;
        if self.rows != rows {
            self.gaps.extend(self.rows..rows);
        }
        self.rows = 0;
        (self.gaps.finish(rows), is_empty)
    }
}
