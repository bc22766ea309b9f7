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

/// A line that could not be parsed, as summaries and `--rejects` show it; its row is in the batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Malformed {
    /// Index of the entry in the catalog.
    pub entry: usize,
    /// Physical line, from 1.
    pub line: i64,
    /// Offset of its first byte in the entry's text.
    pub offset: u64,
    /// Why it could not be parsed.
    pub reason: String,
    /// Its bytes; kept only when asked for.
    pub raw: Option<Vec<u8>>,
    /// The entry could not be read further: this row is its end.
    pub ends_entry: bool,
    /// Its row passes the filters.
    pub is_selected: bool,
}

/// How many malformed lines of a batch are listed unless all are asked for: a batch may have half a million
/// short ones, and a summary shows the first few.
pub const NAMED: usize = 16;

/// Where the rows of a tally are from: whole records of an entry, which can be read again by themselves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextPart {
    /// Where it begins in the text of the entry.
    pub offset: u64,
    /// Its length in bytes.
    pub length: u64,
    /// The number of its first line, from 1.
    pub first_line: i64,
    /// What the format must know of the text before.
    pub context: Vec<u8>,
    /// The entry ends with it.
    pub is_last: bool,
    /// All of its text was kept.
    pub is_whole: bool,
}

/// A batch and what was counted while it was built.
pub struct Lines {
    /// The rows.
    pub batch: RecordBatch,
    /// Per part of an entry: catalog index and counts.
    pub tallies: Vec<(usize, Tally)>,
    /// The error rows, or the first of them: see [`LinesBuilder::new`](super::LinesBuilder::new).
    pub malformed: Vec<Malformed>,
    /// The row of each of them, before any row was left out; empty once [`Lines::keep`] has used it.
    pub(super) malformed_rows: Vec<usize>,
    /// The lines of the rows as they were, one for each row; `None` unless they are asked for.
    pub raw: Option<Vec<Vec<u8>>>,
    /// The offsets of those lines in the text of their entries; `None` unless they are asked for.
    pub offsets: Option<Vec<u64>>,
    /// The parts of entries that the tallies are of; `None` unless they are asked for.
    pub parts: Option<Vec<TextPart>>,
    /// The JSON of rows that have it in place of a message, null for the others; `None` if all are null.
    pub records: Option<StringArray>,
    /// Rows of several lines, before any row was left out, and the number of the last line of each.
    pub(crate) joined: Vec<(usize, i64)>,
    /// Rows whose messages were cut by their writer.
    pub(super) cut: Vec<usize>,
}

impl Lines {
    /// The text of each row: what a search looks into and `cat` prints.
    pub fn texts(&self) -> Texts<'_> {
        Texts::new(&self.batch, self.records.as_ref())
    }

    /// Keeps the rows that are wanted. Counts of rows, levels and times are then of those that stay; bytes,
    /// malformed lines and failures remain those of all that was read, with the number left out beside
    /// them. May be called again, as for a filter and then for `--dedupe`.
    ///
    /// # Errors
    /// Arrow's.
    pub fn keep(&mut self, wanted: &BooleanArray) -> Result<(), ArrowError> {
        let all = self.batch.num_rows();
        // A few rows are copied even if all stay: as they are, they share buffers sized for many rows and
        // would keep them from the pool.
        if wanted.true_count() == all && all > 1024 {
            return Ok(());
        }
        // First, because it reads the errors by the row numbers of the whole batch.
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
        let columns = Counted::new(&self.batch, &levels);
        // Tallies are of consecutive rows: `read` is where the next one begins among all rows, `kept` among
        // those that stay.
        let (mut read, mut kept) = (0, 0);
        self.cut.retain(|&row| wanted.value(row));
        let mut cut = self.cut.iter_mut().peekable();
        for (_, tally) in &mut self.tallies {
            let rows = tally.lines as usize;
            let staying = wanted.values().slice(read, rows).count_set_bits();
            columns.count(kept..kept + staying, tally);
            tally.truncated_lines = 0;
            // A row keeps its mark of a cut, under its new number.
            while let Some(row) = cut.next_if(|row| **row < read + rows) {
                *row = kept + wanted.values().slice(read, *row - read).count_set_bits();
                tally.truncated_lines += 1;
            }
            let (origin, has_end) = (tally.origin, tally.has_end_row());
            if let Some(text) = tally.text.as_mut().filter(|text| text.has_rows()) {
                // Unless the rows know their lines, all that can be said is how many there are.
                text.keep_rows(match origin.own_lines {
                    true => RowLines::of(&self.batch, kept..kept + staying, has_end),
                    false => RowLines::of_own(staying, has_end),
                });
            }
            read += rows;
            kept += staying;
        }
        Ok(())
    }

    /// Counts how counters and clocks go on from row to row.
    pub(crate) fn count_continuity(&mut self) {
        let times = self.batch.column(Column::Timestamp.index());
        let times: &TimestampNanosecondArray = times.as_primitive();
        let counters: &Int64Array = self.batch.column(Column::Pos.index()).as_primitive();
        let mut start = 0;
        for (_, tally) in &mut self.tallies {
            let rows = tally.lines as usize;
            let (own_times, own) = (times.slice(start, rows), counters.slice(start, rows));
            start += rows;
            let continuity = tally.continuity.insert(Box::default());
            match own_times.null_count() {
                0 => continuity.count_times(own_times.values().iter().copied()),
                _ => continuity.count_times(own_times.iter().flatten()),
            }
            let present = |(row, counter): (usize, Option<i64>)| Some((row, counter?));
            continuity.count_counters(rows, own.iter().enumerate().filter_map(present));
        }
    }

    /// Counts the error rows that are not wanted.
    fn leave_out_errors(&mut self, wanted: &BooleanArray) {
        let errors = self.batch.column(Column::ParseError.index());
        let mut end = 0;
        for (_, tally) in &mut self.tallies {
            // Still the number of all rows: the counts change after this.
            let rows = end..end + tally.lines as usize;
            end = rows.end;
            if errors.null_count() == errors.len() {
                continue;
            }
            let has_end = tally.has_end_row();
            for row in rows.clone().filter(|&row| errors.is_valid(row) && !wanted.value(row)) {
                // The row that ends an entry is always its last one. It is no line, so it is counted apart.
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
struct Counted<'a> {
    times: &'a TimestampNanosecondArray,
    levels: &'a DictionaryArray<Int32Type>,
    pos: &'a Int64Array,
}

impl<'a> Counted<'a> {
    /// `levels` is the column `level` without its runs.
    fn new(batch: &'a RecordBatch, levels: &'a ArrayRef) -> Self {
        Self {
            times: batch.column(Column::Timestamp.index()).as_primitive(),
            levels: levels.as_dictionary(),
            pos: batch.column(Column::Pos.index()).as_primitive(),
        }
    }

    /// Counts these rows of the batch anew. Rows that were left out may have had the earliest time or the
    /// first counter, so the old counts cannot be reduced.
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
