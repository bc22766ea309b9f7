//! The values of one key, row by row. Rows without a value are passed over, and cost nothing until a value
//! comes after them: of hundreds of keys most rows have a few.

use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, Float64Array, Int64Array};
use arrow::buffer::{BooleanBuffer, NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow::datatypes::{ArrowNativeType, ToByteSlice};

use crate::table::columns::Members;
use crate::table::null_rows::NullRows;
use crate::table::pool::Pool;

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
    pool: Pool<T>,
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

    /// Completes so many rows; whether any has a value.
    fn complete(&mut self, rows: usize) -> bool {
        if self.values.is_empty() {
            return false;
        }
        if self.values.len() != rows {
            self.pass_over(rows);
        }
        true
    }

    /// No rows, and memory from the same pool.
    pub(super) fn sharing_pool(&self) -> Self {
        Self { values: Vec::new(), gaps: NullRows::default(), pool: self.pool.clone() }
    }
}

impl<T: ArrowNativeType> Values<T>
where
    [T]: ToByteSlice,
{
    /// The values, whose memory comes back to the pool.
    fn take(&mut self) -> ScalarBuffer<T> {
        let mut next = self.pool.take();
        // As many rows as in this batch will be in the next.
        next.reserve(self.values.len());
        ScalarBuffer::from(self.pool.lend(std::mem::replace(&mut self.values, next)))
    }
}

impl Values<i64> {
    /// The values of so many rows; `None` if all are null.
    pub(super) fn finish(&mut self, rows: usize) -> Option<ArrayRef> {
        self.complete(rows).then(|| {
            let nulls = self.gaps.finish(rows);
            Arc::new(Int64Array::new(self.take(), nulls)) as ArrayRef
        })
    }
}

impl Values<f64> {
    /// The values of so many rows; `None` if all are null.
    pub(super) fn finish(&mut self, rows: usize) -> Option<ArrayRef> {
        self.complete(rows).then(|| {
            let nulls = self.gaps.finish(rows);
            Arc::new(Float64Array::new(self.take(), nulls)) as ArrayRef
        })
    }
}

impl Values<bool> {
    /// The values of so many rows; `None` if all are null.
    pub(super) fn finish(&mut self, rows: usize) -> Option<ArrayRef> {
        self.complete(rows).then(|| {
            let values = BooleanBuffer::from(&self.values[..]);
            self.values.clear();
            Arc::new(BooleanArray::new(values, self.gaps.finish(rows))) as ArrayRef
        })
    }
}

/// Texts: strings decoded, or JSON.
#[derive(Default)]
pub(crate) struct TextValues {
    /// One for each row.
    texts: Members,
    gaps: NullRows,
    ends: Pool<i32>,
    bytes: Pool<u8>,
}

impl TextValues {
    /// Where the bytes of a row's text are appended; [`end`](Self::end) completes it. Rows go upwards.
    #[inline]
    pub(crate) fn begin(&mut self, row: usize) -> &mut Vec<u8> {
        if self.texts.ends.len() != row {
            self.pass_over(row);
        }
        &mut self.texts.bytes
    }

    /// Completes the row that was begun.
    #[inline]
    pub(crate) fn end(&mut self) {
        self.texts.end();
    }

    /// Gives a row its text.
    pub(crate) fn set(&mut self, row: usize, text: &str) {
        self.begin(row).extend_from_slice(text.as_bytes());
        self.end();
    }

    fn pass_over(&mut self, row: usize) {
        self.gaps.extend(self.texts.ends.len()..row);
        let end = self.texts.ends.last().copied().unwrap_or(0);
        self.texts.ends.resize(row, end);
    }

    /// Takes back what was appended for this row, completed or not.
    pub(super) fn forget(&mut self, row: usize) {
        self.gaps.truncate(row);
        self.texts.truncate(row);
    }

    /// The texts of so many rows; `None` if all are null.
    pub(super) fn finish(&mut self, rows: usize) -> Option<ArrayRef> {
        if self.texts.ends.is_empty() {
            return None;
        }
        if self.texts.ends.len() != rows {
            self.pass_over(rows);
        }
        let nulls = self.gaps.finish(rows);
        let bytes = self.texts.bytes.len();
        let array = self.texts.array(nulls, &self.ends, &self.bytes);
        // About as much as in this batch will be in the next.
        self.texts.ends.reserve(rows + 1);
        self.texts.bytes.reserve(bytes + bytes / 8);
        Some(Arc::new(array))
    }

    /// No rows, and memory from the same pools.
    pub(super) fn sharing_pools(&self) -> Self {
        Self { ends: self.ends.clone(), bytes: self.bytes.clone(), ..Self::default() }
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
