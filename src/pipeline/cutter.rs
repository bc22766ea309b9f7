//! Cuts a sequence of batches into blocks, by rows and by bytes of text. Where it cuts depends on the
//! rows alone.

use arrow::array::RecordBatch;

use crate::table::TextBytes;

/// Text per block in bytes: a block ends with the row that reaches it. Far above what the usual
/// number of rows has, so that long lines alone are cut by it.
pub const BLOCK_BYTES: usize = 64 << 20;

/// Consecutive rows to be encoded as one, and the bytes of their text.
#[derive(Default)]
pub(super) struct Rows {
    /// Slices that share the memory of the batches they were cut from.
    pub(super) batches: Vec<RecordBatch>,
    pub(super) bytes: usize,
}

/// Holds back the rows that do not fill a block yet.
pub(super) struct Cutter {
    rows_per_block: usize,
    bytes_per_block: usize,
    held: Rows,
    /// How many rows are held.
    rows: usize,
}

impl Cutter {
    pub(super) fn new(rows_per_block: usize) -> Self {
        Self::with_bytes(rows_per_block, BLOCK_BYTES)
    }

    fn with_bytes(rows_per_block: usize, bytes_per_block: usize) -> Self {
        let rows_per_block = rows_per_block.max(1);
        Self { rows_per_block, bytes_per_block, held: Rows::default(), rows: 0 }
    }

    /// Adds the batch that follows and hands out every block that is full.
    pub(super) fn push(&mut self, batch: &RecordBatch, mut full: impl FnMut(Rows)) {
        // A batch may fill several blocks, or only a part of one.
        let text = TextBytes::of(batch);
        let mut done = 0;
        while done < batch.num_rows() {
            let take = self.room(&text, done, batch.num_rows());
            self.held.batches.push(batch.slice(done, take));
            self.held.bytes += text.in_rows(done..done + take);
            self.rows += take;
            done += take;
            if done == batch.num_rows() {
                // The text of runs belongs to no row: it counts once, with the last rows of the batch.
                self.held.bytes += text.in_runs();
            }
            if self.rows == self.rows_per_block || self.held.bytes >= self.bytes_per_block {
                full(self.take());
            }
        }
    }

    /// How many of the rows from `start` on go into the block: at least one.
    fn room(&self, text: &TextBytes<'_>, start: usize, end: usize) -> usize {
        let most = (self.rows_per_block - self.rows).min(end - start);
        let is_full =
            |rows| self.held.bytes + text.in_rows(start..start + rows) >= self.bytes_per_block;
        if !is_full(most) {
            return most;
        }
        // The fewest rows that fill it, by bisection: `few` do not, `enough` do. With few = 0 it is at
        // least one row, however long.
        let (mut few, mut enough) = (0, most);
        while few + 1 < enough {
            let middle = few.midpoint(enough);
            if is_full(middle) { enough = middle } else { few = middle }
        }
        enough
    }

    fn take(&mut self) -> Rows {
        self.rows = 0;
        std::mem::take(&mut self.held)
    }

    /// The rows that are left.
    pub(super) fn finish(&mut self) -> Option<Rows> {
        (!self.held.batches.is_empty()).then(|| self.take())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, StringArray};
    use proptest::prelude::*;

    use super::*;

    fn batch(texts: &[String]) -> RecordBatch {
        let texts: ArrayRef = Arc::new(StringArray::from_iter_values(texts));
        RecordBatch::try_from_iter([("message", texts)]).expect("one column")
    }

    /// The rows of every block.
    fn cut(batches: &[RecordBatch], rows: usize, bytes: usize) -> Vec<usize> {
        let mut cutter = Cutter::with_bytes(rows, bytes);
        let mut blocks = Vec::new();
        let rows_of = |rows: Rows| rows.batches.iter().map(RecordBatch::num_rows).sum();
        for batch in batches {
            cutter.push(batch, |rows| blocks.push(rows_of(rows)));
        }
        blocks.extend(cutter.finish().map(rows_of));
        blocks
    }

    /// What the rule says, row by row.
    fn by_hand(lengths: &[usize], rows: usize, bytes: usize) -> Vec<usize> {
        let (mut blocks, mut held, mut text) = (Vec::new(), 0, 0);
        for length in lengths {
            held += 1;
            text += length;
            if held == rows || text >= bytes {
                blocks.push(held);
                (held, text) = (0, 0);
            }
        }
        blocks.extend((held > 0).then_some(held));
        blocks
    }

    proptest! {
        #[test]
        fn blocks_depend_on_rows_alone(
            lengths in prop::collection::vec(0_usize..40, 1..60),
            parts in prop::collection::vec(1_usize..9, 1..60),
            rows in 1_usize..20,
            bytes in 1_usize..200,
        ) {
            let texts: Vec<String> = lengths.iter().map(|&length| "x".repeat(length)).collect();
            let mut batches = Vec::new();
            let mut rest = &texts[..];
            for part in parts.iter().cycle() {
                if rest.is_empty() {
                    break;
                }
                let (head, tail) = rest.split_at((*part).min(rest.len()));
                batches.push(batch(head));
                rest = tail;
            }
            prop_assert_eq!(cut(&batches, rows, bytes), by_hand(&lengths, rows, bytes));
        }
    }
}
