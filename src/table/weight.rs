//! How much memory rows hold, estimated from their text: what the limits on reading ahead count.

use std::ops::Range;

use arrow::array::{Array, ArrayRef, AsArray, MapArray, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Int32Type};

use super::{Column, Malformed};

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
    /// Columns with a text per row: message, extra, parse_error, keys.
    texts: Vec<&'a StringArray>,
    maps: Vec<&'a MapArray>,
    /// Items of lists that are text, and where each row's begin.
    lists: Vec<(&'a [i32], &'a StringArray)>,
    /// Bytes that the numbers and offsets of keys take in every row, null or not.
    width: usize,
    /// Bytes of the texts that runs share, such as offsets of times and levels as written.
    in_runs: usize,
}

impl<'a> TextBytes<'a> {
    pub(crate) fn of(batch: &'a RecordBatch) -> Self {
        let (texts, maps, lists) = (Vec::new(), Vec::new(), Vec::new());
        let mut found = Self { texts, maps, lists, width: 0, in_runs: 0 };
        for (field, column) in batch.schema_ref().fields().iter().zip(batch.columns()) {
            found.add(column, Column::named(field.name()).is_some());
        }
        found
    }

    /// Adds a column; the numbers of a fixed one are part of [`ROW`].
    fn add(&mut self, column: &'a ArrayRef, is_fixed: bool) {
        /// Of the place of a text or a list.
        const OFFSET: usize = size_of::<i32>();
        let width = match column.data_type() {
            DataType::Utf8 => {
                self.texts.push(column.as_string());
                OFFSET
            }
            DataType::Map(..) => {
                self.maps.push(column.as_map());
                OFFSET
            }
            DataType::List(item) => {
                let lists = column.as_list::<i32>();
                if *item.data_type() == DataType::Utf8 {
                    self.lists.push((lists.value_offsets(), lists.values().as_string()));
                }
                OFFSET
            }
            DataType::Struct(_) => {
                column.as_struct().columns().iter().for_each(|member| self.add(member, false));
                0
            }
            // The values once, not once per row: that is what they take in memory.
            DataType::RunEndEncoded(..) => {
                let runs = column.as_run_opt::<Int32Type>();
                let values = runs.and_then(|runs| runs.values().as_string_opt());
                self.in_runs += values.map_or(0, |values| bytes_of(values, 0..values.len()));
                0
            }
            other => other.primitive_width().unwrap_or(0),
        };
        if !is_fixed {
            self.width += width;
        }
    }

    /// Bytes of the texts and of the keys that belong to one row each.
    pub(crate) fn in_rows(&self, rows: Range<usize>) -> usize {
        let texts = self.texts.iter().map(|texts| bytes_of(texts, rows.clone()));
        let maps = self.maps.iter().map(|maps| {
            let offsets = maps.value_offsets();
            let members = offsets[rows.start] as usize..offsets[rows.end] as usize;
            let texts = [maps.keys(), maps.values()].map(|texts| texts.as_string_opt());
            texts.into_iter().flatten().map(|texts| bytes_of(texts, members.clone())).sum::<usize>()
        });
        let lists = self.lists.iter().map(|(offsets, texts)| {
            bytes_of(texts, offsets[rows.start] as usize..offsets[rows.end] as usize)
        });
        texts.chain(maps).chain(lists).sum::<usize>() + self.width * rows.len()
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
