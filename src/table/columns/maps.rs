//! The column `args`: maps from text to text.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, MapArray, NullBufferBuilder, StringArray, StructArray, new_null_array,
};
use arrow::buffer::{NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow::datatypes::DataType;

use super::messages::text_array;
use super::{Pools, lend};
use crate::table::pool::Pool;
use crate::table::schema::args_type;

/// Maps from text to text, most of them null.
#[derive(Default)]
pub(crate) struct Maps {
    /// Rows that are not null, in order, each with the number of members of all rows to its end.
    values: Vec<(usize, usize)>,
    /// The keys of all maps, one after the other.
    pub(crate) keys: Members,
    /// The value of each key.
    pub(crate) members: Members,
    /// The column is not wanted.
    pub(super) is_left_out: bool,
    /// The last row that was left out had no members.
    last_was_empty: bool,
}

/// The keys, or the values, of the maps of all rows.
#[derive(Default)]
pub(crate) struct Members {
    pub(crate) bytes: Vec<u8>,
    /// Where each text ends in `bytes`.
    pub(crate) ends: Vec<i32>,
}

impl Members {
    /// Adds a text.
    pub(crate) fn push(&mut self, text: &str) {
        self.bytes.extend_from_slice(text.as_bytes());
        self.end();
    }

    /// Ends a text that was written into `bytes`.
    pub(crate) fn end(&mut self) {
        self.ends.push(self.bytes.len() as i32);
    }

    /// Forgets all but the first `count`.
    pub(crate) fn truncate(&mut self, count: usize) {
        self.ends.truncate(count);
        self.bytes.truncate(self.ends.last().map_or(0, |&end| end as usize));
    }

    /// Whether the last text is also one of those from `first` to it: a key that comes twice in a map.
    pub(crate) fn repeats_since(&self, first: usize) -> bool {
        let Some(last) = self.ends.len().checked_sub(1) else { return false };
        (first..last).any(|other| self.get(other) == self.get(last))
    }

    /// The bytes of one text.
    #[inline]
    fn get(&self, index: usize) -> &[u8] {
        let start = if index == 0 { 0 } else { self.ends[index - 1] as usize };
        &self.bytes[start..self.ends[index] as usize]
    }

    /// The texts as an array without nulls; there are none afterwards.
    pub(super) fn finish(&mut self, pools: &Pools) -> ArrayRef {
        Arc::new(self.array(None, &pools.member_ends, &pools.member_bytes))
    }

    /// The texts as an array; there are none afterwards.
    pub(in crate::table) fn array(
        &mut self,
        nulls: Option<NullBuffer>,
        ends: &Pool<i32>,
        bytes: &Pool<u8>,
    ) -> StringArray {
        // Arrow's offsets are the start of the first text, then every end.
        self.ends.insert(0, 0);
        let offsets = OffsetBuffer::new(lend(&mut self.ends, ends));
        let bytes = bytes.lend(std::mem::replace(&mut self.bytes, bytes.take()));
        // SAFETY: the last offset is the length of the bytes.
        unsafe { text_array(offsets, bytes, nulls) }
    }
}

impl Maps {
    /// Gives a row the members that were pushed since the last one; rows that are passed over are
    /// null.
    #[inline]
    pub(crate) fn set(&mut self, row: usize) {
        if self.is_left_out {
            return self.forget();
        }
        self.values.push((row, self.keys.ends.len()));
    }

    /// Drops the members of a row that is not kept; whether it had any is still asked.
    fn forget(&mut self) {
        self.last_was_empty = self.keys.ends.is_empty();
        self.keys.truncate(0);
        self.members.truncate(0);
    }

    /// Whether the last row that is set has no members.
    pub(super) fn last_is_empty(&self) -> bool {
        if self.is_left_out {
            return self.last_was_empty;
        }
        match self.values.as_slice() {
            [.., before, last] => before.1 == last.1,
            [last] => last.1 == 0,
            [] => true,
        }
    }

    /// Members of the rows that are set.
    pub(crate) fn count(&self) -> usize {
        self.values.last().map_or(0, |value| value.1)
    }

    /// The column of so many rows; there are none afterwards.
    pub(super) fn finish(&mut self, rows: usize, pools: &Pools) -> ArrayRef {
        let data_type = args_type();
        let DataType::Map(entries, _) = &data_type else { return new_null_array(&data_type, rows) };
        if self.values.is_empty() {
            return new_null_array(&data_type, rows);
        }
        // An offset per row: a row without a map ends where the one before does.
        let mut ends = vec![0; 1];
        let mut valid = NullBufferBuilder::new(rows);
        for (row, end) in self.values.drain(..) {
            let last = ends[ends.len() - 1];
            ends.resize(row + 1, last);
            ends.push(end as i32);
            valid.append_n_nulls(row - valid.len());
            valid.append_non_null();
        }
        let last = ends[ends.len() - 1];
        ends.resize(rows + 1, last);
        valid.append_n_nulls(rows - valid.len());
        let DataType::Struct(fields) = entries.data_type() else {
            return new_null_array(&data_type, rows);
        };
        let columns = vec![self.keys.finish(pools), self.members.finish(pools)];
        let members = StructArray::new(fields.clone(), columns, None);
        let offsets = OffsetBuffer::new(ScalarBuffer::from(ends));
        Arc::new(MapArray::new(Arc::clone(entries), offsets, members, valid.finish(), false))
    }
}
