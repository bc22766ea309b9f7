//! Columns that stay the same over many rows, as runs.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, Int32Array, NullBufferBuilder, RunArray, StringArray};
use arrow::buffer::{Buffer, OffsetBuffer, ScalarBuffer};

/// Text that seldom changes from row to row: one value per run.
#[derive(Default)]
pub(crate) struct TextRuns {
    /// The rows at which runs begin.
    starts: Vec<usize>,
    offsets: Vec<i32>,
    bytes: Vec<u8>,
    nulls: Vec<bool>,
}

impl TextRuns {
    #[inline]
    fn last_bytes(&self) -> &[u8] {
        let start = match self.offsets.len() {
            0 | 1 => 0,
            runs => self.offsets[runs - 2] as usize,
        };
        &self.bytes[start..]
    }

    /// Gives a row its value, and all that follow until another row is set. Rows go upwards.
    #[inline]
    pub(crate) fn set(&mut self, row: usize, value: Option<&str>) {
        let same = match (self.nulls.last(), value) {
            (Some(false), Some(value)) => self.last_bytes() == value.as_bytes(),
            (Some(null), None) => *null,
            _ => false,
        };
        if !same {
            self.begin(row, value);
        }
    }

    fn begin(&mut self, row: usize, value: Option<&str>) {
        self.starts.push(row);
        self.bytes.extend_from_slice(value.unwrap_or_default().as_bytes());
        self.offsets.push(self.bytes.len() as i32);
        self.nulls.push(value.is_none());
    }

    /// The runs: first row, value.
    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = (usize, Option<&str>)> {
        self.since(0)
    }

    /// The runs that reach row `row` or begin behind it.
    pub(super) fn since(
        &self,
        row: usize,
    ) -> impl DoubleEndedIterator<Item = (usize, Option<&str>)> {
        let first = self.starts.partition_point(|&start| start <= row).saturating_sub(1);
        (first..self.starts.len()).map(|run| {
            let from = if run == 0 { 0 } else { self.offsets[run - 1] as usize };
            let text = std::str::from_utf8(&self.bytes[from..self.offsets[run] as usize]);
            (self.starts[run], text.ok().filter(|_| !self.nulls[run]))
        })
    }

    /// The column of `rows` rows; empty afterwards.
    pub(crate) fn finish(&mut self, rows: usize) -> ArrayRef {
        let ends = run_ends(self.starts.iter().copied(), rows);
        let mut offsets = Vec::with_capacity(self.offsets.len() + 1);
        offsets.push(0);
        offsets.append(&mut self.offsets);
        let mut valid = NullBufferBuilder::new(self.nulls.len());
        self.nulls.iter().for_each(|&null| valid.append(!null));
        let values = text_array(offsets, std::mem::take(&mut self.bytes), valid.finish());
        self.starts.clear();
        self.nulls.clear();
        run_array(ends, &values)
    }
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

/// Text that was checked when it was collected; checked again, which costs next to nothing.
pub(super) fn text_array(
    offsets: Vec<i32>,
    bytes: Vec<u8>,
    nulls: Option<arrow::buffer::NullBuffer>,
) -> StringArray {
    let offsets = OffsetBuffer::new(ScalarBuffer::from(offsets));
    StringArray::new(offsets, Buffer::from_vec(bytes), nulls)
}
