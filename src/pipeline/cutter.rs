//! Cuts a sequence of batches into blocks of a fixed number of rows.

use arrow::array::RecordBatch;

/// Holds back the rows that do not fill a block yet.
pub(super) struct Cutter {
    rows_per_block: usize,
    held: Vec<RecordBatch>,
    rows: usize,
}

impl Cutter {
    pub(super) fn new(rows_per_block: usize) -> Self {
        Self { rows_per_block: rows_per_block.max(1), held: Vec::new(), rows: 0 }
    }

    /// Adds the batch that follows and hands out every block that is full.
    pub(super) fn push(&mut self, batch: &RecordBatch, mut full: impl FnMut(Vec<RecordBatch>)) {
        let mut done = 0;
        while done < batch.num_rows() {
            let take = (self.rows_per_block - self.rows).min(batch.num_rows() - done);
            self.held.push(batch.slice(done, take));
            self.rows += take;
            done += take;
            if self.rows == self.rows_per_block {
                self.rows = 0;
                full(std::mem::take(&mut self.held));
            }
        }
    }

    /// The rows that are left.
    pub(super) fn finish(&mut self) -> Option<Vec<RecordBatch>> {
        self.rows = 0;
        (!self.held.is_empty()).then(|| std::mem::take(&mut self.held))
    }
}
