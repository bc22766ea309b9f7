//! Definition levels as runs: nulls are rare, or all there is.
//!
//! The level of a row says how much of its value exists. In a flat nullable column 0 is null and 1 a value;
//! in a column of maps without members (`blank`) 0 is null and 1 an empty map. In structs each that is not null
//! adds one.

use std::ops::Range;

use arrow::buffer::NullBuffer;
use parquet::errors::{ParquetError, Result};

use super::part::Part;
use super::rle::RunEncoder;

/// The levels of the page being built.
#[derive(Default)]
pub(super) struct Levels {
    /// Level and rows; neighbours have different levels.
    runs: Vec<(u32, usize)>,
}

impl Levels {
    pub(super) fn clear(&mut self) {
        self.runs.clear();
    }

    /// Adds rows of a level.
    pub(super) fn push(&mut self, level: u32, rows: usize) {
        match self.runs.last_mut() {
            Some((last, count)) if *last == level => *count += rows,
            _ => self.runs.push((level, rows)),
        }
    }

    /// Adds `rows` rows: of level 1, or 0 if they are null.
    pub(super) fn push_rows(&mut self, nulls: Option<&NullBuffer>, rows: usize) {
        let mut done = 0;
        for (start, end) in nulls.iter().flat_map(|nulls| nulls.valid_slices()) {
            if start > done {
                self.push(0, start - done);
            }
            self.push(1, end - start);
            done = end;
        }
        match nulls {
            None => self.push(1, rows),
            // Nulls after the last valid row.
            Some(_) if done < rows => self.push(0, rows - done),
            Some(_) => {}
        }
    }

    /// Adds the rows of a part: of level 0 if the outermost struct around it is null, one more for each that
    /// is not, and one more for a value.
    pub(super) fn push_part(&mut self, part: &Part) {
        if part.outer.is_empty() {
            return self.push_rows(part.nulls.as_ref(), part.len());
        }
        let validity: Vec<_> = part.outer.iter().chain([&part.nulls]).collect();
        self.push_nested(&validity, 0, 0..part.len());
    }

    /// Adds rows that have reached `level`; of what is inside, `validity` has the nulls.
    fn push_nested(&mut self, validity: &[&Option<NullBuffer>], level: u32, rows: Range<usize>) {
        let Some((nulls, inner)) = validity.split_first() else {
            return self.push(level, rows.len());
        };
        let Some(nulls) = nulls else { return self.push_nested(inner, level + 1, rows) };
        let mut done = rows.start;
        for (start, end) in nulls.inner().slice(rows.start, rows.len()).set_slices() {
            let (start, end) = (rows.start + start, rows.start + end);
            if start > done {
                self.push(level, start - done);
            }
            self.push_nested(inner, level + 1, start..end);
            done = end;
        }
        if done < rows.end {
            self.push(level, rows.end - done);
        }
    }

    /// Rows so far, nulls included.
    pub(super) fn rows(&self) -> usize {
        self.runs.iter().map(|run| run.1).sum()
    }

    /// Appends the levels as in a data page of version 1: nothing if `highest` is zero.
    ///
    /// # Errors
    /// Nulls in a column that has none by its schema.
    pub(super) fn put(&self, highest: i16, out: &mut Vec<u8>) -> Result<()> {
        if highest > 0 {
            put_levels(&self.runs, highest, out);
        // Without levels a reader would take the next value for the null.
        } else if self.runs.iter().any(|run| run.0 == 0 && run.1 > 0) {
            return Err(ParquetError::General("a column without nulls has some".into()));
        }
        Ok(())
    }
}

/// Appends levels up to `highest` from runs, preceded by their length in four bytes, in as few bits as hold
/// `highest`.
pub(super) fn put_levels(runs: &[(u32, usize)], highest: i16, out: &mut Vec<u8>) {
    let start = out.len();
    // The length is known only afterwards.
    out.extend_from_slice(&[0; 4]);
    let mut levels = RunEncoder::new(out, 16 - highest.leading_zeros());
    runs.iter().for_each(|&(level, rows)| levels.push(level, rows));
    levels.finish();
    let length = (out.len() - start - 4) as u32;
    out[start..start + 4].copy_from_slice(&length.to_le_bytes());
}
