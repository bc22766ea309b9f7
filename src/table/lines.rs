//! A batch of the table `lines`, and what was counted while it was built.

use std::ops::Range;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, DictionaryArray, Int64Array, RecordBatch, StringArray,
    TimestampNanosecondArray,
};
use arrow::compute::{filter, filter_record_batch};
use arrow::datatypes::Int32Type;
use arrow::error::ArrowError;

use super::{Column, RowLines, Tally, Texts, expand_column};

/// A line that is no record: what an error row says of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Malformed {
    /// Index of the entry in the catalog.
    pub entry: usize,
    /// Physical line, from 1.
    pub line: i64,
    /// Offset of its first byte in the entry's text.
    pub offset: u64,
    /// Why it is no record.
    pub reason: String,
    /// Its bytes; kept only when asked for.
    pub raw: Option<Vec<u8>>,
    /// The entry could not be read further: this row is its end.
    pub ends_entry: bool,
    /// Its row passes the filters.
    pub is_selected: bool,
}

/// Malformed lines of a batch that are named, where not all are asked for: half a million short ones
/// may be in a batch.
pub const NAMED: usize = 16;

/// A batch and what was counted while it was built.
pub struct Lines {
    /// The rows.
    pub batch: RecordBatch,
    /// Per part of an entry: catalog index and counts.
    pub tallies: Vec<(usize, Tally)>,
    /// The error rows, or the first of them: see [`LinesBuilder::new`](super::LinesBuilder::new).
    pub malformed: Vec<Malformed>,
    /// The row of each, before any was left out.
    pub(super) malformed_rows: Vec<usize>,
    /// The lines of the rows as they were, where they were asked for; one for each row.
    pub raw: Option<Vec<Vec<u8>>>,
    /// The offsets of those lines in the text of their entries, if they were asked for; one for each row.
    pub offsets: Option<Vec<u64>>,
    /// The JSON of rows that are told by that, not by their message; `None` where there is none.
    pub records: Option<StringArray>,
    /// Rows whose messages were cut by their writer.
    pub(super) cut: Vec<usize>,
}

impl Lines {
    /// What the rows say.
    pub fn texts(&self) -> Texts<'_> {
        Texts::new(&self.batch, self.records.as_ref())
    }

    /// Keeps the rows that are wanted. Counts of rows, levels and times are of those that stay; bytes,
    /// malformed lines and failures are of all that was read. What is left out of those is counted.
    ///
    /// # Errors
    /// Arrow's.
    pub fn keep(&mut self, wanted: &BooleanArray) -> Result<(), ArrowError> {
        let all = self.batch.num_rows();
        // A few rows are copied all the same: they would hold the memory of many.
        if wanted.true_count() == all && all > 1024 {
            return Ok(());
        }
        self.leave_out_errors(wanted);
        self.batch = match wanted.true_count() {
            // Arrow's filter forgets the dictionaries of columns without rows, and the writer of a
            // file takes them from whichever batch comes first.
            0 => self.batch.slice(0, 0),
            _ => filter_record_batch(&self.batch, wanted)?,
        };
        if let Some(records) = &self.records {
            self.records = Some(filter(records, wanted)?.as_string().clone());
        }
        if let Some(raw) = &mut self.raw {
            let mut wanted = wanted.values().iter();
            raw.retain(|_| wanted.next().unwrap_or(true));
        }
        if let Some(offsets) = &mut self.offsets {
            let mut wanted = wanted.values().iter();
            offsets.retain(|_| wanted.next().unwrap_or(true));
        }
        let levels = expand_column(self.batch.column(Column::Level.index()))?;
        let columns = Kept::new(&self.batch, &levels);
        let (mut read, mut kept) = (0, 0);
        self.cut.retain(|&row| wanted.value(row));
        let mut cut = self.cut.iter_mut().peekable();
        for (_, tally) in &mut self.tallies {
            let rows = tally.lines as usize;
            let staying = wanted.values().slice(read, rows).count_set_bits();
            columns.count(kept..kept + staying, tally);
            tally.truncated_lines = 0;
            while let Some(row) = cut.next_if(|row| **row < read + rows) {
                *row = kept + wanted.values().slice(read, *row - read).count_set_bits();
                tally.truncated_lines += 1;
            }
            if tally.text.has_rows() {
                tally.text.keep_rows(match tally.origin.own_lines {
                    true => RowLines::of(&self.batch, kept..kept + staying, tally.has_end_row()),
                    false => RowLines::of_own(staying, tally.has_end_row()),
                });
            }
            read += rows;
            kept += staying;
        }
        Ok(())
    }

    /// Counts the error rows that are not wanted.
    fn leave_out_errors(&mut self, wanted: &BooleanArray) {
        let errors = self.batch.column(Column::ParseError.index());
        let mut end = 0;
        for (_, tally) in &mut self.tallies {
            let rows = end..end + tally.lines as usize;
            end = rows.end;
            if errors.null_count() == errors.len() {
                continue;
            }
            let has_end = tally.has_end_row();
            for row in rows.clone().filter(|&row| errors.is_valid(row) && !wanted.value(row)) {
                match has_end && row + 1 == rows.end {
                    true => tally.end_left_out = true,
                    false => tally.malformed_left_out += 1,
                }
            }
        }
        for (line, row) in self.malformed.iter_mut().zip(self.malformed_rows.drain(..)) {
            line.is_selected = wanted.value(row);
        }
    }
}

/// The columns that are counted, of the rows that stay.
struct Kept<'a> {
    times: &'a TimestampNanosecondArray,
    levels: &'a DictionaryArray<Int32Type>,
    pos: &'a Int64Array,
}

impl<'a> Kept<'a> {
    fn new(batch: &'a RecordBatch, levels: &'a ArrayRef) -> Self {
        Self {
            times: batch.column(Column::Timestamp.index()).as_primitive(),
            levels: levels.as_dictionary(),
            pos: batch.column(Column::Pos.index()).as_primitive(),
        }
    }

    fn count(&self, rows: Range<usize>, tally: &mut Tally) {
        tally.lines = rows.len() as i64;
        let times = || rows.clone().filter(|&row| self.times.is_valid(row));
        let times = || times().map(|row| self.times.value(row));
        (tally.first_timestamp, tally.last_timestamp) = (times().min(), times().max());
        let mut with_pos = rows.clone().filter(|&row| self.pos.is_valid(row));
        tally.first_pos = with_pos.next().map(|row| self.pos.value(row));
        tally.levels = Default::default();
        let levels = self.levels.keys();
        for row in rows.filter(|&row| levels.is_valid(row)) {
            tally.levels[levels.value(row) as usize] += 1;
        }
    }
}
