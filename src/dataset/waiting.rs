//! Rows that wait until there are enough of their partition for a row group.

use std::collections::VecDeque;

use arrow::array::RecordBatch;

use super::manifest::{RowRun, take_runs};

/// Rows of one partition, with the bundles that they are of.
#[derive(Default)]
pub(super) struct Waiting {
    /// With the bytes of each.
    batches: VecDeque<(RecordBatch, usize)>,
    runs: VecDeque<RowRun>,
    rows: usize,
    bytes: usize,
}

impl Waiting {
    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    /// About how much memory they take.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(super) fn push(&mut self, batch: RecordBatch, runs: Vec<RowRun>, bytes: usize) {
        self.rows += batch.num_rows();
        self.bytes += bytes;
        self.batches.push_back((batch, bytes));
        self.runs.extend(runs);
    }

    /// Takes the first rows, at most so many.
    pub(super) fn take(&mut self, most: usize) -> (Vec<RecordBatch>, Vec<RowRun>) {
        let (mut batches, mut room) = (Vec::new(), most);
        while room > 0
            && let Some((batch, bytes)) = self.batches.pop_front()
        {
            let rows = batch.num_rows();
            let taken = rows.min(room);
            let share = if taken == rows { bytes } else { bytes / rows * taken };
            if taken < rows {
                self.batches.push_front((batch.slice(taken, rows - taken), bytes - share));
            }
            batches.push(batch.slice(0, taken));
            room -= taken;
            self.rows -= taken;
            self.bytes -= share;
        }
        let runs = take_runs(&mut self.runs, (most - room) as u64);
        (batches, runs)
    }
}
