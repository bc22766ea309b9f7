//! Columns of text that few rows have: `extra`, `parse_error`, and the JSON of records without a message.

use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanBufferBuilder, StringArray, new_null_array};
use arrow::buffer::{Buffer, NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow::datatypes::DataType;

/// Texts, most of them null.
#[derive(Default)]
pub(crate) struct SparseTexts {
    /// Rows that have a text, in order, and where it ends in `bytes`.
    values: Vec<(usize, usize)>,
    bytes: Vec<u8>,
    /// The column is not wanted.
    pub(super) is_left_out: bool,
}

impl SparseTexts {
    /// Leaves the column empty.
    pub(in crate::table) fn leave_out(&mut self) {
        self.is_left_out = true;
    }

    /// Gives a row its text; rows that are passed over are null. Rows go upwards.
    pub(crate) fn set(&mut self, row: usize, text: &str) {
        if self.is_left_out {
            return;
        }
        self.bytes.extend_from_slice(text.as_bytes());
        self.values.push((row, self.bytes.len()));
    }

    /// Takes the text from the last row, if that is this one and has one.
    pub(in crate::table) fn unset(&mut self, row: usize) {
        if self.values.pop_if(|(last, _)| *last == row).is_some() {
            self.bytes.truncate(self.values.last().map_or(0, |(_, end)| *end));
        }
    }

    pub(super) fn finish(&mut self, rows: usize) -> ArrayRef {
        match self.finish_some(rows) {
            Some(texts) => Arc::new(texts),
            None => new_null_array(&DataType::Utf8, rows),
        }
    }

    /// The texts of so many rows; `None` if all are null. There are none afterwards.
    pub(in crate::table) fn finish_some(&mut self, rows: usize) -> Option<StringArray> {
        if self.values.is_empty() {
            return None;
        }
        // Rows that were passed over end where the one before does, and are null.
        let mut ends = vec![0; 1];
        let mut valid = BooleanBufferBuilder::new(rows);
        for (row, end) in self.values.drain(..) {
            let last = ends[ends.len() - 1];
            ends.resize(row + 1, last);
            ends.push(end as i32);
            valid.append_n(row - valid.len(), false);
            valid.append(true);
        }
        let last = ends[ends.len() - 1];
        ends.resize(rows + 1, last);
        valid.append_n(rows - valid.len(), false);
        let nulls = Some(NullBuffer::new(valid.finish()));
        let offsets = OffsetBuffer::new(ScalarBuffer::from(ends));
        let bytes = Buffer::from_vec(std::mem::take(&mut self.bytes));
        Some(StringArray::new(offsets, bytes, nulls))
    }
}
