//! How much memory rows hold, estimated from their text: what the limits on reading ahead count.

use std::ops::Range;

use arrow::array::{Array, AsArray, MapArray, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Int32Type};

use super::Malformed;

/// Bytes that a row takes beside its text: 8 each for line, timestamp and pos, 4 each for the offsets of
/// message, args, extra and parse_error, and a share of validity bits and runs.
const ROW: usize = 48;

/// About how much memory the rows of a batch hold in bytes.
pub fn text_bytes(batch: &RecordBatch) -> usize {
    let text = TextBytes::of(batch);
    text.in_rows(0..batch.num_rows()) + text.in_runs() + ROW * batch.num_rows()
}

/// About how much memory malformed lines hold.
pub(crate) fn malformed_bytes(lines: &[Malformed]) -> usize {
    // A million short malformed lines weigh more by their structs and allocations than by their text.
    let texts = lines.iter().map(|line| line.reason.len() + line.raw.as_ref().map_or(0, Vec::len));
    texts.sum::<usize>() + lines.len() * (size_of::<Malformed>() + 2 * ALLOCATION)
}

/// What an allocation takes beside its bytes, on average.
const ALLOCATION: usize = 24;

/// The columns of a batch that hold text. Dictionaries are shared by all batches and do not count.
pub(crate) struct TextBytes<'a> {
    /// Columns with a text per row: message, extra, parse_error.
    texts: Vec<&'a StringArray>,
    maps: Vec<&'a MapArray>,
    /// Bytes of the texts that runs share, such as offsets of times and levels as written.
    in_runs: usize,
}

impl<'a> TextBytes<'a> {
    pub(crate) fn of(batch: &'a RecordBatch) -> Self {
        let mut found = Self { texts: Vec::new(), maps: Vec::new(), in_runs: 0 };
        for column in batch.columns() {
            match column.data_type() {
                DataType::Utf8 => found.texts.push(column.as_string()),
                DataType::Map(..) => found.maps.push(column.as_map()),
                // The values once, not once per row: that is what they take in memory.
                DataType::RunEndEncoded(..) => {
                    let runs = column.as_run_opt::<Int32Type>();
                    let values = runs.and_then(|runs| runs.values().as_string_opt());
                    found.in_runs += values.map_or(0, |values| bytes_of(values, 0..values.len()));
                }
                _ => {}
            }
        }
        found
    }

    /// Bytes of the texts that belong to one row each.
    pub(crate) fn in_rows(&self, rows: Range<usize>) -> usize {
        let texts = self.texts.iter().map(|texts| bytes_of(texts, rows.clone()));
        let maps = self.maps.iter().map(|maps| {
            let offsets = maps.value_offsets();
            let members = offsets[rows.start] as usize..offsets[rows.end] as usize;
            let texts = [maps.keys(), maps.values()].map(|texts| texts.as_string_opt());
            texts.into_iter().flatten().map(|texts| bytes_of(texts, members.clone())).sum::<usize>()
        });
        texts.chain(maps).sum()
    }

    /// Bytes of the texts that rows share.
    pub(crate) fn in_runs(&self) -> usize {
        self.in_runs
    }
}

/// Bytes of the texts of these rows, without a look at any of them.
fn bytes_of(texts: &StringArray, rows: Range<usize>) -> usize {
    let offsets = texts.value_offsets();
    // Offsets never decrease, and a slice of an array has the offsets of its rows alone.
    (offsets[rows.end] - offsets[rows.start]) as usize
}
